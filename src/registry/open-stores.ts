import { resolve } from 'node:path';
import type { S3Settings } from '../config/s3-settings.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { artifactAccess } from '../tracking/artifacts/artifact-access.ts';
import { SqliteTrackingStore } from '../tracking/sqlite/sqlite-tracking-store.ts';
import { StoreDatabase } from '../tracking/sqlite/store-database.ts';
import type { TrackingStore } from '../tracking/tracking-store.ts';
import { parseTrackingUri, type TrackingUri } from '../tracking/tracking-uri.ts';
import type { ModelRegistry } from './model-registry.ts';
import { SqliteModelRegistry } from './sqlite/sqlite-model-registry.ts';

export interface Stores {
  readonly tracking: TrackingStore;
  readonly registry: ModelRegistry;
  close(): Promise<void>;
}

export interface OpenStores {
  readonly trackingUri: string;
  /** The same as the tracking URI when it is not given. */
  readonly registryUri?: string;
  /** Where new experiments of an SQLite store keep artifacts, a folder or `s3://bucket/prefix`; default: `mlruns` beside the database. */
  readonly artifactRoot?: string;
  /** Where `s3://` is, when it is not AWS. */
  readonly s3?: S3Settings;
  readonly cwd: string;
  readonly credential: (name: string) => string | undefined;
  readonly signal?: AbortSignal;
  /** What is no secret: how files are transferred. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly now?: () => number;
}

/** Opens the tracking store and the model registry that the URIs mean. */
export async function openStores(options: OpenStores): Promise<Stores> {
  const trackingUri = parseTrackingUri(options.trackingUri, options.cwd);
  const registryUri = parseTrackingUri(options.registryUri ?? options.trackingUri, options.cwd);
  const same = sameStore(trackingUri, registryUri);
  const tracking = await openOne(trackingUri, options, same);
  if (same) {
    return { ...tracking, close: () => tracking.tracking.close() };
  }
  const { registry } = await openOne(registryUri, options, same);
  return {
    tracking: tracking.tracking,
    registry,
    close: async () => {
      await tracking.tracking.close();
      await registry.close();
    },
  };
}

function sameStore(a: TrackingUri, b: TrackingUri): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

async function openOne(
  uri: TrackingUri,
  options: OpenStores,
  knowsLoggedModels: boolean,
): Promise<{ tracking: TrackingStore; registry: ModelRegistry }> {
  if (uri.kind === 'rest') return openServer(uri.url, options, knowsLoggedModels);
  const now = options.now ?? Date.now;
  const db = new StoreDatabase({ path: uri.path, artifactRoot: artifactRoot(uri.path, options), now });
  const shared = { uri: `sqlite:///${uri.path}`, db, now };
  const tracking = new SqliteTrackingStore({ ...shared, access: artifactAccess(options) });
  return { tracking, registry: new SqliteModelRegistry(shared) };
}

/** An MLflow server; what speaks to it is loaded only where one is used. */
async function openServer(url: string, options: OpenStores, knowsLoggedModels: boolean) {
  const { credential, signal } = options;
  const [{ RestClient }, { RestTrackingStore }, { RestModelRegistry }, { transferSettings }] = await Promise.all([
    import('../tracking/rest/rest-client.ts'),
    import('../tracking/rest/rest-tracking-store.ts'),
    import('./rest/rest-model-registry.ts'),
    import('../tracking/artifacts/transfer-settings.ts'),
  ]);
  const transfers = transferSettings(options.environment ?? {});
  const client = new RestClient({ url, credential, signal });
  const tracking = new RestTrackingStore(client, artifactAccess(options), transfers);
  return { tracking, registry: new RestModelRegistry({ client, knowsLoggedModels }) };
}

function artifactRoot(database: string, { artifactRoot: given, cwd }: OpenStores): string {
  if (given === undefined) return resolve(database, '..', 'mlruns');
  if (!/^[A-Za-z][A-Za-z0-9+.-]+:/.test(given)) return resolve(cwd, given);
  return requireReadable(given);
}

/** MLflow reads a location as a URL and would look elsewhere. @throws INPUT_INVALID */
export function requireReadable(root: string): string {
  if (!/[?#]/.test(root)) return root;
  throw new MlopsError(
    'INPUT_INVALID',
    `"artifact-root" is "${root}", expected a folder or s3://bucket/prefix without "?" and "#", which MLflow does not read as part of a location`,
  );
}
