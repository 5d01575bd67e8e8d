import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadProject } from '../../../src/config/load-project.ts';
import { SettingsError } from '../../../src/errors/settings-error.ts';
import { fitFeatures } from '../../../src/features/pipeline.ts';
import { learn, tableOf } from './tables.ts';

const table = tableOf({
  temp: [1, 2, 3, 4],
  hum: [1, null, 2, 2],
  sky: ['clear', 'rain', 'clear', null],
  word: ['a', 'b', 'c', 'd'],
  when: [0, 1, 2, 3].map((day) => new Date(Date.UTC(2024, 0, 1 + day))),
});
const NAMES = 'temp, hum, sky, word, when';

/** The faults of steps, each with the end of its place. */
function faults(...steps: unknown[]): string[] {
  return learn(table, steps).faults.map(({ path, problem }) => `${path.slice(2).join('.')} ${problem}`);
}

describe('a step that does not fit the columns', () => {
  test.each<[string, unknown, string]>([
    [
      'names a column that is not there',
      { clip: { columns: ['tmp'] } },
      `0.clip.columns is "tmp", but there is no such column here. Columns: ${NAMES}. Did you mean "temp"?`,
    ],
    [
      'excepts a column that is not there',
      { clip: { columns: 'numeric', except: ['humm'] } },
      `0.clip.except is "humm", but there is no such column here. Columns: ${NAMES}. Did you mean "hum"?`,
    ],
    [
      'takes numbers and gets texts',
      { scale: { columns: ['temp', 'sky'] } },
      '0.scale.columns is "sky", which holds texts, expected a column of numbers',
    ],
    [
      'takes instants and gets numbers',
      { date: { columns: 'temp', parts: ['hour'] } },
      '0.date.columns is "temp", which holds numbers, expected a column of instants',
    ],
    [
      'takes numbers and is given a kind of others',
      { log1p: { columns: 'categorical' } },
      '0.log1p.columns is "categorical", expected columns of numbers',
    ],
    ['names a column twice', { bins: { columns: ['temp', 'temp'] } }, '0.bins.columns names "temp" twice'],
    [
      'puts a text among numbers',
      { impute: { columns: 'hum', strategy: 'constant', value: 'x' } },
      '0.impute.value is "x", expected a number for the column "hum"',
    ],
    [
      'puts in a constant that is not given',
      { impute: { columns: 'hum', strategy: 'constant' } },
      '0.impute.value is missing, expected what "constant" puts in',
    ],
    [
      'has its limits the wrong way round',
      { clip: { columns: 'temp', min: 3, max: 1 } },
      '0.clip.min is 3, expected at most "max", which is 1',
    ],
    [
      'has a limit beyond the other quantile',
      { clip: { columns: 'temp', min: 9 } },
      '0.clip.min is 9, which lies beyond the upper quantile of "temp", 3.9699999999999998',
    ],
    [
      'would make too many columns',
      { 'one-hot': { columns: 'word', 'max-categories': 3 } },
      '0.one-hot.max-categories is 3, but "word" has 4 categories: group rare ones with "rare", or allow more',
    ],
    [
      'orders categories and leaves one out',
      { ordinal: { columns: 'sky', order: ['rain', 'snow'] } },
      '0.ordinal.order lacks "clear", which "sky" has',
    ],
    [
      'asks for nothing of an instant',
      { date: { columns: 'when' } },
      '0.date asks for nothing: set parts, cyclic, since or holidays',
    ],
    [
      'asks for nothing of a text',
      { text: { columns: 'sky' } },
      '0.text asks for nothing: set length, words, flags or hash',
    ],
    [
      'renames a column that is not there',
      { rename: { columns: { wheen: 'x' } } },
      `0.rename.columns.wheen is "wheen", but there is no such column here. Columns: ${NAMES}. Did you mean "when"?`,
    ],
    [
      'renames to a name that is taken',
      { rename: { columns: { temp: 'hum' } } },
      '0.rename makes the column "hum", but there is one of that name: choose another one, or rename or drop that one before',
    ],
    [
      'makes a column that is there',
      { expression: { output: 'sky', formula: 'temp' } },
      '0.expression makes the column "sky", but there is one of that name: choose another one, or rename or drop that one before',
    ],
    [
      'has a formula with a fault',
      { expression: { output: 'x', formula: 'temp * humm' } },
      `0.expression.formula is "temp * humm": column 8: there is no column "humm". Did you mean "hum"? Columns: ${NAMES}`,
    ],
    [
      'keeps no training row',
      { filter: { formula: 'temp > 9' } },
      '0.filter.formula is "temp > 9", which is true for no training row',
    ],
    [
      'looks back where evaluation rows are not later ones',
      { lag: { columns: 'temp', lags: ['1d'] } },
      '0.lag needs evaluation rows that come after the training rows: set data.time, and no other data.split.method than time',
    ],
  ])('%s', (_, step, fault) => {
    expect(faults(step)).toEqual([fault]);
  });

  test('is reported with all others, but for what only follows from another fault', () => {
    const found = faults(
      { expression: { output: 'feels', formula: 'temp * humm' } },
      { scale: { columns: ['feels', 'sky'] } },
      { expression: { output: 'colder', formula: '1 - feels' } },
      { drop: { columns: ['nothing'] } },
      { 'one-hot': { columns: 'sky' } },
      { scale: { columns: 'sky=rain' } },
      { clip: { columns: 'sky' } },
    );
    expect(found).toEqual([
      `0.expression.formula is "temp * humm": column 8: there is no column "humm". Did you mean "hum"? Columns: ${NAMES}`,
      '1.scale.columns is "sky", which holds texts, expected a column of numbers',
      `3.drop.columns is "nothing", but there is no such column here. Columns: ${NAMES}.`,
    ]);
  });

  test('is named with the line and column of mlops.yaml', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'step-faults-'));
    try {
      const lines = [
        'features:',
        '  steps:',
        '    - impute: { columns: numeric }',
        '    - scale:',
        '        columns: [temp, humm]',
      ];
      writeFileSync(join(directory, 'mlops.yaml'), `${lines.join('\n')}\n`);
      const { project, place } = await loadProject(directory, undefined, []);
      const target = { task: 'regression', values: new Float64Array(4) } as const;
      const thrown = await new Promise((resolve) =>
        resolve(fitFeatures(table, project.features, { target, seed: 0 })),
      ).catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(SettingsError);
      expect((thrown as SettingsError).placed(place!)).toMatchObject({
        code: 'FEATURES_INVALID',
        message: `mlops.yaml:5:9: "features.steps.1.scale.columns" is "humm", but there is no such column here. Columns: ${NAMES}. Did you mean "hum"?`,
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
