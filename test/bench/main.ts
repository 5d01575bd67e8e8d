/** `npm run bench -- NAME [--json FILE] [--record]`: measures against peers on this machine, in the same run, and prints the ratios. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { record } from './record.ts';
import type { BenchModule } from './result.ts';

const BENCHES: Readonly<Record<string, () => Promise<BenchModule>>> = {
  data: () => import('./data.ts'),
  features: () => import('./features.ts'),
  forest: () => import('./forest.ts'),
  pipeline: () => import('./pipeline.ts'),
  store: () => import('./store.ts'),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, record: { type: 'boolean' } },
});
const load = BENCHES[positionals[0] ?? ''];
if (!load || positionals.length !== 1) {
  console.error(
    `Usage: npm run bench -- NAME [--json FILE] [--record]; NAME is one of ${Object.keys(BENCHES).join(', ')}`,
  );
  process.exit(2);
}
const { bench, peers = [] } = await load();
const results = await bench();
console.table(
  results.map((r) => ({
    case: r.case,
    metric: r.metric,
    ours: `${round(r.ours)} ${r.unit}`,
    peer: `${round(r.peer)} ${r.unit}`,
    'peer name': r.peer_name,
    ratio: round(r.ratio),
  })),
);
if (values.record) record(positionals[0]!, results, peers);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);

function round(value: number): number {
  return Number(value.toPrecision(4));
}
