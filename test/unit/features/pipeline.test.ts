import { describe, expect, test } from 'vitest';
import { splitSettings } from '../../../src/config/data-settings.ts';
import { featureSettings } from '../../../src/config/features.ts';
import { splitRows } from '../../../src/data/split.ts';
import { dropColumns, type Table, takeRows } from '../../../src/data/table.ts';
import { prepareTarget, takeTarget } from '../../../src/data/target.ts';
import { applyFeatures, type FittedFeatures, fitFeatures } from '../../../src/features/pipeline.ts';
import { encodeForest } from '../../../src/forest/codec.ts';
import { fitForest } from '../../../src/forest/fit.ts';
import { defaultParams } from '../../../src/forest/params.ts';
import { failure, plain, readText } from '../data/read-text.ts';

const target = { task: 'regression', values: new Float64Array(0) } as const;
const learn = (table: Table, settings: Record<string, unknown> = {}): FittedFeatures =>
  fitFeatures(table, featureSettings.parse(settings), { target, seed: 0 });

const hours = [
  'when,temp,sky,station,id,note,late',
  '2024-01-31 22:00,1.5,clear,S1,k1,,',
  '2024-02-01 23:00,,rain,S1,k2,,2024-01-01',
  '2024-02-02 00:00,3,,S1,k3,,',
].join('\n');

describe('fitting', () => {
  test('keeps numbers and texts, makes parts of instants, and says why a column is left out', async () => {
    expect(learn(await readText(hours))).toEqual({
      inputs: [
        { name: 'when', type: 'datetime', required: true },
        { name: 'temp', type: 'double', required: false },
        { name: 'sky', type: 'string', required: false },
        { name: 'id', type: 'string', required: true },
        { name: 'late', type: 'datetime', required: false },
      ],
      steps: [
        { kind: 'datetime-part', column: 'when', part: 'month', output: 'when.month' },
        { kind: 'datetime-part', column: 'when', part: 'day', output: 'when.day' },
        { kind: 'datetime-part', column: 'when', part: 'weekday', output: 'when.weekday' },
        { kind: 'datetime-part', column: 'when', part: 'hour', output: 'when.hour' },
        { kind: 'datetime-part', column: 'when', part: 'day-of-year', output: 'when.day-of-year' },
        { kind: 'keep', column: 'temp', output: 'temp' },
        { kind: 'keep', column: 'sky', output: 'sky' },
        { kind: 'keep', column: 'id', output: 'id' },
        ...['year', 'month', 'day', 'weekday', 'hour', 'minute', 'day-of-year'].map((part) => ({
          ...{ kind: 'datetime-part', column: 'late', part, output: `late.${part}` },
        })),
      ],
      outputs: [
        ...['when.month', 'when.day', 'when.weekday', 'when.hour', 'when.day-of-year', 'temp', 'sky', 'id'],
        ...['late.year', 'late.month', 'late.day', 'late.weekday', 'late.hour', 'late.minute', 'late.day-of-year'],
      ],
      dropped: [
        { column: 'station', reason: 'the same value in every training row' },
        { column: 'note', reason: 'no value in any training row' },
      ],
    });
  });

  test('whole numbers without gaps are long, as MLflow has it', async () => {
    const { inputs } = learn(await readText('a,b,c\n1,1,1.5\n2,,2\n'));
    expect(inputs.map(({ name, type, required }) => [name, type, required])).toEqual([
      ['a', 'long', true],
      ['b', 'double', false],
      ['c', 'double', true],
    ]);
  });

  test('texts that differ in nearly every row are left out as identifiers, unless that is turned off', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => `user-${i < 55 ? i : 0},${i % 7},w${i % 9}`);
    const table = await readText(`who,x,word\n${rows.join('\n')}\n`);
    const reason = 'a different text in nearly every row: an identifier';
    expect(learn(table).dropped).toEqual([{ column: 'who', reason }]);
    expect(learn(table, { 'drop-identifiers': false }).dropped).toEqual([]);
  });

  test('instants of which no part differs are left out with the reason', async () => {
    const table = await readText('t,x\n2024-01-01T00:00:01,1\n2024-01-01T00:00:02,2\n');
    expect(learn(table).dropped).toEqual([
      {
        column: 't',
        reason:
          'no datetime part differs among the training rows (year, month, day, weekday, hour, minute, day-of-year)',
      },
    ]);
    expect(learn(table, { 'datetime-parts': [] }).dropped[0]!.reason).toMatch(/\(none\)$/);
  });

  test('a part does not take the name of a column that is there', async () => {
    const fitted = learn(await readText('t,t.day\n2024-01-01,10\n2024-01-02,20\n'), { 'datetime-parts': ['day'] });
    expect(fitted.outputs).toEqual(['t.day_', 't.day']);
    expect(plain(applyFeatures(fitted, await readText('t,t.day\n2024-01-09,10\n')))).toEqual({
      't.day_': ['numeric', 9],
      't.day': ['numeric', 10],
    });
  });

  test('a table that leaves no feature is refused with every reason', async () => {
    expect(await failure(async () => learn(await readText('a,b\n1,\n1,\n')))).toEqual({
      code: 'INPUT_INVALID',
      faults: [
        'no feature is left of the table',
        '"a" is left out: the same value in every training row',
        '"b" is left out: no value in any training row',
      ],
    });
  });
});

