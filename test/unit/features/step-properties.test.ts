import { describe, expect, test } from 'vitest';
import { takeRows } from '../../../src/data/table.ts';
import type { Target } from '../../../src/data/target.ts';
import { applyOperations } from '../../../src/features/apply-operations.ts';
import { operationSchema } from '../../../src/features/operation-schema.ts';
import { Random } from '../../../src/forest/random.ts';
import { runs } from '../../tools/effort.ts';
import { learn, shopRows } from './tables.ts';

const NUMBERS = ['price', 'change', 'size', 'same'];

/** Steps that leave the columns there that the others use. */
const STEPS: readonly ((suffix: string) => Record<string, unknown>)[] = [
  (suffix) => ({ impute: { columns: NUMBERS, indicator: false, suffix } }),
  (suffix) => ({ impute: { columns: ['shop', 'note'], strategy: 'most-frequent', suffix } }),
  (suffix) => ({ clip: { columns: 'numeric', 'upper-quantile': 0.8, suffix } }),
  (suffix) => ({ log1p: { columns: NUMBERS, suffix } }),
  (suffix) => ({ power: { columns: NUMBERS, suffix } }),
  (suffix) => ({ scale: { columns: NUMBERS, method: 'robust', suffix } }),
  (suffix) => ({ bins: { columns: NUMBERS, bins: 3, suffix } }),
  (suffix) => ({ ordinal: { columns: ['shop', 'size'], suffix } }),
  (suffix) => ({ rare: { columns: 'categorical', suffix } }),
  (suffix) => ({ frequency: { columns: ['shop', 'size', 'note'], suffix } }),
  (suffix) => ({ 'target-encode': { columns: ['shop', 'size'], suffix } }),
  (suffix) => ({ cross: { columns: ['shop', 'answer'], output: `crossed${suffix}` } }),
  (suffix) => ({ expression: { output: `made${suffix}`, formula: 'if(shop == "Zug", price, -change) / size' } }),
  () => ({ filter: { formula: 'size < 7 or shop == "Zug"' } }),
  () => ({ dedupe: { columns: ['size', 'shop', 'sold'] } }),
];

describe('any steps one after the other', () => {
  for (let seed = 0; seed < runs(12); seed++) {
    const random = new Random(seed);
    const steps = Array.from({ length: 8 }, (_, i) => STEPS[random.below(STEPS.length)]!(`.${i}`));
    steps.push({ 'one-hot': { columns: ['answer', 'size'], keep: true } });
    steps.push({ text: { columns: 'note', length: true, hash: 4, flags: { used: 'used' }, keep: true } });
    steps.push({ date: { columns: 'sold', parts: ['hour'], cyclic: ['weekday'], keep: true } });
    const train = shopRows(seed, 120);
    const rows = shopRows(seed + 1000, 60, { unseen: true });
    const target: Target = { task: 'regression', values: Float64Array.from({ length: 120 }, (_, row) => row % 11) };
    const names = steps.map((step) => Object.keys(step)[0]).join(', ');

    test(`keep their state as JSON and give each row the same alone, among others, and in any order (${names})`, () => {
      const { operations, faults } = learn(train, steps, { target });
      expect(faults).toEqual([]);
      const text = JSON.stringify(operations);
      const kept = JSON.parse(text).map((operation: unknown) => operationSchema.parse(operation));
      expect(JSON.stringify(kept)).toBe(text);
      const together = applyOperations(kept, rows);
      expect(together).toEqual(applyOperations(operations, rows));
      const order = Int32Array.from({ length: rows.nRows }, (_, i) => (i * 37) % rows.nRows);
      expect(cells(applyOperations(operations, takeRows(rows, order)))).toEqual(cells(takeRows(together, order)));
      for (let row = 0; row < rows.nRows; row += 7) {
        const one = Int32Array.of(row);
        expect(cells(applyOperations(operations, takeRows(rows, one)))).toEqual(cells(takeRows(together, one)));
      }
      expect(applyOperations(operations, takeRows(rows, new Int32Array(0))).nRows).toBe(0);
    });

    test(`give training rows what they give the same rows later, but for target encodings (${names})`, () => {
      const { operations, table, rows: trained } = learn(train, steps, { target });
      const later = takeRows(applyOperations(operations, train), trained);
      const encoded = /^(shop|size)\.\d+/;
      const honest = table.columns.filter(({ name }) => !encoded.test(name)).map(({ name }) => name);
      const named = (of: typeof later) => ({
        ...of,
        columns: honest.map((name) => of.columns.find((c) => c.name === name)!),
      });
      expect(cells(named(later))).toEqual(cells(named(table)));
    });
  }
});

/** Texts in place of codes: dictionaries may be in another order. */
function cells({ columns }: { columns: ReturnType<typeof shopRows>['columns'] }) {
  return columns.map((column) => [
    column.name,
    column.kind === 'categorical'
      ? Array.from(column.codes, (code) => column.categories[code] ?? null)
      : Array.from(column.values),
  ]);
}
