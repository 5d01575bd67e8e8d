import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MlopsError } from '../errors/mlops-error.ts';
import { WRITTEN_ONCE } from '../registry/names.ts';
import { SqliteModelRegistry } from '../registry/sqlite/sqlite-model-registry.ts';
import type { ArtifactAccess } from '../tracking/artifacts/artifact-access.ts';
import { SqliteTrackingStore } from '../tracking/sqlite/sqlite-tracking-store.ts';
import type { LedgerBranch } from './branch.ts';
import { commitOf, type LedgerOrigin, type Pending } from './commit.ts';
import { isDenied, reasonOf } from './git.ts';
import { Locations } from './locations.ts';
import { applyOperation, experimentIdOf, type KeptFile, type LedgerContents, renewed } from './operation.ts';
import { type Log, readLog, rebuild } from './rebuild.ts';
import { damaged, filePath } from './segment.ts';

export interface LedgerStateOptions {
  readonly branch: LedgerBranch;
  /** Holds the database and the artifacts. */
  readonly directory: string;
  /** Where the state is kept, for messages. */
  readonly uri: string;
  readonly now: () => number;
  readonly access: ArtifactAccess;
  /** Where new experiments keep artifacts, when not on the branch: `s3://bucket/prefix`. */
  readonly artifactRoot?: string | undefined;
  readonly origin: LedgerOrigin;
  readonly log: (message: string) => void;
  /** Segments after a snapshot before the next one: opening reads at most one snapshot and so many segments. */
  readonly snapshotEvery?: number;
}

/** Of some fifty that push at once one wins each round. */
const ATTEMPTS = 100;
/** Pushes without any answer from the host before giving up. */
const FAILURES = 4;
const LONGEST_WAIT_MS = 2_000;

/**
 * The state that the branch had when it was last read, in MLflow's tables, with the operations on top that are not on the
 * branch yet. Not safe for calls at the same time: the caller queues them.
 */
export class LedgerState {
  readonly locations: Locations;
  tracking!: SqliteTrackingStore;
  registry!: SqliteModelRegistry;
  readonly #options: LedgerStateOptions;
  readonly #path: string;
  #contents: LedgerContents | undefined;
  #log!: Log;
  #pending: Pending[] = [];
  /** What others were faster with, not reported yet. */
  #lost: MlopsError[] = [];
  /** Ids in git of the files that this process has kept, by digest. */
  readonly #oids = new Map<string, string>();

  private constructor(options: LedgerStateOptions) {
    this.#options = options;
    this.#path = join(options.directory, 'mlflow.db');
    this.locations = new Locations(join(options.directory, 'mlruns'));
  }

  /** @throws LEDGER_UNREACHABLE · LEDGER_DAMAGED */
  static async open(options: LedgerStateOptions): Promise<LedgerState> {
    const state = new LedgerState(options);
    const { branch } = options;
    state.#restore(await readLog(branch, await branch.fetchTip()));
    return state;
  }

  get lastPending(): Pending | undefined {
    return this.#pending.at(-1);
  }