describe('applying', () => {
  test('gives the same values from the state as JSON, row by row and for all rows together', async () => {
    const table = await readText(hours);
    const fitted: FittedFeatures = JSON.parse(JSON.stringify(learn(table)));
    expect(fitted).toEqual(learn(table));
    const together = applyFeatures(fitted, table);
    expect(plain(together)).toMatchObject({
      'when.month': ['numeric', 1, 2, 2],
      'when.weekday': ['numeric', 2, 3, 4],
      'late.year': ['numeric', null, 2024, null],
      temp: ['numeric', 1.5, null, 3],
    });
    for (let row = 0; row < table.nRows; row++) {
      const rows = Int32Array.of(row);
      expect(applyFeatures(fitted, takeRows(table, rows))).toEqual(takeRows(together, rows));
    }
  });

  test('needs the columns of training, of their kinds', async () => {
    const fitted = learn(await readText(hours));
    const without = await readText('when,tmp,sky,id,late\n2024-01-01,1,x,k,\n');
    expect(await failure(() => applyFeatures(fitted, without))).toEqual({
      code: 'COLUMN_NOT_FOUND',
      faults: [
        '"feature" is "temp", but the table has no such column. Columns: when, tmp, sky, id, late. Did you mean "tmp"?',
      ],
    });
    const texts = await readText('when,temp,sky,id,late\nsoon,1,x,k,\n');
    expect(await failure(() => applyFeatures(fitted, texts))).toEqual({
      code: 'DATA_UNREADABLE',
      faults: ['"when" holds categorical values, expected ISO 8601 instants'],
    });
  });
});

test('nothing of the held-out rows reaches the features or the forest', async () => {
  const text = (value: (i: number) => string): string => {
    const rows = Array.from({ length: 200 }, (_, i) => {
      const at = new Date(Date.UTC(2024, 0, 1 + (i % 28), i % 24)).toISOString();
      const x = ((i * 37) % 101) / 7;
      return i % 5 === 0 ? `test,${value(i)}` : `train,${at},${x},${'abc'[i % 3]},${x * 2 + (i % 3)}`;
    });
    return `side,at,x,k,y\n${rows.join('\n')}\n`;
  };
  const grown = async (csv: string) => {
    const kinds = { at: 'datetime', x: 'numeric', k: 'categorical', y: 'numeric' } as const;
    const table = await readText(csv, { kinds });
    const prepared = prepareTarget(table, 'y', 'regression');
    const { train } = splitRows(takeRows(table, prepared.rows), {
      ...{
        settings: splitSettings.parse({ method: 'column', column: 'side' }),
        task: 'regression',
        target: 'y',
        seed: 0,
      },
    });
    const training = takeRows(dropColumns(takeRows(table, prepared.rows), ['y', 'side']), train);
    const trainingTarget = takeTarget(prepared.target, train);
    const fitted = fitFeatures(training, featureSettings.parse({}), { target: trainingTarget, seed: 0 });
    const set = { features: applyFeatures(fitted, training), target: trainingTarget };
    const forest = await fitForest(set, { ...defaultParams('regression'), nEstimators: 5 }, { nJobs: 1 });
    return { fitted, forest: encodeForest(forest) };
  };
  const first = await grown(text((i) => `2024-01-02T03:00,${i},a,${i}`));
  const second = await grown(text((i) => `1999-12-31T23:59,${1e9 + i},never seen ${i},${-1e12}`));
  expect(first.fitted.outputs).toEqual(['at.day', 'at.weekday', 'at.hour', 'at.day-of-year', 'x', 'k']);
  expect(second).toEqual(first);
});
