import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvText } from '../../../src/data/csv/write-csv.ts';
import { cellValue, columnNames, type Table } from '../../../src/data/table.ts';
import { parseInvocation } from '../../../src/serving/invocation.ts';
import { ScoringError } from '../../../src/serving/scoring-error.ts';
import { runs } from '../../tools/effort.ts';
import { INPUTS, type Row, rows, SCHEMA } from './requests.ts';

const JSON_TYPE = 'application/json';
const post = (body: unknown, type = JSON_TYPE): Promise<Table> =>
  parseInvocation(type, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), SCHEMA);
const names = INPUTS.map(({ name }) => name) as (keyof Row)[];
const cells = (table: Table) =>
  Array.from({ length: table.nRows }, (_, row) =>
    Object.fromEntries(table.columns.map((c) => [c.name, cellValue(c, row)])),
  );
const refusal = async (body: unknown, type?: string) => {
  const error = await post(body, type).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ScoringError)) throw new Error('was not refused', { cause: error });
  return { status: error.status, ...error.body };
};
const ROW: Row = { age: 41.5, visits: 3, color: 'red', day: '2026-01-02T03:04:05.000Z', note: null };

describe('a request in MLflow’s protocol', () => {
  it('says the same in each of its forms', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (given) => {
        const forms = [
          { dataframe_split: { columns: names, data: given.map((row) => names.map((name) => row[name])) } },
          {
            dataframe_split: {
              columns: names.toReversed(),
              index: [],
              data: given.map((row) => names.toReversed().map((name) => row[name])),
            },
          },
          { dataframe_records: given },
          { instances: given, params: { any: 1 } },
          { inputs: given },
          { inputs: Object.fromEntries(names.map((name) => [name, given.map((row) => row[name])])) },
        ];
        for (const form of forms) expect(cells(await post(form))).toEqual(given);
      }),
    );
  });

  it('says the same as CSV', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (given) => {
        const table = await post({ dataframe_records: given });
        expect(cells(await post(csvText(table), 'text/csv; charset=utf-8'))).toEqual(given);
      }),
    );
  });

  it('is answered with a table or refused with 400 or 415, whatever it holds', async () => {
    const key = fc.oneof(fc.constantFrom(...names, 'columns', 'data', '__proto__', 'constructor', ''), fc.string());
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom(null, true, 0, -1.5, 1e308, 'NaN', 'red', '', '2026-01-01'),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: false }),
      ),
    }));
    const format = fc.constantFrom('dataframe_split', 'dataframe_records', 'instances', 'inputs', 'messages', 'foo');
    const body = fc.oneof(value, fc.dictionary(format, value, { minKeys: 1, maxKeys: 2, noNullPrototype: false }));
    await fc.assert(
      fc.asyncProperty(body, fc.constantFrom(JSON_TYPE, 'text/csv', 'text/plain'), async (given, type) => {
        const answer = await post(given, type).catch((error: unknown) => error);
        if (answer instanceof ScoringError) expect([400, 415]).toContain(answer.status);
        else {
          const table = answer as Table;
          for (const c of table.columns)
            expect((c.kind === 'categorical' ? c.codes : c.values).length).toBe(table.nRows);
          for (const name of names) expect(columnNames(table)).toContain(name);
        }
      }),
      { numRuns: runs(500) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom(JSON_TYPE, 'text/csv'),
        async (bytes, type) => {
          const answer = await parseInvocation(type, Buffer.from(bytes), SCHEMA).catch((error: unknown) => error);
          expect(answer instanceof ScoringError || (answer as Table).nRows >= 0).toBe(true);
        },
      ),
    );
  });

  it('is read leniently: numbers as texts, booleans as numbers, numbers as categories, optional columns left out', async () => {
    const { note: _, ...row } = ROW;
    const lenient = { ...row, age: ' 41.5 ', visits: true, color: 7, extra: { deep: [] }, id: 12 };
    expect(cells(await post({ dataframe_records: [lenient] }))).toEqual([
      { age: 41.5, visits: 1, color: '7', day: ROW.day, note: null, id: 12 },
    ]);
  });

  it('may hold the literals of Python, outside of texts', async () => {
    const text = JSON.stringify({ dataframe_records: [{ ...ROW, color: 'NaN "Infinity" \\', age: 0 }] });
    const table = await post(text.replace('"age":0', '"age":NaN').replace('"visits":3', '"visits":-Infinity'));
    expect(cells(table)).toEqual([{ ...ROW, color: 'NaN "Infinity" \\', age: null, visits: null }]);
  });

  it('is refused with every missing column, or with every cell that does not fit', async () => {
    expect(await refusal({ dataframe_records: [{ age: 1, visits: 2 }] })).toEqual({
      status: 400,
      error_code: 'INVALID_PARAMETER_VALUE',
      message: expect.stringContaining("Model is missing inputs ['color', 'day']."),
      sqlstate: 'KAM01',
      error_class: 'SCHEMA_ENFORCEMENT_FAILED',
    });
    expect(
      await refusal({ dataframe_records: [ROW, { ...ROW, age: 'old', color: ['red'], day: '2026-02-30' }] }),
    ).toEqual({
      status: 400,
      error_code: 'BAD_REQUEST',
      message:
        'Invalid input. Data is not compatible with model signature. ' +
        'Failed to convert column age to type \'double\': row 1 holds "old". ' +
        "Failed to convert column color to type 'string': row 1 holds list. " +
        'Failed to convert column day to type \'datetime\': row 1 holds "2026-02-30"',
      sqlstate: 'KAM00',
      error_class: 'INVALID_PARAMETER_VALUE',
    });
  });

  it('does not grow with the names that it invents', async () => {
    const records = Array.from({ length: 20_000 }, (_, i) => ({ [`invented-${i}`]: i }));
    expect(await refusal({ dataframe_records: records })).toMatchObject({ status: 400, sqlstate: 'KAM01' });
  });

  it('is refused with 415 in another media type, charset or parameter', async () => {
    for (const type of [
      'text/plain',
      '',
      'application/json; charset=latin1',
      'application/json; format=pandas-split',
    ]) {
      expect(await refusal({ dataframe_records: [ROW] }, type)).toMatchObject({ status: 415 });
    }
    await expect(parseInvocation(undefined, Buffer.from('{}'), SCHEMA)).rejects.toMatchObject({ status: 415 });
    expect((await post({ dataframe_records: [ROW] }, 'Application/JSON; Charset="UTF-8"')).nRows).toBe(1);
  });
});
