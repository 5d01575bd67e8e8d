import { createHash } from 'node:crypto';
import { z } from 'zod';
import { MlopsError } from '../errors/mlops-error.ts';
import type { ModelRegistry } from '../registry/model-registry.ts';

const entrySchema = z.strictObject({
  sequence: z.int().min(1),
  time: z.string(),
  /** outside: found later, done by other means than mlops. */
  action: z.enum(['deploy', 'promote', 'rollback', 'outside']),
  environment: z.string(),
  from: z.int().nullable(),
  /** null: the environment serves nothing any more (outside only). */
  to: z.int().nullable(),
  actor: z.string(),
  reason: z.string(),
  verdict: z.string(),
  metrics: z.record(z.string(), z.number()),
  digest: z.string(),
  commit: z.string().nullable(),
  run: z.string().nullable(),
  /** Hash of the entry before; chains the history so that a changed or missing entry is found. */
  previous: z.string(),
  hash: z.string(),
});

/** Who put which version where, when and why. */
export type HistoryEntry = z.output<typeof entrySchema>;

const PREFIX = 'mlops.history.';
const FIRST = '0'.repeat(64);

/** The promotion history of a model, oldest first: tags of the registered model, in any registry that speaks MLflow. */
export async function readHistory(registry: ModelRegistry, name: string): Promise<HistoryEntry[]> {
  const model = await registry.findRegisteredModel(name);
  if (!model) return [];
  return Object.keys(model.tags)
    .filter((key) => key.startsWith(PREFIX))
    .sort()
    .map((key) => parseEntry(name, key, model.tags[key]!));
}

function parseEntry(name: string, key: string, text: string): HistoryEntry {
  try {
    return entrySchema.parse(JSON.parse(text));
  } catch (error) {
    throw new MlopsError('HISTORY_DAMAGED', `tag "${key}" of model "${name}" is not an entry of its history`, {
      cause: error,
    });
  }
}

/** Appends one entry and returns it with its sequence number and hash. */
export async function appendHistory(
  registry: ModelRegistry,
  name: string,
  entry: Omit<HistoryEntry, 'sequence' | 'previous' | 'hash'>,
): Promise<HistoryEntry> {
  const last = (await readHistory(registry, name)).at(-1);
  const unsigned = { sequence: (last?.sequence ?? 0) + 1, ...entry, previous: last?.hash ?? FIRST };
  const whole = { ...unsigned, hash: hashOf(unsigned) };
  await registry.setRegisteredModelTag(name, PREFIX + String(whole.sequence).padStart(6, '0'), JSON.stringify(whole));
  return whole;
}

/** The entries that do not fit the chain, in words; empty when the history is whole. */
export function verifyHistory(entries: readonly HistoryEntry[]): string[] {
  const faults: string[] = [];
  let previous = FIRST;
  entries.forEach((entry, i) => {
    const { hash, ...unsigned } = entry;
    if (entry.sequence !== i + 1) faults.push(`entry ${i + 1} is missing: entry ${entry.sequence} stands in its place`);
    if (entry.previous !== previous) faults.push(`entry ${entry.sequence} does not follow the entry before it`);
    if (hashOf(unsigned) !== hash) faults.push(`entry ${entry.sequence} was changed after it was written`);
    previous = hash;
  });
  return faults;
}

/** The version that was in the environment at a moment, or undefined. */
export function versionAt(entries: readonly HistoryEntry[], environment: string, time: number): number | undefined {
  return (
    entries.findLast((entry) => entry.environment === environment && Date.parse(entry.time) <= time)?.to ?? undefined
  );
}

function hashOf(entry: Omit<HistoryEntry, 'hash'>): string {
  // Keys sorted, so that a store which re-orders JSON does not break the chain.
  const sorted = (value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([k, v]) => [k, sorted(v)]),
        )
      : value;
  return createHash('sha256')
    .update(JSON.stringify(sorted(entry)))
    .digest('hex');
}
