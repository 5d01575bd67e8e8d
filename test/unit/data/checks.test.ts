import { describe, expect, test } from 'vitest';
import { checkSettings } from '../../../src/config/data-checks.ts';
import { type CheckedRoles, runChecks } from '../../../src/data/checks.ts';
import { readText } from './read-text.ts';

/** Every check that failed, as it is told. */
async function failed(text: string, settings: Record<string, unknown> = {}, roles: CheckedRoles = {}) {
  const all = runChecks(await readText(text), checkSettings.parse({ 'min-rows': 1, ...settings }), roles);
  return all
    .filter((result) => !result.passed)
    .map(({ check, column, severity, found, allowed, rows }) => [severity, check, column, found, allowed, ...rows]);
}

test('a table that keeps all rules passes, each check told with what was found and what is allowed', async () => {
  const columns = { x: { kind: 'numeric', min: 0, max: 9, unique: true, 'max-missing-share': 0 } };
  const table = await readText('x,y,t\n1,a,2024-01-01\n2,b,2024-01-02\n');
  const settings = checkSettings.parse({ 'min-rows': 2, 'max-duplicate-share': 0, columns });
  const results = runChecks(table, settings, { target: 'y', time: 't' });
  expect(results.map(({ check, column, passed, found, allowed }) => [check, column, passed, found, allowed])).toEqual([
    ['row count', '', true, '2 rows', 'at least 2'],
    ['duplicate rows', '', true, '0 % duplicates', 'at most 0 %'],
    ['target present', 'y', true, '0 missing cells (0 %)', 'none; such rows are left out'],
    [
      'class balance',
      'y',
      true,
      'as its rarest class "a" in 1 row (50 %)',
      'at least 1 % each; "class-weight: balanced" makes rare classes count',
    ],
    ['time', 't', true, '0 missing cells (0 %)', 'an instant in every row'],
    ['not constant', 'x', true, '2 values', 'at least two'],
    ['not constant', 't', true, '2 values', 'at least two'],
    ['present', 'x', true, 'it', 'the column'],
    ['kind', 'x', true, 'numeric values', 'numeric'],
    ['missing', 'x', true, '0 missing cells (0 %)', 'at most 0 %'],
    ['unique', 'x', true, 'no repeated value', 'each value once'],
    ['min', 'x', true, 'min 1', 'numbers from 0'],
    ['max', 'x', true, 'max 2', 'numbers up to 9'],
  ]);
});

test('too few rows, and rows that stand there again', async () => {
  expect(await failed('x,y\n1,a\n2,b\n1,a\n1,a\n', { 'min-rows': 10, 'max-duplicate-share': 0.1 })).toEqual([
    ['fail', 'row count', '', '4 rows', 'at least 10'],
    ['warn', 'duplicate rows', '', '50 % duplicates', 'at most 10 %', 3, 4],
  ]);
});

test('a hundred thousand different numbers are not taken for duplicates', async () => {
  const rows = Array.from({ length: 100_000 }, (_, i) => i / 7);
  expect(await failed(`x\n${rows.join('\n')}\n`, { 'max-duplicate-share': 0 })).toEqual([]);
});

test('rows without target warn, a time column with gaps or texts fails', async () => {
  expect(await failed('x,y,t\n1,,2024-01-01\n2,b,\n3,,2024-01-03\n4,c,\n', {}, { target: 'y', time: 't' })).toEqual([
    ['warn', 'target present', 'y', '2 missing cells (50 %)', 'none; such rows are left out', 1, 3],
    ['fail', 'time', 't', '2 missing cells (50 %)', 'an instant in every row', 2, 4],
  ]);
  expect(await failed('x,t\n1,soon\n2,late\n', {}, { time: 't' })).toEqual([
    ['fail', 'time', 't', 'texts', 'an instant in every row'],
  ]);
});

test('columns without information warn, unless they are left out anyway', async () => {
  const text = 'a,b,c,y\n1,,1,x\n1,,2,z\n';
  expect(await failed(text, {}, { target: 'y', exclude: ['a'] })).toEqual([
    ['warn', 'not constant', 'b', 'no value', 'at least two'],
  ]);
  expect((await failed(text)).map(([, , column, found]) => [column, found])).toEqual([
    ['a', 'one value'],
    ['b', 'no value'],
  ]);
  expect(await failed(text, { severity: { 'not-constant': 'off' } })).toEqual([]);
});

test('a few texts among numbers warn, since they make texts of all cells; codes and words do not', async () => {
  const advice = 'numbers only, or "missing-values" that name such texts; all cells were read as texts';
  expect(await failed('x,y\n1,1\n2.5,\ninf,7\n4,unknown\n,8\n', {}, { target: 'y' })).toEqual(
    [
      ['warn', 'one kind', 'x', '1 text among 3 numbers, such as "inf"', advice, 3],
      ['warn', 'target present', 'y', '1 missing cell (20 %)', 'none; such rows are left out', 2],
      ['warn', 'one kind', 'y', '1 text among 3 numbers, such as "unknown"', advice, 4],
    ].sort((a, b) => (a[1] === 'target present' ? -1 : b[1] === 'target present' ? 1 : 0)),
  );
  expect(await failed('x,y\n01234,red\n05678,5\n00001,blue\n')).toEqual([]);
});

