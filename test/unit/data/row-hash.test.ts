import { expect, test } from 'vitest';
import { hashColumn, hashRows } from '../../../src/data/row-hash.ts';
import { type Column, type Table, takeRows } from '../../../src/data/table.ts';
import { readText } from './read-text.ts';

const numbers = (...values: number[]): Column => ({
  ...{ kind: 'numeric', name: 'x', values: Float64Array.from(values), integer: true },
});
const table = (column: Column, nRows: number): Table => ({ nRows, columns: [column] });

test('a hash is that of the content: of the row wherever it stands, of 0 and -0 and of missing cells alike', async () => {
  const rows = await readText('a,b,t\n1,x,2024-01-01\n,,\n2.5,y,\n');
  const order = Int32Array.of(2, 0, 1, 0);
  const hashes = hashRows(rows, 7);
  expect(Array.from(hashRows(takeRows(rows, order), 7))).toEqual(Array.from(order, (row) => hashes[row]));
  expect(hashRows(table(numbers(-0, 0), 2), 0)[0]).toBe(hashRows(table(numbers(0, -0), 2), 0)[0]);
  expect([...hashes].every((hash) => hash >= 0 && hash < 1)).toBe(true);
});

test('cells that change places between columns, other seeds and other values give other hashes', async () => {
  const [a, b, c] = hashRows(await readText('x,y\n1,2\n2,1\n1,1\n'), 0);
  const [d] = hashRows(await readText('x,y\n1,2\n'), 1);
  expect(new Set([a, b, c, d]).size).toBe(4);
});

test('hashes of many numbers and texts are all different and spread evenly', async () => {
  const n = 200_000;
  const values = Float64Array.from({ length: n }, (_, i) => i / 7);
  const texts = await readText(`x,y\n${Array.from(values, (i) => `k${i},\n`).join('')}`);
  const asked = [
    hashRows(table({ kind: 'numeric', name: 'x', values, integer: true }, n), 0),
    hashColumn(texts.columns[0]!, 0),
  ];
  for (const hashes of asked) {
    expect(new Set(hashes).size).toBe(n);
    const tenths = new Array(10).fill(0);
    for (const hash of hashes) tenths[Math.floor(hash * 10)]++;
    // Five standard deviations of a fair draw.
    expect(tenths.filter((count) => Math.abs(count - n / 10) > 5 * Math.sqrt(n * 0.09))).toEqual([]);
  }
});

test('one odd cell that makes texts of numbers or instants changes the hash of no other row', async () => {
  const clean = hashRows(await readText('x,t\n1,2024-01-01\n2.50,2024-01-02T03:04:05Z\n-0,2024-01-03\n'), 0);
  const odd = hashRows(await readText('x,t\n1,2024-01-01\n2.5,2024-01-02T03:04:05Z\n0,2024-01-03\nmany,soon\n'), 0);
  expect([...odd.slice(0, 3)]).toEqual([...clean]);
  expect(new Set(odd).size).toBe(4);
});
