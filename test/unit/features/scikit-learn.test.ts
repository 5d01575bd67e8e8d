import { resolve } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Table } from '../../../src/data/table.ts';
import type { Target } from '../../../src/data/target.ts';
import { shuffledFolds } from '../../../src/features/shuffled-folds.ts';
import { pythonPeers } from '../../tools/python-peers.ts';
import { describeWith } from '../../tools/require-tool.ts';
import { mustRun } from '../../tools/run-program.ts';
import { cellsOf, hourlyRows, learn, shopRows, transform } from './tables.ts';

type Cells = Readonly<Record<string, readonly (number | string | null)[]>>;

const train = shopRows(1, 500);
const rows = shopRows(2, 300, { unseen: true });
const series = hourlyRows(3, 400);
const NUMBERS = ['price', 'change', 'size', 'huge', 'same'];

const shop = train.columns.find(({ name }) => name === 'shop')!;
const codes = shop.kind === 'categorical' ? shop.codes : new Int32Array();
const number = Float64Array.from(codes, (code, row) => code * 3.25 + (row % 7) / 3);
const three = codes.map((code, row) => (row % 5 < 2 ? (code + 1) % 3 : row % 3));
const TARGETS = {
  number: { task: 'regression', values: number },
  two: { task: 'classification', classes: ['0', '1'], codes: three.map((code) => Math.min(code, 1)) },
  three: { task: 'classification', classes: ['0', '1', '2'], codes: three },
} as const satisfies Record<string, Target>;

const expression = (formula: string) => [{ expression: { output: 'made', formula } }];

/** Steps of each case of scikit_learn.py, and the target where it matters. */
const CASES: Readonly<
  Record<string, { steps: readonly unknown[]; target?: Target; tolerance?: number; rows?: Table }>
> = {
  median: { steps: [{ impute: { columns: NUMBERS } }] },
  mean: { steps: [{ impute: { columns: 'numeric', strategy: 'mean' } }] },
  'most frequent': { steps: [{ impute: { columns: ['shop'], strategy: 'most-frequent' } }] },
  'most frequent number': { steps: [{ impute: { columns: 'size', strategy: 'most-frequent' } }] },
  constant: { steps: [{ impute: { columns: 'shop', strategy: 'constant', value: 'unknown' } }] },
  indicator: {
    steps: [{ impute: { columns: ['price', 'shop'], strategy: 'most-frequent', indicator: true } }],
  },
  clip: { steps: [{ clip: { columns: NUMBERS, 'lower-quantile': 0.05, 'upper-quantile': 0.9 } }] },
  'clip to given limits': { steps: [{ clip: { columns: NUMBERS, min: 2, max: 12.5 } }] },
  log1p: { steps: [{ log1p: { columns: ['price', 'size'] } }] },
  standard: { steps: [{ scale: { columns: NUMBERS } }] },
  // scikit-learn multiplies first, which loses digits of numbers that are far from 0 and near to each other.
  'min-max': { steps: [{ scale: { columns: NUMBERS, method: 'min-max' } }], tolerance: 1e-9 },
  robust: { steps: [{ scale: { columns: NUMBERS, method: 'robust' } }] },
  bins: { steps: [{ bins: { columns: NUMBERS, bins: 4 } }] },
  'one-hot': { steps: [{ 'one-hot': { columns: ['shop', 'size'] } }] },
  ordinal: { steps: [{ ordinal: { columns: ['shop', 'size'] } }] },
  frequency: { steps: [{ frequency: { columns: ['shop', 'size'] } }] },
  rare: { steps: [{ rare: { columns: 'shop', 'min-share': 0.1 } }] },
  'target of a number': { steps: [{ 'target-encode': { columns: ['shop', 'size'] } }], target: TARGETS.number },
  'target of a number, smooth': {
    steps: [{ 'target-encode': { columns: 'shop', smooth: 10 } }],
    target: TARGETS.number,
  },
  'target of two classes': { steps: [{ 'target-encode': { columns: 'shop' } }], target: TARGETS.two },
  'target of three classes': { steps: [{ 'target-encode': { columns: 'shop' } }], target: TARGETS.three },
  // The maximum of a likelihood is flat: half of the digits of its place are noise.
  power: { steps: [{ power: { columns: ['price', 'change', 'size', 'same'] } }], tolerance: 1e-6 },
  'power alone': {
    steps: [{ power: { columns: ['price', 'change', 'size', 'same'], standardize: false } }],
    tolerance: 1e-6,
  },
  date: {
    steps: [
      {
        date: {
          columns: 'sold',
          parts: ['month', 'weekday', 'day-of-year'],
          cyclic: ['hour', 'weekday', 'month', 'day', 'day-of-year', 'minute'],
          since: '2020-02-29',
          holidays: ['2019-12-25', '2020-01-01', '2021-01-01'],
        },
      },
    ],
  },
  text: {
    steps: [{ text: { columns: 'note', length: true, words: true, flags: { used: '[Uu]sed|USED' }, hash: 16 } }],
  },
  cross: { steps: [{ cross: { columns: ['shop', 'answer'], output: 'made' } }] },
  lag: {
    steps: [
      {
        lag: {
          columns: 'price',
          group: ['answer'],
          lags: ['1d', '3h'],
          means: ['2d', '45m'],
          unknown: 'missing',
        },
      },
    ],
    rows: series,
  },
  product: { steps: expression('price * size - change / 2') },
  division: { steps: expression('price / size') },
  remainder: { steps: expression('change % 2') },
  functions: { steps: expression('log1p(price) + sqrt(change) + exp(-change) + abs(change)') },
  rounding: { steps: expression('round(change) + floor(price) * ceil(change) + sign(change)') },
  'power of': { steps: expression('-size ** 2 + price ** 0.5') },
  comparison: { steps: expression('if(is_missing(price) or is_missing(change), 0 / 0, price > 8 and change <= 1)') },
  'text comparison': { steps: expression('shop == "Zug"') },
  if: { steps: expression('if(size >= 4, price, -size)') },
  days: { steps: expression('days(sold)') },
  smallest: { steps: expression('min(price, change, 1)') },
};

