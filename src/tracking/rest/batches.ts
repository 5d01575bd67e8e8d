import type { Batch } from '../limits.ts';

/** What MLflow takes in one request of runs/log-batch. */
export const MAX_BATCH = { metrics: 1_000, params: 100, tags: 100, entries: 1_000, bytes: 1_000_000 } as const;

/** Room for what stands around the entries. */
const FRAME_BYTES = 1_000;

interface Pair {
  readonly key: string;
  readonly value: string;
}

/** The body of one request, without the run. */
export interface WireBatch {
  readonly params: Pair[];
  readonly tags: Pair[];
  readonly metrics: { key: string; value: number | string; timestamp: number; step: number }[];
}

/** Splits a batch into bodies that the server takes, params first: they are what it may refuse. */
export function wireBatches({ params = {}, tags = {}, metrics = [] }: Batch): WireBatch[] {
  const batches: WireBatch[] = [];
  let batch: WireBatch = { params: [], tags: [], metrics: [] };
  let bytes = FRAME_BYTES;
  const add = <Kind extends keyof WireBatch>(kind: Kind, entry: WireBatch[Kind][number]): void => {
    const size = Buffer.byteLength(JSON.stringify(entry)) + 1;
    const entries = batch.params.length + batch.tags.length + batch.metrics.length;
    if (batch[kind].length === MAX_BATCH[kind] || entries === MAX_BATCH.entries || bytes + size > MAX_BATCH.bytes) {
      batches.push(batch);
      batch = { params: [], tags: [], metrics: [] };
      bytes = FRAME_BYTES;
    }
    (batch[kind] as (typeof entry)[]).push(entry);
    bytes += size;
  };
  for (const [key, value] of Object.entries(params)) add('params', { key, value });
  for (const [key, value] of Object.entries(tags)) add('tags', { key, value });
  for (const { key, value, timestamp, step } of metrics)
    add('metrics', { key, value: Number.isFinite(value) ? value : String(value), timestamp, step });
  if (batch.params.length + batch.tags.length + batch.metrics.length > 0) batches.push(batch);
  return batches;
}

/** A record as MLflow's list of keys and values. */
export function pairs(record: Readonly<Record<string, string>>): Pair[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }));
}
