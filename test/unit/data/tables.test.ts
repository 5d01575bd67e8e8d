import { describe, expect, test } from 'vitest';
import { concatTables } from '../../../src/data/concat.ts';
import { describeColumns } from '../../../src/data/describe.ts';
import { joinRows } from '../../../src/data/join.ts';
import { dropColumns, selectColumns, takeRows } from '../../../src/data/table.ts';
import { failure, plain, readText } from './read-text.ts';

test('rows and columns are taken and left out by number and name', async () => {
  const table = await readText('a,b,c\n1,x,2024-01-01\n2,,\n3,y,2024-01-03\n');
  expect(plain(takeRows(selectColumns(table, ['c', 'b']), Int32Array.of(2, 1, 2)))).toEqual({
    c: ['datetime', '2024-01-03T00:00:00.000Z', null, '2024-01-03T00:00:00.000Z'],
    b: ['categorical', 'y', null, 'y'],
  });
  expect(plain(dropColumns(table, ['b', 'c', 'z']))).toEqual({ a: ['numeric', 1, 2, 3] });
  expect(await failure(() => selectColumns(table, ['aa']))).toEqual({
    code: 'COLUMN_NOT_FOUND',
    faults: ['"column" is "aa", but the table has no such column. Columns: a, b, c. Did you mean "a"?'],
  });
});

test('a description counts what is missing, what differs, and the most frequent texts', async () => {
  const table = await readText('n,s,t,e\n1,b,2024-01-01,\n,a,,\n4,a,2024-01-02,\n1,,2024-01-01,\n');
  expect(describeColumns(table)).toEqual([
    { name: 'n', kind: 'numeric', missing: 1, missingShare: 0.25, distinct: 2, min: 1, max: 4, mean: 2 },
    {
      name: 's',
      kind: 'categorical',
      missing: 1,
      missingShare: 0.25,
      distinct: 2,
      top: [
        ['a', 2],
        ['b', 1],
      ],
    },
    {
      ...{ name: 't', kind: 'datetime', missing: 1, missingShare: 0.25, distinct: 2 },
      ...{ min: Date.UTC(2024, 0, 1), max: Date.UTC(2024, 0, 2) },
    },
    { name: 'e', kind: 'numeric', missing: 4, missingShare: 1, distinct: 0 },
  ]);
});

describe('joining', () => {
  test('keys meet as texts, missing ones meet nothing, and the last of equal keys on the right counts', async () => {
    const left = await readText('id,x\n2,a\n1,b\n,c\n2,d\n9,e\n');
    const right = await readText('id,y\n1,10\n2,20\nz,30\n,40\n2,50\n');
    expect([left.columns[0]!.kind, right.columns[0]!.kind]).toEqual(['numeric', 'categorical']);
    expect(joinRows(left, right, 'id')).toEqual({ left: Int32Array.of(0, 1, 3), right: Int32Array.of(4, 0, 4) });
  });

  test('a key that a table lacks is named', async () => {
    const left = await readText('id,x\n1,a\n');
    expect(await failure(() => joinRows(left, left, 'idd'))).toEqual({
      code: 'COLUMN_NOT_FOUND',
      faults: ['"key" is "idd", but the left table has no such column. Columns: id, x. Did you mean "id"?'],
    });
  });
});

describe('joining under one another', () => {
  test('columns meet by name; one without any value fits every kind', async () => {
    const parts = await Promise.all(
      ['a,b,c\n1,x,\n', 'c,b,a\n2024-01-01,,2.5\n', 'b,a,c\ny,,2024-01-02\n'].map((t) => readText(t)),
    );
    const table = concatTables(parts, 'parts');
    expect([table.nRows, plain(table)]).toEqual([
      3,
      {
        a: ['numeric', 1, 2.5, null],
        b: ['categorical', 'x', null, 'y'],
        c: ['datetime', null, '2024-01-01T00:00:00.000Z', '2024-01-02T00:00:00.000Z'],
      },
    ]);
  });

  test('other columns and other kinds are refused', async () => {
    const [a, b, c] = await Promise.all(['a,b\n1,x\n', 'a,c\n1,x\n', 'a,b\nx,x\n'].map((text) => readText(text)));
    expect(await failure(() => concatTables([a!, b!], 'parts'))).toEqual({
      code: 'DATA_UNREADABLE',
      faults: ['parts: part 2 has other columns than the first: b, c'],
    });
    expect(await failure(() => concatTables([a!, c!], 'parts'))).toEqual({
      code: 'DATA_UNREADABLE',
      faults: ['parts: column "a" is numeric in one part and categorical in another'],
    });
  });
});