describeWith(['python'], 'each step gives what scikit-learn or pandas gives', () => {
  let peer: Readonly<Record<string, Cells>>;

  beforeAll(async () => {
    const given = {
      train: cellsOf(train),
      series: cellsOf(series),
      rows: cellsOf(rows),
      targets: { number: [...number], two: [...TARGETS.two.codes], three: [...TARGETS.three.codes] },
      folds: { number: [...shuffledFolds(TARGETS.number, 5, 0)], two: [...shuffledFolds(TARGETS.two, 5, 0)] },
    };
    const script = resolve(import.meta.dirname, 'scikit_learn.py');
    peer = JSON.parse(await mustRun(await pythonPeers(), [script], { input: JSON.stringify(given) }));
  });

  test.each(Object.keys(CASES))('%s', (name) => {
    const { steps, target, tolerance = 1e-12, rows: own = rows } = CASES[name]!;
    const made = transform(own === series ? series : train, steps, own, {
      time: 'sold',
      ...(target ? { target } : {}),
    });
    expectSame(made, peer[name]!, tolerance);
  });

  test.each([
    ['cross-fitted number', TARGETS.number, 'auto'],
    ['cross-fitted classes', TARGETS.two, 3],
  ] as const)('%s: training rows are encoded by the other folds', (name, target, smooth) => {
    const { table } = learn(train, [{ 'target-encode': { columns: 'shop', smooth } }], { target });
    expectSame(table, peer[name]!, 1e-12);
  });
});

function expectSame(made: Table, expected: Cells, tolerance: number): void {
  const found = cellsOf(made);
  for (const [name, cells] of Object.entries(expected)) {
    expect(Object.keys(found)).toContain(name);
    const wrong = cells.flatMap((cell, row) => {
      const own = found[name]![row]!;
      if (typeof cell === 'number' && typeof own === 'number') {
        return Math.abs(own - cell) <= tolerance * Math.max(1, Math.abs(cell)) ? [] : [{ row, own, cell }];
      }
      return own === cell ? [] : [{ row, own, cell }];
    });
    expect({ name, wrong }).toEqual({ name, wrong: [] });
  }
}
