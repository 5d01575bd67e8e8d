import { createHash } from 'node:crypto';
import { z } from 'zod';
import { listSome } from '../errors/suggest.ts';
import { applyRegistry, nextVersion, type RegistryOperation } from '../registry/sqlite/operations.ts';
import { applyTracking, type TrackingOperation } from '../tracking/sqlite/operations.ts';
import type { StoreDatabase } from '../tracking/sqlite/store-database.ts';
import { isArtifactPath, isPortable, isRemote, type Locations } from './locations.ts';

/** A file that the ledger keeps, by the SHA-256 of its bytes. */
export interface KeptFile {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** Files by their path below the artifacts of all experiments. */
export type KeptFiles = Map<string, KeptFile>;

/** What the log holds: the operations of the SQLite stores, with portable locations, and the files that were uploaded. */
export type LedgerOperation =
  | TrackingOperation
  | RegistryOperation
  | { op: 'putFiles'; files: readonly (KeptFile & { path: string })[] };

export interface LedgerContents {
  readonly db: StoreDatabase;
  readonly files: KeptFiles;
  readonly locations: Locations;
}

/** Applies one operation inside a transaction that the caller holds. */
export function applyOperation({ db, files, locations }: LedgerContents, operation: LedgerOperation): void {
  switch (operation.op) {
    case 'putFiles':
      for (const { path, digest, size } of operation.files) files.set(path, { digest, size });
      return;
    case 'createExperiment':
      // Two machines that name the same experiment give it the same id: the second finds it there.
      if (db.get('SELECT 1 FROM experiments WHERE experiment_id = ?', Number(operation.experimentId))) return;
      applyTracking(db, operation);
      return;
    case 'createRun':
    case 'logBatch':
    case 'logDatasets':
    case 'endRun':
    case 'createLoggedModel':
    case 'finalizeLoggedModel':
      applyTracking(db, operation);
      return;
    case 'createModelVersion':
      applyRegistry(db, { ...operation, storageLocation: locations.toLocal(operation.storageLocation) });
      return;
    default:
      applyRegistry(db, operation);
  }
}

/** The operation as it has to be on a newer state: a version gets the next number anew. */
export function renewed(db: StoreDatabase, operation: LedgerOperation): LedgerOperation {
  return operation.op === 'createModelVersion' ? { ...operation, version: nextVersion(db, operation.name) } : operation;
}

/** The id of an experiment on every machine: 15 digits of the name's digest, exact as a JavaScript number. */
export function experimentIdOf(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex');
  return String((BigInt(`0x${digest.slice(0, 16)}`) % 900_000_000_000_000n) + 100_000_000_000_000n);
}

/** What people want to know of the operations of one commit, a line each. */
export function describeOperations(operations: readonly LedgerOperation[]): string[] {
  const begun = new Set(operations.flatMap((operation) => (operation.op === 'createRun' ? [operation.runId] : [])));
  return [...new Set(operations.flatMap((operation) => describeOne(operation, begun)))];
}

function describeOne(operation: LedgerOperation, begun: ReadonlySet<string>): string[] {
  switch (operation.op) {
    case 'createModelVersion':
      return [`${operation.name} v${operation.version} registered`];
    case 'setAlias':
      return [`${operation.name}@${operation.alias} → v${operation.version}`];
    case 'deleteAlias':
      return [`${operation.name}@${operation.alias} removed`];
    case 'createRegisteredModel':
      return [`${operation.name} created`];
    case 'setModelVersionTag':
      return [`${operation.name} v${operation.version}: ${operation.key}`];
    case 'endRun':
      return [`run ${operation.runId.slice(0, 8)} ${operation.status}`];
    case 'logBatch': {
      // What a run logs while it is under way is not news.
      if (begun.has(operation.runId)) return [];
      const { params, metrics, tags } = operation;
      const keys = [...Object.keys(params), ...metrics.map(({ key }) => key), ...Object.keys(tags)];
      return keys.length === 0 ? [] : [`run ${operation.runId.slice(0, 8)}: ${listSome(keys, 3)}`];
    }
    default:
      return [];
  }
}

const id = z.string().regex(/^[0-9a-f]{32}$/);
const modelId = z.string().regex(/^m-[0-9a-f]{32}$/);
const experimentId = z.string().regex(/^\d{1,15}$/);
const time = z.int();
const texts = z.record(z.string(), z.string());
const version = z.int().min(1);
/** JSON has no NaN and no infinity. */
const metricValue = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]);
const dataset = z.strictObject({
  datasetId: id,
  inputId: id,
  name: z.string(),
  digest: z.string(),
  sourceType: z.string(),
  source: z.string(),
  schema: z.string(),
  profile: z.string(),
  context: z.string(),
});

/** Every form that an operation may have on the branch: ids and paths are checked here, before they name a file. */
export const operationSchema: z.ZodType<LedgerOperation> = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('createExperiment'),
    experimentId,
    name: z.string(),
    time,
    artifactLocation: z.string().refine(isRemote).optional(),
  }),
  z.strictObject({ op: z.literal('createRun'), runId: id, experimentId, runName: z.string(), time, tags: texts }),
  z.strictObject({
    op: z.literal('logBatch'),
    runId: id,
    params: texts,
    metrics: z.array(z.strictObject({ key: z.string(), value: metricValue, timestamp: z.number(), step: z.number() })),
    tags: texts,
  }),
  z.strictObject({ op: z.literal('logDatasets'), runId: id, datasets: z.array(dataset) }),
  z.strictObject({
    op: z.literal('endRun'),
    runId: id,
    status: z.enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']),
    time,
  }),
  z.strictObject({
    op: z.literal('createLoggedModel'),
    modelId,
    name: z.string(),
    experimentId,
    runId: id,
    outputId: id,
    time,
  }),
  z.strictObject({ op: z.literal('finalizeLoggedModel'), modelId, status: z.enum(['READY', 'FAILED']), time }),
  z.strictObject({ op: z.literal('createRegisteredModel'), name: z.string(), description: z.string(), time }),
  z.strictObject({ op: z.literal('setRegisteredModelTag'), name: z.string(), key: z.string(), value: z.string() }),
  z.strictObject({
    op: z.literal('createModelVersion'),
    name: z.string(),
    version,
    modelId,
    runId: z.string(),
    storageLocation: z.string().refine(isPortable),
    description: z.string(),
    tags: texts,
    time,
  }),
  z.strictObject({ op: z.literal('setAlias'), name: z.string(), alias: z.string(), version, time }),
  z.strictObject({ op: z.literal('deleteAlias'), name: z.string(), alias: z.string(), time }),
  z.strictObject({
    op: z.literal('setModelVersionTag'),
    name: z.string(),
    version,
    key: z.string(),
    value: z.string(),
  }),
  z.strictObject({
    op: z.literal('putFiles'),
    files: z.array(
      z.strictObject({
        path: z.string().refine(isArtifactPath),
        digest: z.string().regex(/^[0-9a-f]{64}$/),
        size: z.int().min(0),
      }),
    ),
  }),
]);
