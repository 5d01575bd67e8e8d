/** Times both engines on the first rows of a case: node small.ts CASE_FOLDER → JSON on standard output. */
import { takeRows } from '../../../src/data/table.ts';
import { takeTarget } from '../../../src/data/target.ts';
import { fitEngine } from '../../../src/forest/engines.ts';
import { defaultParams } from '../../../src/forest/params.ts';
import { readCase } from './cases.ts';

/** ml-random-forest takes quadratic time. */
const ROWS = 2000;

const { features, target } = readCase(process.argv[2]!);
const rows = Int32Array.from({ length: ROWS }, (_, row) => row);
const set = { features: takeRows(features, rows), target: takeTarget(target, rows) };
const seconds = async (engine: 'native' | 'ml-random-forest'): Promise<number> => {
  const begun = performance.now();
  await fitEngine(engine, set, defaultParams(target.task), { nJobs: -1 });
  return (performance.now() - begun) / 1000;
};
console.log(JSON.stringify({ ours: await seconds('native'), peer: await seconds('ml-random-forest'), rows: ROWS }));
