import { z } from 'zod';
import { MlopsError } from '../errors/mlops-error.ts';
import { improvement } from '../metrics/score-all.ts';
import type { Cell, TableBlock } from '../reports/document.ts';
import { formatNumber, formatTime } from '../reports/format.ts';
import type { Run } from '../tracking/tracking-store.ts';
import { defineCommand, field, input } from './command.ts';
import { withSession } from './session.ts';

const FEWEST = 2;
const MOST = 6;

export const compareRuns = defineCommand({
  name: 'runs compare',
  summary: 'What differs between runs: params, metrics, data.',
  description:
    'Sets runs side by side: the params in which they differ, every metric with the best value marked, and the data that they were trained on.',
  inputs: {
    runs: input(
      z.array(z.string().min(1)).min(FEWEST).max(MOST),
      'Run ids, or their first characters.',
      '3f2a91c0,8b7710de',
    ),
    'tracking-uri': field('tracking.tracking-uri'),
  },
  outputs: {
    params: 'The params that differ: name → a value for each run, a JSON object.',
    metrics: 'Every metric: name → a value for each run, a JSON object.',
  },
  run: async (inputs, project, context) =>
    withSession(project, context, async ({ stores }) => {
      const runs = await Promise.all(inputs.runs.map((id) => findRun(stores.tracking, id)));
      const params = differing(runs.map((run) => ({ ...run.params, data: dataOf(run) })));
      const metrics = valuesByName(runs.map((run) => run.metrics));
      return {
        outputs: { params: Object.fromEntries(params), metrics: Object.fromEntries(metrics) },
        summary: {
          title: `${runs.length} runs`,
          facts: runs.map((run) => ({
            label: run.runId.slice(0, 8),
            value: `${run.runName}, ${formatTime(run.startTime)}`,
          })),
          sections: [
            {
              title: 'Metrics',
              blocks: [
                table(
                  runs,
                  [...metrics].map(([name, values]) => [name, ...marked(name, values)]),
                ),
              ],
            },
            {
              title: params.size === 0 ? 'No param differs' : 'Params that differ',
              blocks: [
                table(
                  runs,
                  [...params].map(([name, values]) => [name, ...values.map((value) => value ?? '')]),
                ),
              ],
            },
          ],
        },
      };
    }),
});

type Tracking = Parameters<Parameters<typeof withSession>[2]>[0]['stores']['tracking'];

/** A run by its id or by the beginning of it. @throws RUN_NOT_FOUND */
export async function findRun(tracking: Tracking, id: string): Promise<Run> {
  if (id.length === 32) return tracking.getRun(id);
  const experiments = await tracking.listExperiments();
  const found = await tracking.searchRuns({
    experimentIds: experiments.map(({ experimentId }) => experimentId),
    filter: `attributes.run_id LIKE '${id.replace(/[^0-9a-zA-Z-]/g, '')}%'`,
    maxResults: 2,
  });
  if (found.length === 1) return found[0]!;
  const why = found.length === 0 ? 'no run has an id that begins so' : 'more than one run has an id that begins so';
  throw new MlopsError('RUN_NOT_FOUND', `"${id}": ${why}; mlops runs lists them`);
}

function dataOf({ datasets }: Run): string {
  return datasets.map(({ name, digest }) => `${name} ${digest}`).join(', ');
}

function valuesByName<V>(of: readonly Readonly<Record<string, V>>[]): Map<string, (V | undefined)[]> {
  const names = [...new Set(of.flatMap((values) => Object.keys(values)))].sort();
  return new Map(names.map((name) => [name, of.map((values) => values[name])]));
}

function differing(of: readonly Readonly<Record<string, string>>[]): Map<string, (string | undefined)[]> {
  return new Map([...valuesByName(of)].filter(([, values]) => new Set(values).size > 1));
}

/** The best of different values stands out. */
function marked(metric: string, values: readonly (number | undefined)[]): Cell[] {
  const present = values.filter((value) => value !== undefined);
  const best = present.reduce((a, b) => (improvement(metric, b, a) > 0 ? b : a));
  const differ = new Set(values).size > 1;
  return values.map((value) =>
    value === undefined
      ? ''
      : { text: formatNumber(value), ...(differ && value === best ? { state: 'pass' as const } : {}) },
  );
}

function table(runs: readonly Run[], rows: readonly Cell[][]): TableBlock {
  const columns = runs.map((run) => ({ label: run.runId.slice(0, 8), align: 'right' as const }));
  return { kind: 'table', columns: [{ label: 'Name' }, ...columns], rows: [...rows] };
}
