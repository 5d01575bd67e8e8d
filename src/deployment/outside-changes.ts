import type { ModelRegistry } from '../registry/model-registry.ts';
import { DIGEST_TAG, METRICS_TAG, VERDICT_TAG } from './guards.ts';
import { appendHistory, type HistoryEntry, readHistory } from './history.ts';

/**
 * Enters in the history what was done by other means: an alias of an environment that somebody moved or removed in MLflow's pages or by
 * its client. Nobody knows who or when; the time is that of finding it.
 *
 * @returns the entries that were written
 */
export async function recordOutsideChanges(
  registry: ModelRegistry,
  name: string,
  environments: readonly string[],
  now: () => number,
): Promise<HistoryEntry[]> {
  const model = await registry.findRegisteredModel(name);
  if (!model) return [];
  const history = await readHistory(registry, name);
  const written: HistoryEntry[] = [];
  for (const environment of environments) {
    const from = history.findLast((entry) => entry.environment === environment)?.to ?? null;
    const to = model.aliases[environment] ?? null;
    if (from === to) continue;
    const tags = to === null ? {} : (await registry.getModelVersion(name, to)).tags;
    const entry = await appendHistory(registry, name, {
      time: new Date(now()).toISOString(),
      action: 'outside',
      environment,
      from,
      to,
      actor: 'unknown',
      reason: `the alias was ${to === null ? 'removed' : 'moved'} outside of mlops`,
      verdict: tags[VERDICT_TAG] ?? 'none',
      metrics: JSON.parse(tags[METRICS_TAG] ?? '{}') as Record<string, number>,
      digest: tags[DIGEST_TAG] ?? '',
      commit: null,
      run: null,
    });
    written.push(entry);
  }
  return written;
}