test('a table that lacks the columns it must have names each of them', async () => {
  expect(
    await failed('x,y\n1,2\n2,3\n', { required: ['x', 'z', 'w'], severity: { 'required-columns': 'warn' } }),
  ).toEqual([
    ['warn', 'present', 'z', 'no such column', 'the column'],
    ['warn', 'present', 'w', 'no such column', 'the column'],
  ]);
});

test('a table whose newest row is too old fails, by the hour and by the day', async () => {
  const text = 'x,t\n1,2024-01-01T00:00:00Z\n2,2024-01-10T12:00:00Z\n';
  const now = Date.UTC(2024, 0, 11);
  const fault = (found: string, allowed: string) => [['fail', 'freshness', 't', found, allowed]];
  expect(await failed(text, { 'max-age': '12h' }, { time: 't', now })).toEqual([]);
  expect(await failed(text, { 'max-age': '11h' }, { time: 't', now })).toEqual(
    fault('its newest row 12 hours ago (2024-01-10T12:00:00.000Z)', 'one of the last 11h'),
  );
  expect(await failed(text, { 'max-age': '30d' }, { time: 't', now: now + 40 * 86_400_000 })).toEqual(
    fault('its newest row 41 days ago (2024-01-10T12:00:00.000Z)', 'one of the last 30d'),
  );
});

test('a class of few rows warns, and a target that cannot be learned is one fault of several', async () => {
  const rows = Array.from({ length: 400 }, (_, i) => `${i % 7},${i === 123 ? 'fraud' : 'honest'}`).join('\n');
  const balance = 'at least 1 % each; "class-weight: balanced" makes rare classes count';
  expect(await failed(`x,y\n${rows}\n`, { 'max-duplicate-share': 1 }, { target: 'y' })).toEqual([
    ['warn', 'class balance', 'y', 'as its rarest class "fraud" in 1 row (0.3 %)', balance],
  ]);
  expect(await failed('x,y\n1,a\n2,a\n', { 'min-rows': 3 }, { target: 'y' })).toEqual([
    ['fail', 'row count', '', '2 rows', 'at least 3'],
    ['fail', 'target', 'y', 'a target of which nothing can be learned', 'one that varies and fits the task'],
  ]);
});

describe('rules of columns', () => {
  const rules = async (text: string, rule: Record<string, unknown>) => failed(text, { columns: { x: rule } });

  test('a column that must be there', async () => {
    expect(await failed('y,z\n1,2\n2,3\n', { columns: { x: { min: 0 } } })).toEqual([
      ['fail', 'present', 'x', 'no such column', 'the column'],
    ]);
  });

  test('kind, missing cells and repeated values', async () => {
    const text = 'x,y\na,1\n,2\na,3\nb,4\n';
    expect(await rules(text, { kind: 'numeric', 'max-missing-share': 0.1, unique: true, severity: 'warn' })).toEqual([
      ['warn', 'kind', 'x', 'categorical values', 'numeric'],
      ['warn', 'missing', 'x', '1 missing cell (25 %)', 'at most 10 %'],
      ['warn', 'unique', 'x', '1 repeated value, such as "a"', 'each value once', 3],
    ]);
  });

  test('limits of numbers, with the first rows beyond them', async () => {
    const text = `x,y\n${[5, -1, 7, -2, -3, -4, -5, -6].map((x, i) => `${x},${i}\n`).join('')}`;
    expect(await rules(text, { min: 0, max: 6 })).toEqual([
      ['fail', 'min', 'x', '6 values beyond, min -6', 'numbers from 0', 2, 4, 5, 6, 7],
      ['fail', 'max', 'x', '1 value beyond, max 7', 'numbers up to 6', 3],
    ]);
    expect(await rules('x,y\na,1\nb,2\n', { min: 0 })).toEqual([['fail', 'min', 'x', 'texts', 'numbers from 0']]);
    expect(await rules('x,y\n2024-01-01,1\n2024-01-02,2\n', { max: 0 })).toEqual([
      ['fail', 'max', 'x', 'instants', 'numbers up to 0'],
    ]);
  });

  test('the only values allowed, of texts and numbers', async () => {
    expect(await rules('x,y\na,1\nb,2\nc,3\n,4\n', { values: ['a', 'b'] })).toEqual([
      ['fail', 'values', 'x', '1 other, such as "c"', 'a, b', 3],
    ]);
    expect(await rules('x,y\n0,1\n1,2\n2,3\n', { values: ['0', '1'] })).toEqual([
      ['fail', 'values', 'x', '1 other, such as "2"', '0, 1', 3],
    ]);
  });

  test('a pattern that every text must match as a whole, and one that is none', async () => {
    expect(await rules('x,y\nAB-1,1\nab-12,2\nxAB-3x,3\n,4\n', { pattern: '[A-Z]+-\\d+' })).toEqual([
      ['fail', 'pattern', 'x', '2 other texts, such as "ab-12"', 'texts like [A-Z]+-\\d+', 2, 3],
    ]);
    const parsed = checkSettings.safeParse({ columns: { x: { pattern: '(' } } });
    expect(parsed.error?.issues.map(({ message, path }) => [message, path])).toEqual([
      ['expected a regular expression', ['columns', 'x', 'pattern']],
    ]);
  });
});
