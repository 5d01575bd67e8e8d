import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitSettings } from '../../../src/config/data-settings.ts';
import { type Fold, type FoldRequest, makeFolds, subsample } from '../../../src/data/folds.ts';
import { splitRows } from '../../../src/data/split.ts';
import { type Column, type Table, takeRows } from '../../../src/data/table.ts';
import { type Target, takeTarget } from '../../../src/data/target.ts';
import type { MlopsError } from '../../../src/errors/mlops-error.ts';
import { runs } from '../../tools/effort.ts';

const DAY = 86_400_000;
const CLASSES = ['a', 'b', 'c'];

const numeric = (name: string, values: readonly number[]): Column => ({
  ...{ kind: 'numeric', name, values: Float64Array.from(values) },
  integer: values.every(Number.isSafeInteger),
});

interface Row {
  readonly x: number;
  readonly group: number;
  readonly label: number;
  /** Days since 1970; null: not known. */
  readonly day: number | null;
}

function tableOf(rows: readonly Row[]): { table: Table; target: Target } {
  const day = Float64Array.from(rows, (row) => (row.day === null ? Number.NaN : row.day * DAY));
  const codes = Int32Array.from(rows, (row) => row.label);
  return {
    table: {
      nRows: rows.length,
      columns: [
        numeric(
          'x',
          rows.map((row) => row.x),
        ),
        numeric(
          'g',
          rows.map((row) => row.group),
        ),
        { kind: 'categorical', name: 'y', codes, categories: CLASSES },
        { kind: 'datetime', name: 'day', values: day },
      ],
    },
    target: { task: 'classification', classes: CLASSES, codes },
  };
}

const rowsOf = (most: { x: number; groups: number; days: number }) =>
  fc.array(
    fc.record({
      x: fc.integer({ min: 0, max: most.x }),
      group: fc.integer({ min: 0, max: most.groups }),
      label: fc.integer({ min: 0, max: 2 }),
      day: fc.option(fc.integer({ min: 0, max: most.days }), { freq: 20 }),
    }),
    { minLength: 1, maxLength: 120 },
  );

function folds(rows: readonly Row[], request: Partial<FoldRequest>): Fold[] {
  const { table, target } = tableOf(rows);
  return makeFolds(table, {
    ...{ method: 'k-fold', folds: 3, target, seed: 0, columns: ['x', 'g', 'y', 'day'] },
    ...request,
  });
}

/** The folds, or the words with which they are refused. */
function foldsOrFault(rows: readonly Row[], request: Partial<FoldRequest>): Fold[] | string {
  try {
    return folds(rows, request);
  } catch (error) {
    expect((error as MlopsError).code).toBe('INPUT_INVALID');
    return (error as MlopsError).message;
  }
}

const ascending = (rows: readonly number[]): number[] => [...rows].sort((a, b) => a - b);
const all = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe.each([
  ['k-fold', (row: Row) => JSON.stringify(row)],
  ['stratified', (row: Row) => JSON.stringify(row)],
  ['group', (row: Row) => String(row.group)],
] as const)('%s', (method, together) => {
  const request = { method, group: 'g' };

  test('every row is validated in one fold and trained on in all others, and what is equal stays together', () => {
    fc.assert(
      fc.property(
        rowsOf({ x: 40, groups: 8, days: 10 }),
        fc.integer({ min: 2, max: 6 }),
        fc.nat(99),
        (rows, k, seed) => {
          const made = foldsOrFault(rows, { ...request, folds: k, seed });
          const distinct =
            method === 'stratified'
              ? Math.min(
                  ...[0, 1, 2]
                    .map((label) =>
                      countOf(
                        rows.filter((row) => row.label === label),
                        together,
                      ),
                    )
                    .filter((n) => n > 0),
                )
              : countOf(rows, together);
          if (typeof made === 'string') {
            expect(made).toContain(`"search.split.folds" is "${k}", but `);
            expect(distinct).toBeLessThan(k);
            return;
          }
          expect(distinct).toBeGreaterThanOrEqual(k);
          expect(made).toHaveLength(k);
          expect(ascending(made.flatMap(({ validation }) => [...validation]))).toEqual(all(rows.length));
          const foldOf = new Map<string, number>();
          for (const [fold, { train, validation }] of made.entries()) {
            expect(ascending([...train, ...validation])).toEqual(all(rows.length));
            expect(Math.min(train.length, validation.length)).toBeGreaterThan(0);
            for (const row of validation) {
              const key = together(rows[row]!);
              expect(foldOf.get(key) ?? fold).toBe(fold);
              foldOf.set(key, fold);
            }
          }
        },
      ),
      { numRuns: runs(200) },
    );
  });

  test('a row keeps its fold wherever it stands and whatever rows are added', () => {
    const rows = all(3000).map((i) => ({ x: i, group: i % 500, label: i % 3, day: i % 100 }));
    const foldOf = (of: readonly Row[]): Map<string, number> =>
      new Map(
        folds(of, { ...request, folds: 5 }).flatMap(({ validation }, fold) =>
          Array.from(validation, (row) => [together(of[row]!), fold]),
        ),
      );
    const first = foldOf(rows.slice(0, 1000));
    const second = foldOf(rows.toReversed());
    expect([...first].filter(([key, fold]) => second.get(key) !== fold)).toEqual([]);
  });
});

