import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDatabricksUri, type Statement, statementText } from '../../../src/data/databricks/parse-uri.ts';
import { quoteNames, splitTableName } from '../../../src/data/databricks/table-name.ts';
import { runs } from '../../tools/effort.ts';

const textOf = (uri: string, version?: string): string => statementText(parseDatabricksUri(uri) as Statement, version);
const faultsOf = (uri: string): readonly string[] => {
  const parsed = parseDatabricksUri(uri);
  return 'faults' in parsed ? parsed.faults : [];
};

describe('the URI of a table or query of Databricks', () => {
  test.each([
    ['databricks://t', 'SELECT * FROM `t`'],
    ['databricks://a.b.c', 'SELECT * FROM `a`.`b`.`c`'],
    ['databricks://a.`b.c?d`.e', 'SELECT * FROM `a`.`b.c?d`.`e`'],
    ['databricks://a.b%20c', 'SELECT * FROM `a`.`b c`'],
    ['databricks://t?version=0', 'SELECT * FROM `t` VERSION AS OF 0'],
    ['databricks://t?sample=0.5', 'SELECT * FROM `t` TABLESAMPLE (0.5 PERCENT) REPEATABLE (0)'],
    ['databricks://t?limit=7&seed=2&sample=10', 'SELECT * FROM `t` TABLESAMPLE (10 PERCENT) REPEATABLE (2) LIMIT 7'],
    ['databricks://?query=select 1 & 2 where a=:x; ', 'select 1 & 2 where a=:x; '],
    ["databricks://?:x=1&query=select * from t where a like '5%'", "select * from t where a like '5%'"],
    ['databricks://?limit=3&query=select 1 -- one; ', 'SELECT * FROM (select 1 -- one\n) LIMIT 3'],
  ])('%s', (uri, text) => {
    expect(textOf(uri)).toBe(text);
  });

  test('the version that was found stands where none is asked for', () => {
    expect([textOf('databricks://t?limit=1', '12'), textOf('databricks://t?version=3', '12')]).toEqual([
      'SELECT * FROM `t` VERSION AS OF 12 LIMIT 1',
      'SELECT * FROM `t` VERSION AS OF 3',
    ]);
  });

  test('parameters have the types that their values look like, or that are named', () => {
    const uri =
      'databricks://?:a=5&:b=-0.25&:c=true&:d=007&:e=1e9&:f=&:g:STRING=5&:h:timestamp=2024-01-02%2003:04:05&query=select :a';
    expect((parseDatabricksUri(uri) as Statement).parameters).toEqual({
      a: { type: 'BIGINT', value: '5' },
      b: { type: 'DOUBLE', value: '-0.25' },
      c: { type: 'BOOLEAN', value: 'true' },
      d: { type: 'STRING', value: '007' },
      e: { type: 'STRING', value: '1e9' },
      f: { type: 'STRING', value: '' },
      g: { type: 'STRING', value: '5' },
      h: { type: 'TIMESTAMP', value: '2024-01-02 03:04:05' },
    });
  });

  test.each([
    'databricks://',
    'databricks://a.b.c.d',
    'databricks://a..b',
    'databricks://.a',
    'databricks://a`b',
    'databricks://?limit=3',
    'databricks://t?query=select 1',
  ])('%s is of no known form', (uri) => {
    expect(faultsOf(uri)).toEqual(['expected databricks://catalog.schema.table or databricks://?query=select …']);
  });

  test('all that is wrong with options is told at once', () => {
    expect(
      faultsOf('databricks://t?version=-1&limit=0&sample=101&limt=3&limit=4&:x=1&:2=3&:y:INTS=4&seed=1.5'),
    ).toEqual([
      '"limt" is not an option of a table or query. Allowed: version, limit, sample, seed, query and, for a query, :name=value. Did you mean "limit"?',
      '"limit" stands there twice',
      '":2" is not the name of a parameter, expected a letter, then letters, digits and _',
      '":y:INTS" has the type "INTS". Allowed: STRING, BIGINT, DOUBLE, DECIMAL, BOOLEAN, DATE, TIMESTAMP',
      'parameters such as ":name=" belong to a query; a table has none',
      '"version" is "-1", expected the number of a version of the Delta table',
      '"limit" is "0", expected a whole number of rows from 1 up',
      '"sample" is "101", expected percent of the rows, above 0 and up to 100',
      '"seed" is "1.5", expected a whole number from 0 up',
    ]);
  });

  test('a name in backquotes is that name again, whatever it holds', () => {
    const name = fc.string({ minLength: 1, unit: fc.constantFrom('a', '`', '.', '?', ' ', '"', "'", ';', '%', 'ü') });
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 3 }), (names) => {
        expect(splitTableName(quoteNames(names))).toEqual({ names, rest: '' });
      }),
      { numRuns: runs(300) },
    );
  });
});
