/** `npm run bench -- NAME [--json FILE]`: measures against peers on this machine, in the same run, and prints the ratios. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Bench } from './result.ts';

const BENCHES: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  csv: () => import('./csv.ts'),
  forest: () => import('./forest.ts'),
  pipeline: () => import('./pipeline.ts'),
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } });
const load = BENCHES[positionals[0] ?? ''];
if (!load || positionals.length !== 1) {
  console.error(`Usage: npm run bench -- NAME [--json FILE]; NAME is one of ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
const { bench } = await load();
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
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);

function round(value: number): number {
  return Number(value.toPrecision(4));
}
