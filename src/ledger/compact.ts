import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MlopsError } from '../errors/mlops-error.ts';
import type { LedgerBranch, NewCommit } from './branch.ts';
import { authorOf, type LedgerOrigin, README } from './commit.ts';
import { isDenied } from './git.ts';
import { Locations } from './locations.ts';
import { readLog, rebuild } from './rebuild.ts';
import { basePath, damaged, filePath, snapshotPath } from './segment.ts';
import { writeSnapshot } from './snapshot.ts';
import { formatSuccessor, PREDECESSOR, SUCCESSOR } from './successor.ts';

export interface Compacted {
  readonly branch: string;
  readonly successor: string;
  /** Number of the last segment, with which the successor begins. */
  readonly sequence: number;
  readonly files: number;
}

export interface CompactOptions {
  /** The branch that goes on. */
  readonly successor: string;
  /** Of this process. */
  readonly directory: string;
  readonly origin: LedgerOrigin;
  readonly now: () => number;
}

/**
 * Starts a branch that holds the present state and the files that it names, and nothing of how it came to be: less to clone, and a
 * way to forget. The old branch gets a last commit that names the new one, which every later opening follows; nobody rewrites it,
 * and people may delete it. A run that is under way meanwhile loses its push to that commit and goes on with the new branch.
 *
 * Pushed in this order, it can be broken off at any time: compacting again finishes what an earlier call has begun.
 *
 * @throws LEDGER_UNREACHABLE · LEDGER_DAMAGED · INPUT_INVALID when there is nothing to compact or the name is taken
 */
export async function compactLedger(branch: LedgerBranch, options: CompactOptions): Promise<Compacted> {
  const { tip, successor } = await announce(branch, options);
  const log = await readLog(branch, tip);
  const database = join(options.directory, 'compact.db');
  const contents = rebuild(log, database, new Locations(join(options.directory, 'mlruns')), () => {});
  const state = writeSnapshot(contents, log.sequence);
  contents.db.close();
  await rm(database);

  const digests = [...new Set([...contents.files.values()].map(({ digest }) => digest))].sort();
  const kept = await branch.find(tip, digests.map(filePath));
  const oids = new Map(kept.map(({ path, oid }) => [path, oid]));
  const missing = digests.find((digest) => !oids.has(filePath(digest)));
  if (missing !== undefined) throw damaged(filePath(missing), 0, 'is missing on the ledger branch');
  // Brings their bytes here: the new branch shares no commit with the old one.
  await branch.fetch(kept.map(({ oid }) => oid));
  const predecessor = { branch: branch.name, commit: tip, sequence: log.sequence };
  const commit = await branch.commit({
    ...signed(options),
    parent: undefined,
    message: `mlops: goes on from ${branch.name} at ${tip.slice(0, 12)}, segment ${log.sequence}`,
    put: [
      { path: 'README.md', content: README },
      { path: PREDECESSOR, content: `${JSON.stringify(predecessor)}\n` },
      { path: basePath(log.sequence), content: state },
      { path: snapshotPath(log.sequence), content: state },
      ...kept.map(({ path, oid }) => ({ path, content: { oid } })),
    ],
  });
  const outcome = await branch.push(commit, successor);
  // Lost: another process was faster in finishing the same move.
  if (outcome.kind !== 'done' && outcome.kind !== 'lost') throw branch.refusal(outcome.reason);
  return { branch: branch.name, successor, sequence: log.sequence, files: digests.length };
}

/** Puts the name of the successor on the branch, unless an earlier call has. @returns the commit with it */
async function announce(branch: LedgerBranch, options: CompactOptions): Promise<{ tip: string; successor: string }> {
  for (;;) {
    const tip = await branch.fetchOwnTip();
    if (tip === undefined) {
      throw new MlopsError('INPUT_INVALID', `there is no ledger branch "${branch.name}" to compact`);
    }
    const begun = await branch.successorAt(tip);
    if (await branch.exists(begun ?? options.successor)) {
      throw new MlopsError(
        'INPUT_INVALID',
        begun === undefined
          ? `"successor" is "${options.successor}", a branch that is there already; name a new one`
          : `"${branch.name}" was compacted before: the ledger is the branch "${begun}" now`,
      );
    }
    if (begun !== undefined) return { tip, successor: begun };
    const { successor } = options;
    const commit = await branch.commit({
      ...signed(options),
      parent: tip,
      message: `mlops: goes on as ${successor}`,
      put: [{ path: SUCCESSOR, content: formatSuccessor(successor) }],
    });
    const outcome = await branch.push(commit);
    if (outcome.kind === 'done') return { tip: commit, successor };
    if (outcome.kind !== 'lost' || isDenied(outcome.reason)) throw branch.refusal(outcome.reason);
  }
}

function signed({ origin, now }: CompactOptions): Pick<NewCommit, 'author' | 'time' | 'remove'> {
  return { author: authorOf(origin), time: Math.floor(now() / 1000), remove: [] };
}
