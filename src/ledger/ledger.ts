import { join } from 'node:path';
import { MlopsError } from '../errors/mlops-error.ts';
import type { ModelRegistry } from '../registry/model-registry.ts';
import { requireReadable, type Stores } from '../registry/open-stores.ts';
import { type AccessOptions, artifactAccess } from '../tracking/artifacts/artifact-access.ts';
import type { TrackingStore } from '../tracking/tracking-store.ts';
import type { LedgerOrigin } from './commit.ts';
import { LedgerArtifacts } from './ledger-artifacts.ts';
import { isAliasOf, isHistory, LedgerState } from './ledger-state.ts';
import { isRemote } from './locations.ts';
import { type OpenBranch, openBranch } from './open-branch.ts';

export interface OpenLedger extends Omit<OpenBranch, 'repository'>, AccessOptions {
  /** A folder of this process: the database, artifacts that are in use, and a partial clone of the branch. */
  readonly directory: string;
  readonly now: () => number;
  /** Where new experiments keep artifacts: on the branch, unless this is `s3://bucket/prefix`. */
  readonly artifactRoot?: string | undefined;
  readonly origin: LedgerOrigin;
  readonly log: (message: string) => void;
  /** Segments after a snapshot before the next one; default 50. */
  readonly snapshotEvery?: number;
}

export interface LedgerStores extends Stores {
  /**
   * Puts what is not on the branch yet there, in one commit; the default message says what it is.
   *
   * @throws LEDGER_UNREACHABLE; calling it again tries again · LEDGER_CONFLICT with all that other runs were faster with
   */
  flush(message?: string): Promise<void>;
}

/**
 * The embedded store as the ledger branch has it. A new version and an entry of a promotion history are on the branch when
 * the call that made them returns; all else is there after `flush`.
 *
 * @throws LEDGER_UNREACHABLE · LEDGER_DAMAGED
 */
export async function openLedgerStores(options: OpenLedger): Promise<LedgerStores> {
  const { branch, shown } = await openBranch({ ...options, repository: join(options.directory, 'repository.git') });
  const state = await LedgerState.open({
    ...options,
    branch,
    access: artifactAccess(options),
    artifactRoot: remoteRoot(options.artifactRoot),
    uri: `git+${shown}#${options.branch}`,
  });
  const exclusive = queue();
  const close = () => exclusive(async () => state.close());
  return {
    tracking: following<TrackingStore>(() => state.tracking, exclusive, {
      artifacts: artifactsOf(state, exclusive),
      close,
    }),
    registry: following<ModelRegistry>(() => state.registry, exclusive, { ...pushedAtOnce(state, exclusive), close }),
    flush: (message) =>
      exclusive(async () => {
        await state.publish(message);
        const lost = state.takeLost();
        if (lost.length > 0)
          throw new MlopsError(
            'LEDGER_CONFLICT',
            lost.flatMap(({ faults }) => faults),
          );
      }),
    close,
  };
}

/** A folder of this machine would not last: instead of there, files are kept on the branch. */
function remoteRoot(root: string | undefined): string | undefined {
  return root !== undefined && isRemote(root) ? requireReadable(root) : undefined;
}

type Exclusive = <T>(work: () => Promise<T>) => Promise<T>;

/** Runs one piece of work after the other: a rebuild never comes between the reads and writes of a call. */
function queue(): Exclusive {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
}

/** The store that is current at each call, its calls queued; `own` come first. */
function following<S extends object>(current: () => S, exclusive: Exclusive, own: Partial<S>): S {
  return new Proxy(own as S, {
    get: (_, key) => {
      if (Object.hasOwn(own, key)) return own[key as keyof S];
      const value: unknown = current()[key as keyof S];
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) =>
        exclusive(async () => (current()[key as keyof S] as (...given: unknown[]) => unknown)(...args));
    },
  });
}

function artifactsOf(state: LedgerState, exclusive: Exclusive): TrackingStore['artifacts'] {
  const keeper = {
    filesAt: (path: string) => state.filesAt(path),
    put: (files: Parameters<LedgerState['put']>[0]) => exclusive(() => state.put(files)),
    read: (files: Parameters<LedgerState['read']>[0]) => exclusive(() => state.read(files)),
  };
  return (location) => {
    const below = state.locations.relative(location);
    return below === undefined ? state.tracking.artifacts(location) : new LedgerArtifacts(location, below, keeper);
  };
}

/** The calls whose answer others act on: a number that is given once, a promotion that one run wins. */
function pushedAtOnce(
  state: LedgerState,
  exclusive: Exclusive,
): Pick<ModelRegistry, 'createModelVersion' | 'setRegisteredModelTag'> {
  return {
    createModelVersion: (version) =>
      exclusive(async () => {
        state.locations.toPortable(version.storageLocation);
        await state.registry.createModelVersion(version);
        const made = state.lastPending!;
        await state.publishNow([made]);
        // The number of the push that won, not the one that was given at first.
        const { operation } = made;
        return state.registry.getModelVersion(
          version.name,
          operation.op === 'createModelVersion' ? operation.version : 0,
        );
      }),
    setRegisteredModelTag: (name, key, value) =>
      exclusive(async () => {
        if (!isHistory(key)) return state.registry.setRegisteredModelTag(name, key, value);
        const alias = state.lastPending;
        const moved = alias && isAliasOf(alias.operation, name) ? [alias] : [];
        try {
          await state.registry.setRegisteredModelTag(name, key, value);
        } catch (error) {
          if (moved.length > 0) state.withdraw(moved);
          throw error;
        }
        await state.publishNow([...moved, state.lastPending!]);
      }),
  };
}
