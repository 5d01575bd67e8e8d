import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkSettings } from '../../../src/config/data-checks.ts';
import { overlap } from '../../../src/data/checks/overlap.ts';
import { schemaDrift } from '../../../src/data/checks/schema-drift.ts';
import { type CheckedRoles, runChecks } from '../../../src/data/checks.ts';
import { columnSpecs } from '../../../src/data/colspec.ts';
import type { Table } from '../../../src/data/table.ts';
import { runs } from '../../tools/effort.ts';
import { readText } from './read-text.ts';

const ROOT = join(import.meta.dirname, '../../..');
const settings = checkSettings.parse({});

function failed(table: Table, roles: CheckedRoles, names = ['leakage', 'identifier']) {
  return runChecks(table, settings, roles)
    .filter(({ check, passed }) => names.includes(check) && !passed)
    .map(({ check, column, found }) => [check, column, found]);
}

test('of the bike rentals the row number and the two parts of the target are found, and nothing else', async () => {
  const text = await readFile(join(ROOT, 'examples/bike-sharing/bike-sharing-hourly.csv'), 'utf8');
  const table = await readText(text);
  expect(failed(table, { target: 'cnt', time: 'dteday' })).toEqual([
    ['leakage', 'registered', expect.stringMatching(/^nearly all of the target in it \(R² 0\.9\d\d alone\)$/)],
    ['leakage', 'casual', 'with "registered" the target itself: casual + registered = cnt'],
    ['identifier', 'instant', 'every number from 1 to 17379 once'],
  ]);
  expect(failed(table, { target: 'cnt', time: 'dteday', exclude: ['instant', 'casual', 'registered'] })).toEqual([]);
});

test('no column of the census gives the income away', async () => {
  const table = await readText(await readFile(join(ROOT, 'test/fixtures/adult/adult.csv'), 'utf8'));
  expect(failed(table, { target: 'income' })).toEqual([]);
});

test('a code of the class is found among categories and among numbers, however rare the class', async () => {
  const rows = Array.from({ length: 2000 }, (_, i) => {
    const yes = (i * 7919) % 100 < 3;
    return `${(i * 31) % 17},${yes ? 'paid late' : `reason ${i % 5}`},${yes ? 90 + i / 1e4 : i / 40},${yes ? 'yes' : 'no'}`;
  });
  const table = await readText(`noise,status,days,y\n${rows.join('\n')}\n`);
  expect(failed(table, { target: 'y' })).toEqual([
    ['leakage', 'status', 'nearly all of the target in it (λ 1.000 alone)'],
    ['leakage', 'days', expect.stringMatching(/^nearly all of the target in it \(λ (0\.9\d\d|1\.000) alone\)$/)],
  ]);
});

test('a column that differs in every row predicts nothing of rows that it was not learned from', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 }), fc.boolean(), (seed, texts) => {
      let state = seed;
      const next = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32;
      const n = 300;
      const values = Float64Array.from({ length: n }, next);
      const feature = texts
        ? ({
            kind: 'categorical',
            name: 'x',
            codes: Int32Array.from(values, (_, i) => i),
            categories: [...values].map(String),
          } as const)
        : ({ kind: 'numeric', name: 'x', values: Float64Array.from(values, next), integer: false } as const);
      const table: Table = { nRows: n, columns: [feature, { kind: 'numeric', name: 'y', values, integer: false }] };
      expect(failed(table, { target: 'y' })).toEqual([]);
    }),
    { numRuns: runs(20) },
  );
});

test('held-out rows that stand among the training rows are counted', async () => {
  const training = await readText('x,y\n1,a\n2,b\n3,c\n');
  const heldOut = await readText('x,y\n2,b\n9,b\n1,b\n3,c\n');
  expect(overlap(training, heldOut, settings)).toEqual([
    {
      check: 'overlap',
      column: '',
      severity: 'warn',
      passed: false,
      found: '50 % of the held-out rows among the training rows',
      allowed: 'at most 5 %; a split by group keeps such rows together',
      rows: [],
    },
  ]);
  expect(overlap(training, heldOut, checkSettings.parse({ severity: { overlap: 'off' } }))).toEqual([]);
});

test('a table is compared with the columns of the last version: gone, of another kind, new', async () => {
  const before = columnSpecs(await readText('a,b,c,d\n1,x,2024-01-01,1.5\n2,y,2024-01-02,\n'));
  expect(before).toEqual([
    { type: 'long', name: 'a' },
    { type: 'string', name: 'b' },
    { type: 'datetime', name: 'c' },
    { type: 'double', name: 'd' },
  ]);
  const found = (table: Table) => schemaDrift(table, before, 'bikes v3', settings).map((r) => [r.passed, r.found]);
  expect(found(await readText('d,c,b,a\n1,2024-01-01,x,2.5\n2,2024-01-02,y,3\n'))).toEqual([
    [true, 'the same columns'],
  ]);
  expect(found(await readText('a,b,d,e\n1,1,2,z\n2,2,3,z\n'))).toEqual([
    [false, 'other columns: "c" is gone, "b" was categorical, is numeric, "e" is new'],
  ]);
});
