import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Table, takeRows } from '../../src/data/table.ts';
import { type Target, takeTarget } from '../../src/data/target.ts';
import { fitForest } from '../../src/forest/fit.ts';
import { defaultParams } from '../../src/forest/params.ts';
import { predictForest } from '../../src/forest/predict-forest.ts';
import { Random } from '../../src/forest/random.ts';
import { rocAuc } from '../../src/metrics/ranking.ts';
import { r2Score } from '../../src/metrics/regression.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { mustRun } from '../tools/run-program.ts';
import { type BenchResult, median } from './result.ts';

const ROUNDS = 3;

interface Case {
  readonly name: string;
  readonly features: Table;
  readonly target: Target;
  /** So many rows are learned, the others are predicted. */
  readonly train: number;
}

/** Seconds, and R² or ROC AUC. */
interface Measured {
  readonly fit: number;
  readonly predict: number;
  readonly one: number;
  readonly score: number;
}

/** 100 fully grown trees on all cores beside scikit-learn's, in turns; the middle of three runs counts. */
export async function bench(): Promise<BenchResult[]> {
  const python = await pythonPeers();
  const folder = mkdtempSync(join(tmpdir(), 'bench-forest-'));
  try {
    const results: BenchResult[] = [];
    for (const item of [bikeRentals(), generated(50_000, 20)]) {
      const file = writeCase(folder, item);
      const pairs: { ours: Measured; peer: Measured }[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const script = join(import.meta.dirname, 'peers/forest.py');
        pairs.push({
          ours: await measure(item),
          peer: JSON.parse(await mustRun(python, ['-W', 'ignore', script, file])),
        });
      }
      results.push(...compare(item, pairs));
    }
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure({ features, target, train }: Case): Promise<Measured> {
  const rows = Int32Array.from({ length: features.nRows }, (_, row) => row);
  const [trainRows, testRows] = [rows.subarray(0, train), rows.subarray(train)];
  const set = { features: takeRows(features, trainRows), target: takeTarget(target, trainRows) };
  const test = takeRows(features, testRows);
  const truth = takeTarget(target, testRows);
  const single = takeRows(features, Int32Array.of(0));
  const begin = performance.now();
  const forest = await fitForest(set, defaultParams(target.task), { nJobs: -1 });
  const fitted = performance.now();
  const found = predictForest(forest, test);
  const predicted = performance.now();
  for (let i = 0; i < 1000; i++) predictForest(forest, single);
  const end = performance.now();
  const score =
    truth.task === 'regression'
      ? r2Score(truth.values, found)
      : rocAuc(
          Uint8Array.from(truth.codes),
          found.filter((_, i) => i % 2 === 1),
        );
  return {
    fit: (fitted - begin) / 1000,
    predict: (predicted - fitted) / 1000,
    one: (end - predicted) / 1e6,
    score,
  };
}

function compare(of: Case, pairs: readonly { ours: Measured; peer: Measured }[]): BenchResult[] {
  const middle = (who: 'ours' | 'peer', what: keyof Measured): number => median(pairs.map((pair) => pair[who][what]));
  const timed = (metric: string, what: keyof Measured, scale: number, unit: string): BenchResult => {
    const [ours, peer] = [middle('ours', what) * scale, middle('peer', what) * scale];
    return { bench: 'forest', case: of.name, metric, ours, peer, peer_name: 'scikit-learn', ratio: peer / ours, unit };
  };
  const [ours, peer] = [middle('ours', 'score'), middle('peer', 'score')];
  const quality = of.target.task === 'regression' ? 'R² of unseen rows' : 'ROC AUC of unseen rows';
  const unseen = of.features.nRows - of.train;
  return [
    timed('fit, 100 trees', 'fit', 1, 's'),
    timed(`predict ${unseen.toLocaleString('en-US')} rows`, 'predict', 1000, 'ms'),
    timed('predict one row', 'one', 1e6, 'µs'),
    {
      bench: 'forest',
      case: of.name,
      metric: quality,
      ours,
      peer,
      peer_name: 'scikit-learn',
      ratio: ours / peer,
      unit: '',
    },
  ];
}

function bikeRentals(): Case {
  const file = join(import.meta.dirname, '../../examples/bike-sharing/bike-sharing-hourly.csv');
  const [header, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  const names = header!.split(',');
  const rows = lines.map((line) => line.split(','));
  const column = (name: string): Float64Array => Float64Array.from(rows, (row) => Number(row[names.indexOf(name)]));
  const left = ['instant', 'dteday', 'casual', 'registered', 'cnt'];
  const columns = names
    .filter((name) => !left.includes(name))
    .map((name) => ({ kind: 'numeric' as const, name, integer: false, values: column(name) }));
  const target = { task: 'regression', values: column('cnt') } as const;
  return { name: 'bike rentals', features: { nRows: rows.length, columns }, target, train: 13_900 };
}

/** Numbers of which six matter, two of them together; labels with noise. */
function generated(train: number, width: number): Case {
  const nRows = train + 10_000;
  const random = new Random(7);
  const normal = (): number => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += random.unit();
    return sum;
  };
  const values = Array.from({ length: width }, () => Float64Array.from({ length: nRows }, normal));
  const codes = Int32Array.from({ length: nRows }, (_, i) => {
    let sum = values[0]![i]! * values[1]![i]! + normal();
    for (let f = 0; f < 6; f++) sum += (f % 2 === 0 ? 1 : -1) * values[f]![i]!;
    return sum > 0 ? 1 : 0;
  });
  const columns = values.map((of, f) => ({ kind: 'numeric' as const, name: `f${f}`, integer: false, values: of }));
  const target = { task: 'classification', classes: ['0', '1'], codes } as const;
  return {
    name: `generated, ${train.toLocaleString('en-US')} × ${width}`,
    features: { nRows, columns },
    target,
    train,
  };
}

/** Columns one after another in 64 bits, the target last, and what the peer has to know of them. */
function writeCase(folder: string, { features, target, train }: Case): string {
  const { nRows, columns } = features;
  const all = new Float64Array((columns.length + 1) * nRows);
  for (const [f, column] of columns.entries()) if (column.kind === 'numeric') all.set(column.values, f * nRows);
  all.set(target.task === 'regression' ? target.values : target.codes, columns.length * nRows);
  const file = join(folder, 'table.bin');
  writeFileSync(file, new Uint8Array(all.buffer));
  const description = {
    file,
    rows: nRows,
    columns: columns.length + 1,
    train,
    task: target.task,
    jobs: availableParallelism(),
  };
  writeFileSync(join(folder, 'case.json'), JSON.stringify(description));
  return join(folder, 'case.json');
}
