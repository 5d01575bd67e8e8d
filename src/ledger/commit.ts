import { randomUUID } from 'node:crypto';
import type { MlopsError } from '../errors/mlops-error.ts';
import type { NewCommit } from './branch.ts';
import { describeOperations, type LedgerContents, type LedgerOperation } from './operation.ts';
import type { Log } from './rebuild.ts';
import { filePath, formatSegment, segmentPath, snapshotPath } from './segment.ts';
import { writeSnapshot } from './snapshot.ts';

/** An operation that is not on the branch yet. */
export interface Pending {
  /** Replaced when it is applied again to a newer state. */
  operation: LedgerOperation;
  /** Set when it was dropped, because another run was faster. */
  lost?: MlopsError;
}

/** Who and where from, for the log and the author of commits. */
export interface LedgerOrigin {
  /** `local` or `github`. */
  readonly host: string;
  readonly actor: string;
  readonly commit: string | undefined;
  readonly runUrl: string | undefined;
}

export interface CommitOptions {
  readonly now: () => number;
  readonly origin: LedgerOrigin;
  /** Default: what the operations are, in words. */
  readonly message: string | undefined;
  readonly snapshotEvery?: number;
  /** Ids in git of kept files, by digest. */
  readonly oids: ReadonlyMap<string, string>;
}

const SNAPSHOT_EVERY = 50;
const LONGEST_SUBJECT = 100;

const AUTHORS: Readonly<Record<string, NewCommit['author']>> = {
  github: { name: 'github-actions[bot]', email: '41898282+github-actions[bot]@users.noreply.github.com' },
};
const AUTHOR = { name: 'mlops', email: 'mlops@localhost' };

/** The commit that puts a batch on the branch, and the log as it is then. `contents` has the batch applied. */
export function commitOf(
  log: Log,
  contents: LedgerContents,
  batch: readonly Pending[],
  { now, origin, message, oids, snapshotEvery = SNAPSHOT_EVERY }: CommitOptions,
): { commit: NewCommit; log: Log; segment: string } {
  const operations = batch.map(({ operation }) => operation);
  const sequence = log.sequence + 1;
  const time = now();
  const segment = {
    path: segmentPath(sequence),
    text: formatSegment(
      {
        id: randomUUID(),
        time: new Date(time).toISOString(),
        actor: origin.actor,
        commit: origin.commit ?? null,
        run: origin.runUrl ?? null,
      },
      operations,
    ),
  };
  const snapshot =
    sequence - (log.snapshot?.sequence ?? 0) < snapshotEvery
      ? undefined
      : { path: snapshotPath(sequence), sequence, text: writeSnapshot(contents, sequence) };
  const files = new Set(
    operations.flatMap((operation) => (operation.op === 'putFiles' ? operation.files : [])).map(({ digest }) => digest),
  );
  return {
    segment: segment.path,
    log: {
      tip: undefined,
      sequence,
      snapshot: snapshot ?? log.snapshot,
      segments: snapshot ? [] : [...log.segments, segment],
    },
    commit: {
      parent: log.tip,
      message: messageOf(operations, message, origin),
      author: authorOf(origin),
      time: Math.floor(time / 1000),
      put: [
        ...(log.tip === undefined ? [{ path: 'README.md', content: README }] : []),
        { path: segment.path, content: segment.text },
        ...(snapshot ? [{ path: snapshot.path, content: snapshot.text }] : []),
        ...[...files].map((digest) => ({ path: filePath(digest), content: { oid: oids.get(digest)! } })),
      ],
      remove: snapshot && log.snapshot ? [log.snapshot.path] : [],
    },
  };
}

function messageOf(operations: readonly LedgerOperation[], message: string | undefined, origin: LedgerOrigin): string {
  const said = describeOperations(operations);
  const subject = message ?? `mlops: ${said.join(', ') || operations.map(({ op }) => op).join(', ')}`;
  const short = subject.length > LONGEST_SUBJECT ? `${subject.slice(0, LONGEST_SUBJECT - 1)}…` : subject;
  const by = [`by ${origin.actor}`, ...(origin.runUrl === undefined ? [] : [origin.runUrl])];
  return [short, '', ...said, ...by].join('\n');
}

export function authorOf(origin: LedgerOrigin): NewCommit['author'] {
  return AUTHORS[origin.host] ?? AUTHOR;
}

/** Of the branch, for people who come across it. */
export const README = `# Ledger

Runs, models, versions, aliases and promotions of this repository, written by the mlops actions. Not for editing by hand:
every run of them reads this branch and appends to it.

- \`operations/\`: what happened, in the order of the names; one JSON text a line
- \`snapshots/\`: the state after the segment of the same number
- \`base/\`: the state that a compacted ledger begins with; \`predecessor.json\` names the branch before it
- \`files/\`: artifacts and model files by the SHA-256 of their bytes
`;
