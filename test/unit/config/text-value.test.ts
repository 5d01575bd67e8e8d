import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { projectSchema } from '../../../src/config/project.ts';
import { schemaAt } from '../../../src/config/schema-walk.ts';
import { valueFromText } from '../../../src/config/text-value.ts';

/** The value of a field of mlops.yaml from a text, or the text itself where the schema refuses it. */
async function field(path: string, text: string): Promise<unknown> {
  const schema = schemaAt(projectSchema, path.split('.'))!;
  const value = await valueFromText(schema, text);
  return schema.safeParse(value).success ? value : { refused: value };
}

test('numbers are decimal numbers, and what only looks like one is refused as it was written', async () => {
  expect(await Promise.all(['100', ' 7 ', '+5', '1e3'].map((text) => field('model.n-estimators', text)))).toEqual([
    100, 7, 5, 1000,
  ]);
  expect(await Promise.all(['.5', '0.25', '1e-3'].map((text) => field('data.split.test-fraction', text)))).toEqual([
    0.5, 0.25, 0.001,
  ]);
  for (const text of ['3O', '0x10', '1_000', '1,000', '10 trees', 'Infinity', '1e999', 'NaN', '--1', '.', 'ten']) {
    expect(await field('model.n-estimators', text)).toEqual({ refused: text });
  }
  expect(await field('model.n-estimators', '2.5')).toEqual({ refused: 2.5 });
});

test('booleans are true and false, and nothing else', async () => {
  expect(await Promise.all(['true', 'True', 'FALSE'].map((text) => field('model.bootstrap', text)))).toEqual([
    true,
    true,
    false,
  ]);
  for (const text of ['yes', 'no', '1', '0', 'on', 'tru'])
    expect(await field('model.bootstrap', text)).toEqual({ refused: text });
});

test('null and none stand for nothing where nothing is allowed', async () => {
  expect(await field('model.max-depth', 'none')).toBe(null);
  expect(await field('model.class-weight', 'null')).toBe(null);
  expect(await field('model.n-estimators', 'null')).toEqual({ refused: 'null' });
  expect(await field('data.target', 'none')).toBe('none');
  expect(await valueFromText(z.enum(['none', 'some']).nullable(), 'none')).toBe('none');
});

describe('lists', () => {
  test('items stand on lines of their own or between commas', async () => {
    expect(await field('data.exclude', 'a, b,\n  c d \n\n,e')).toEqual(['a', 'b', 'c d', 'e']);
    expect(await field('data.exclude', 'a')).toEqual(['a']);
    expect(await field('features.datetime-parts', 'year, hour')).toEqual(['year', 'hour']);
    expect(await field('features.datetime-parts', 'year, hours')).toEqual({ refused: ['year', 'hours'] });
  });

  test('a JSON list holds names with commas', async () => {
    expect(await field('data.exclude', '["a, b", "c"]')).toEqual(['a, b', 'c']);
    expect(await valueFromText(z.array(z.number()), '[1, 2.5]')).toEqual([1, 2.5]);
    expect(await valueFromText(z.array(z.number()), '1, 2O')).toEqual([1, '2O']);
  });

  test('a source is one or several; commas of globs and queries do not part it', async () => {
    expect(await field('data.source', 'data/a.csv')).toBe('data/a.csv');
    expect(await field('data.source', 'a.csv, b.csv\nc.csv')).toEqual(['a.csv', 'b.csv', 'c.csv']);
    expect(await field('data.source', 'data/{a,b}.csv')).toBe('data/{a,b}.csv');
    expect(await field('data.source', '[ab]*.csv,c.csv')).toEqual(['[ab]*.csv', 'c.csv']);
    const query = 'sqlite:///shop.db?query=select a, b from t';
    expect(await field('data.source', query)).toBe(query);
    expect(await field('data.source', `${query}\nx.csv`)).toEqual([query, 'x.csv']);
  });
});

test('alternatives are tried in their order', async () => {
  expect(await Promise.all(['sqrt', '5', '0.3'].map((text) => field('model.max-features', text)))).toEqual([
    'sqrt',
    5,
    0.3,
  ]);
  expect(await field('model.max-features', 'squirt')).toEqual({ refused: 'squirt' });
});

test('mappings are JSON or YAML', async () => {
  expect(await field('model.class-weight', '{"yes": 2, "no": 1}')).toEqual({ yes: 2, no: 1 });
  expect(await field('model.class-weight', 'yes: 2\nno: 1')).toEqual({ yes: 2, no: 1 });
  expect(await field('model.class-weight', 'balanced')).toBe('balanced');
  expect(await field('model.class-weight', '{"yes": 2')).toEqual({ refused: '{"yes": 2' });
  expect(await valueFromText(z.array(z.strictObject({ a: z.number() })), '[{"a": 1}]')).toEqual([{ a: 1 }]);
});