  filesAt(path: string): [string, KeptFile][] {
    const below = path === '' ? '' : `${path}/`;
    return [...this.#contents!.files]
      .filter(([file]) => file === path || file.startsWith(below))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Keeps files for the next push. */
  async put(files: readonly (KeptFile & { path: string; localPath: string })[]): Promise<void> {
    const oids = await this.#options.branch.keep(files.map(({ localPath }) => localPath));
    for (const [i, { digest }] of files.entries()) this.#oids.set(digest, oids[i]!);
    const operation = {
      op: 'putFiles',
      files: files.map(({ path, digest, size }) => ({ path, digest, size })),
    } as const;
    applyOperation(this.#contents!, operation);
    this.#pending.push({ operation });
  }

  /** @throws LEDGER_DAMAGED when the branch does not have them as they were kept */
  async read(files: readonly KeptFile[]): Promise<Buffer[]> {
    const { branch } = this.#options;
    const wanted = files.filter(({ digest }) => !this.#oids.has(digest)).map(({ digest }) => filePath(digest));
    const found = this.#log.tip === undefined ? [] : await branch.find(this.#log.tip, wanted);
    const oids = new Map(found.map(({ path, oid }) => [path, oid]));
    const ids = files.map(({ digest }) => {
      const oid = this.#oids.get(digest) ?? oids.get(filePath(digest));
      if (oid === undefined) throw damaged(filePath(digest), 0, 'is missing on the ledger branch');
      return oid;
    });
    const contents = await branch.read(ids);
    files.forEach(({ digest }, i) => {
      const actual = createHash('sha256').update(contents[i]!).digest('hex');
      if (actual !== digest) throw damaged(filePath(digest), 0, `has the digest ${actual}`);
    });
    return contents;
  }

  /**
   * Pushes what is pending, applied again to a newer state as often as somebody else is faster.
   *
   * @throws LEDGER_UNREACHABLE; what is pending stays so
   */
  async publish(message?: string): Promise<void> {
    const { branch, log } = this.#options;
    let failures = 0;
    for (let attempt = 1; this.#pending.length > 0; attempt++) {
      const batch = [...this.#pending];
      const made = commitOf(this.#log, this.#contents!, batch, { ...this.#options, message, oids: this.#oids });
      const commit = await branch.commit(made.commit);
      const outcome = await branch.push(commit);
      if (outcome.kind === 'done') {
        this.#log = { ...made.log, tip: commit };
        this.#forget(batch);
        return;
      }
      if (outcome.kind === 'refused' || isDenied(outcome.reason)) throw branch.refusal(outcome.reason);
      if (outcome.kind === 'failed' && ++failures >= FAILURES) throw branch.refusal(outcome.reason);
      if (attempt >= ATTEMPTS) throw branch.refusal(`${ATTEMPTS} pushes lost against others: ${outcome.reason}`);
      log(
        outcome.kind === 'lost'
          ? `the ledger branch has moved: applying what this run recorded to the newer state (${outcome.reason})`
          : `a push to the ledger branch got no answer, trying again: ${reasonOf(outcome.reason)}`,
      );
      await sleep(Math.random() * Math.min(LONGEST_WAIT_MS, 50 * 2 ** Math.min(attempt, 10)));
      const tip = await branch.fetchTip();
      // Without an answer the push may have arrived all the same.
      if (outcome.kind === 'failed' && (await this.#hasArrived(commit, made.segment, tip))) this.#forget(batch);
      this.#restore(await readLog(branch, tip));
    }
  }

  /**
   * Publishes so that `entries` are on the branch or nowhere.
   *
   * @throws LEDGER_CONFLICT when another run was faster with one of them · LEDGER_UNREACHABLE
   */
  async publishNow(entries: readonly Pending[]): Promise<void> {
    try {
      await this.publish();
    } catch (error) {
      this.withdraw(entries);
      throw error;
    }
    const lost = entries.find((entry) => entry.lost !== undefined)?.lost;
    if (lost === undefined) return;
    this.#lost = this.#lost.filter((error) => error !== lost);
    throw lost;
  }

  /** Takes pending operations back, as if they had not been asked for. */
  withdraw(entries: readonly Pending[]): void {
    this.#forget(entries);
    this.#restore(this.#log);
  }

  /** What was dropped because others were faster, once. */
  takeLost(): MlopsError[] {
    return this.#lost.splice(0);
  }

  close(): void {
    this.#contents?.db.close();
  }

  /** Whether the branch has the segment of this very commit. */
  async #hasArrived(commit: string, segment: string, tip: string | undefined): Promise<boolean> {
    if (tip === undefined) return false;
    const { branch } = this.#options;
    const [[theirs], [ours]] = await Promise.all([branch.find(tip, [segment]), branch.find(commit, [segment])]);
    return theirs?.oid === ours!.oid;
  }

  #forget(entries: readonly Pending[]): void {
    this.#pending = this.#pending.filter((entry) => !entries.includes(entry));
  }

  #restore(log: Log): void {
    const { now, uri, access, artifactRoot: experimentRoot } = this.#options;
    const contents = rebuild(log, this.#path, this.locations, () => this.#contents?.db.close());
    this.#contents = contents;
    this.#log = log;
    const { db } = contents;
    const shared = { uri, db, now };
    this.tracking = new SqliteTrackingStore({
      ...{ ...shared, access, experimentRoot },
      newExperimentId: experimentIdOf,
      onCommit: (operation) => this.#pending.push({ operation }),
    });
    this.registry = new SqliteModelRegistry({
      ...shared,
      onCommit: (operation) => {
        const portable =
          operation.op === 'createModelVersion'
            ? { ...operation, storageLocation: this.locations.toPortable(operation.storageLocation) }
            : operation;
        this.#pending.push({ operation: portable });
      },
    });
    this.#pending = promotions(this.#pending).flatMap((group) => (this.#applyAgain(contents, group) ? group : []));
  }

  /** Applies operations that belong together, all or none. */
  #applyAgain(contents: LedgerContents, group: readonly Pending[]): boolean {
    try {
      const operations = contents.db.write(() =>
        group.map(({ operation }) => {
          const again = renewed(contents.db, operation);
          applyOperation(contents, again);
          return again;
        }),
      );
      for (const [i, entry] of group.entries()) entry.operation = operations[i]!;
      return true;
    } catch (error) {
      if (!(error instanceof MlopsError) || error.code === 'DISK_FULL') throw error;
      const lost = conflict(error);
      for (const entry of group) entry.lost = lost;
      this.#lost.push(lost);
      return false;
    }
  }
}

/**
 * An alias and the entry of the promotion history right after it belong together: when the entry loses, the alias has not
 * moved either.
 */
function promotions(pending: readonly Pending[]): Pending[][] {
  const groups: Pending[][] = [];
  for (const entry of pending) {
    const before = groups.at(-1)?.at(-1);
    if (before && isPromotion(before, entry)) groups.at(-1)!.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

export function isPromotion({ operation: alias }: Pending, { operation: entry }: Pending): boolean {
  return isAliasOf(alias, entry.op === 'setRegisteredModelTag' && isHistory(entry.key) ? entry.name : undefined);
}

export function isAliasOf(operation: Pending['operation'], name: string | undefined): boolean {
  return (operation.op === 'setAlias' || operation.op === 'deleteAlias') && operation.name === name;
}

export function isHistory(key: string): boolean {
  return key.startsWith(WRITTEN_ONCE);
}

function conflict(error: MlopsError): MlopsError {
  if (error.code === 'LEDGER_CONFLICT') return error;
  return new MlopsError('LEDGER_CONFLICT', `not recorded, because another run was faster: ${error.message}`, {
    cause: error,
  });
}
