import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { featureSettings } from '../../src/config/features.ts';
import { csvText } from '../../src/data/csv/write-csv.ts';
import type { Column, Table } from '../../src/data/table.ts';
import { applyFeatures, fitTransform } from '../../src/features/pipeline.ts';
import { PEERS, pythonPeers } from '../tools/python-peers.ts';
import { mustRun } from '../tools/run-program.ts';
import { shopRows } from '../unit/features/tables.ts';
import type { BenchResult } from './result.ts';

export const peers = PEERS.filter((peer) => /^(scikit-learn|pandas)=/.test(peer));

const ROWS = 200_000;
const TURNS = 3;
const REPEATS = 2;

const suffix = (name: string) => ({ suffix: `.${name}` });

/** The steps of peers/features.py. */
const STEPS = [
  { impute: { columns: ['price', 'change', 'size', 'huge'], ...suffix('filled') } },
  { scale: { columns: ['price.filled', 'change.filled', 'size.filled', 'huge.filled'], ...suffix('scaled') } },
  { scale: { columns: ['price', 'change'], method: 'robust', ...suffix('robust') } },
  { clip: { columns: ['price', 'change'], ...suffix('clipped') } },
  { log1p: { columns: 'price', ...suffix('log') } },
  { power: { columns: ['price', 'change'], ...suffix('power') } },
  { bins: { columns: ['price.filled', 'huge.filled'], bins: 10, ...suffix('bin') } },
  { expression: { output: 'total', formula: 'price * size' } },
  { expression: { output: 'ratio', formula: 'price / (1 + abs(change))' } },
  { expression: { output: 'dear', formula: 'price > 20 and change <= 0' } },
  { expression: { output: 'pick', formula: 'if(size >= 4, price, -size)' } },
  { 'one-hot': { columns: ['shop', 'answer', 'size'], keep: true } },
  { ordinal: { columns: ['shop', 'answer'], ...suffix('ordinal') } },
  { frequency: { columns: ['shop', 'size', 'note'], ...suffix('share') } },
  { 'target-encode': { columns: ['shop', 'size'], ...suffix('y') } },
  {
    date: {
      columns: 'sold',
      parts: ['hour', 'weekday', 'month'],
      cyclic: ['hour', 'weekday', 'month'],
      since: '2019-01-01',
    },
  },
  { drop: { columns: ['price.filled', 'change.filled', 'size.filled', 'huge.filled'] } },
  { drop: { columns: ['price', 'change', 'size', 'huge', 'same', 'shop', 'answer', 'note'] } },
];

/**
 * The same steps on the same 200,000 rows with 5 number, 3 text and 1 date columns: fitted and applied to the training rows, then applied
 * to as many others. Seconds of processor time, the least of all turns.
 */
export async function bench(): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-features-'));
  try {
    const tables = [1, 2].map((seed) => shopRows(seed, ROWS));
    const target = Float64Array.from({ length: ROWS }, (_, row) => ((row * 7919) % 101) / 7);
    const y: Column = { kind: 'numeric', name: 'y', values: target, integer: false };
    const paths = tables.map((table, i) => {
      const path = join(folder, `rows-${i}.csv`);
      writeFileSync(path, csvText({ nRows: ROWS, columns: [...table.columns, y] }));
      return path;
    });
    const python = await pythonPeers();
    const script = join(import.meta.dirname, 'peers/features.py');
    const [ours, theirs] = [
      { fit: Infinity, transform: Infinity },
      { fit: Infinity, transform: Infinity },
    ];
    for (let turn = 0; turn < TURNS; turn++) {
      const peer = JSON.parse(await mustRun(python, [script, ...paths, String(REPEATS)])) as typeof theirs;
      const own = measure(tables as [Table, Table], target);
      for (const what of ['fit', 'transform'] as const) {
        ours[what] = Math.min(ours[what], own[what]);
        theirs[what] = Math.min(theirs[what], peer[what]);
      }
    }
    return (['fit', 'transform'] as const).map((what) => ({
      bench: 'features',
      case: `${ROWS / 1000}k rows, 17 steps`,
      metric: what === 'fit' ? 'fit and transform' : 'transform',
      ours: ours[what],
      peer: theirs[what],
      peer_name: 'pandas + ColumnTransformer',
      ratio: theirs[what] / ours[what],
      unit: 'CPU s',
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure([train, rows]: readonly [Table, Table], values: Float64Array): { fit: number; transform: number } {
  const settings = featureSettings.parse({ steps: STEPS });
  const best = { fit: Infinity, transform: Infinity };
  for (let i = 0; i < REPEATS; i++) {
    const [fit, { fitted }] = seconds(() =>
      fitTransform(train, settings, { target: { task: 'regression', values }, seed: 0 }),
    );
    const [transform] = seconds(() => applyFeatures(fitted, rows));
    best.fit = Math.min(best.fit, fit);
    best.transform = Math.min(best.transform, transform);
  }
  return best;
}

function seconds<T>(work: () => T): [number, T] {
  const started = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(started);
  return [(user + system) / 1e6, result];
}
