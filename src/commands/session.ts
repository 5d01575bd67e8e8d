import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Project } from '../config/project.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { openStores, type Stores } from '../registry/open-stores.ts';
import { type ResolvedModel, resolveModel } from '../registry/resolve-model.ts';
import type { CommandContext } from './context.ts';

/** Steps of a job for a pull request share it; gone with the runner. */
const PULL_REQUEST_LEDGER = '.mlops/ledger.git';

/** What a command that works with runs and models has at hand. */
export interface Session {
  readonly project: Project;
  readonly context: CommandContext;
  readonly stores: Stores;
  /** A folder of this process, removed when the command ends. */
  readonly scratch: string;
  /** Where the models are that this command has brought here. */
  readonly fetched: Map<string, string>;
}

/**
 * Opens the tracking store and the registry, on the ledger branch where the disk does not last, and closes them whatever
 * happens. What was recorded before a failure is kept: a failed run is part of the record.
 */
export async function withSession<T>(
  project: Project,
  context: CommandContext,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'mlops-'));
  const { cwd, credential, signal, environment } = context;
  try {
    const stores = usesLedger(project, context)
      ? await openOnLedger(project, context, scratch)
      : await openStores({ ...storeSettings(project), cwd, credential, signal, environment });
    const result = await work({ project, context, stores, scratch, fetched: new Map() }).catch(
      async (error: unknown) => {
        // What failed first is what the reader has to see.
        await stores.close().catch((closing: Error) => {
          context.log.warn(`what this step recorded could not be kept: ${closing.message}`);
        });
        throw error;
      },
    );
    await stores.close();
    return result;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function usesLedger(project: Project, context: CommandContext): boolean {
  const { mode } = project.ledger;
  const embedded = project.tracking['tracking-uri'].startsWith('sqlite:');
  if (mode === 'on' && !embedded) {
    throw new MlopsError(
      'CONFIG_INVALID',
      `"ledger.mode" is "on", but "tracking.tracking-uri" is "${project.tracking['tracking-uri']}": only a sqlite:/// store lives on the ledger; set ledger.mode to auto`,
    );
  }
  return mode === 'on' || (mode === 'auto' && embedded && context.ephemeral);
}

function storeSettings(project: Project) {
  const { 'tracking-uri': trackingUri, 'registry-uri': registryUri, 'artifact-root': artifactRoot } = project.tracking;
  return {
    trackingUri,
    ...(registryUri === undefined ? {} : { registryUri }),
    ...(artifactRoot === undefined ? {} : { artifactRoot }),
    s3: project.data.s3,
  };
}

async function openOnLedger(project: Project, context: CommandContext, scratch: string): Promise<Stores> {
  const [{ openLedgerStores }, { copyLedger }] = await Promise.all([
    import('../ledger/ledger.ts'),
    import('../ledger/local-copy.ts'),
  ]);
  const { cwd, credential, environment, now, forge, log } = context;
  // What is tried on a pull request is no part of the record; its token may only read, too.
  const copy = forge.origin.pullRequest === undefined ? undefined : join(cwd, PULL_REQUEST_LEDGER);
  if (copy) await copyLedger({ cwd, ...project.ledger, credential, environment, into: copy });
  const ledger = await openLedgerStores({
    cwd,
    branch: project.ledger.branch,
    artifactRoot: project.tracking['artifact-root'],
    s3: project.data.s3,
    signal: context.signal,
    remote: copy ?? project.ledger.remote,
    directory: join(scratch, 'ledger'),
    credential,
    environment,
    now,
    origin: forge.origin,
    log: (message: string) => log.info(message),
  });
  return {
    ...ledger,
    close: async () => {
      try {
        await ledger.flush();
      } finally {
        await ledger.close();
      }
    },
  };
}

/** The name of the registered model: `name` of mlops.yaml, else the name of the data file. */
export function modelName(project: Project): string {
  if (project.name) return project.name;
  const source = [project.data.source ?? 'model'].flat()[0]!;
  const stem = basename(source.replace(/[?#].*$/, '')).replace(/\..*$/, '');
  return stem.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '') || 'model';
}

export function experimentName(project: Project): string {
  return project.tracking['experiment-name'] ?? modelName(project);
}

/** The model that a URI or folder means, its files at hand. */
export function findModel(session: Session, uri: string): Promise<ResolvedModel> {
  return resolveModel(uri, session.stores, {
    cwd: session.context.cwd,
    into: join(session.scratch, 'models'),
    fetched: session.fetched,
  });
}