function countOf(rows: readonly Row[], key: (row: Row) => string): number {
  return new Set(rows.map(key)).size;
}

test('folds of stratified rows have about their share of every class, down to one row', () => {
  const rows = all(1000).map((x) => ({ x, group: 0, label: x < 6 ? 2 : x % 10 === 0 ? 1 : 0, day: 0 }));
  for (const { validation } of folds(rows, { method: 'stratified', folds: 5 })) {
    const counts = [0, 1, 2].map((label) => validation.filter((row) => rows[row]!.label === label).length);
    expect(counts[0]).toBeGreaterThan(120);
    expect(counts[1]).toBeGreaterThanOrEqual(10);
    expect(counts[2]).toBeGreaterThanOrEqual(1);
  }
});

test('by time no row is trained on that happened after a validated one or within the gap before it', () => {
  fc.assert(
    fc.property(
      rowsOf({ x: 40, groups: 8, days: 30 }),
      fc.integer({ min: 2, max: 6 }),
      fc.integer({ min: 0, max: 5 }),
      (rows, k, gap) => {
        const made = foldsOrFault(rows, { method: 'time', time: 'day', folds: k, gap });
        const days = [...new Set(rows.map((row) => row.day))].filter((day) => day !== null);
        if (typeof made === 'string') {
          expect(made.includes('different values') ? days.length <= k : gap > 0).toBe(true);
          return;
        }
        expect(made).toHaveLength(k);
        let before = Number.NEGATIVE_INFINITY;
        for (const { train, validation } of made) {
          const at = Array.from(validation, (row) => rows[row]!.day!);
          const first = Math.min(...at);
          // Validated later than every fold before, on all rows of its stretch, trained on all rows before but for the gap.
          expect(first).toBeGreaterThan(before);
          before = Math.max(...at);
          expect([...train]).toEqual(
            all(rows.length).filter((row) => rows[row]!.day !== null && rows[row]!.day! < first - gap),
          );
          expect(validation.length).toBe(
            rows.filter(({ day }) => day !== null && day >= first && day <= before).length,
          );
        }
        expect(before).toBe(Math.max(...days));
      },
    ),
    { numRuns: runs(200) },
  );
});

test('stretches of time hold about equally many rows', () => {
  const rows = all(1200).map((i) => ({ x: i, group: 0, label: 0, day: Math.floor(Math.sqrt(i) * 10) }));
  const sizes = folds(rows, { method: 'time', time: 'day', folds: 5 }).map(({ validation }) => validation.length);
  expect(Math.min(...sizes)).toBeGreaterThan(195);
  expect(Math.max(...sizes)).toBeLessThan(205);
});

test('rows that were not held out are spread evenly over the folds, though both are drawn by hash and one seed', () => {
  const { table, target } = tableOf(all(5000).map((i) => ({ x: i, group: i, label: i % 3, day: 0 })));
  const { train } = splitRows(table, {
    ...{ settings: splitSettings.parse({ method: 'random' }), task: 'classification', target: 'y', seed: 0 },
    columns: ['x', 'g', 'y', 'day'],
  });
  const made = makeFolds(takeRows(table, train), {
    ...{ method: 'k-fold', folds: 5, seed: 0, target: takeTarget(target, train), columns: ['x', 'g', 'y', 'day'] },
  });
  for (const { validation } of made) expect(Math.abs(validation.length / train.length - 0.2)).toBeLessThan(0.03);
});

test('a class with fewer rows than folds, a gap over all of the past and stratified regression are refused in words', () => {
  const rows = all(60).map((x) => ({ x, group: 0, label: x < 2 ? 2 : 0, day: x }));
  expect(foldsOrFault(rows, { method: 'stratified', folds: 5 })).toBe(
    '"search.split.folds" is "5", but class "c" has only 2 different training rows; or use the method k-fold',
  );
  expect(foldsOrFault(rows, { method: 'group', group: 'g', folds: 2 })).toBe(
    '"search.split.folds" is "2", but g has only 1 group among the training rows',
  );
  expect(foldsOrFault(rows, { method: 'time', time: 'day', folds: 5, gap: 10 })).toBe(
    '"search.split.gap" is "10" days, which leaves fold 1 of 5 no row to train on; use a shorter gap or fewer folds',
  );
  expect(
    foldsOrFault(rows, { method: 'stratified', target: { task: 'regression', values: new Float64Array(60) } }),
  ).toBe('"search.split.method" is "stratified", but regression has no classes; use k-fold');
});

test('a smaller part of the rows lies within a larger one', () => {
  const hash = Float64Array.from(all(50), (i) => (i * 0.618) % 1);
  const rows = Int32Array.from(all(50).filter((i) => i % 3 > 0));
  const parts = [1, 7, 20, 33, 90].map((count) => [...subsample(rows, hash, count)]);
  expect(parts.map((part) => part.length)).toEqual([1, 7, 20, 33, 33]);
  for (const [i, part] of parts.entries()) {
    expect(part).toEqual(ascending(part));
    for (const row of part) expect(parts[i + 1] ?? [...rows]).toContain(row);
  }
});
