import { describe, expect, it } from 'vitest';
import { checkRefinement, refineForest } from '../../../src/commands/refine-forest.ts';
import { type ModelSettings, modelSettings } from '../../../src/config/model-settings.ts';
import type { TrainingSet } from '../../../src/forest/engine.ts';
import { fitForest } from '../../../src/forest/fit.ts';
import { defaultParams } from '../../../src/forest/params.ts';
import { classification, mixedSet, numbers, table } from '../forest/small-sets.ts';

const settingsOf = (given: Partial<ModelSettings>): ModelSettings => ({ ...modelSettings.parse({}), ...given });

async function refined(set: TrainingSet, given: Partial<ModelSettings>, trees = 30) {
  const params = { ...defaultParams(set.target.task), nEstimators: trees };
  const forest = await fitForest(set, params, { nJobs: 1 });
  const said: string[] = [];
  const log = { info: (text: string) => said.push(text), warn: (text: string) => said.push(`warning: ${text}`) };
  return { ...refineForest(forest, set, params, settingsOf(given), log), said };
}

describe('what is made of a grown forest', () => {
  it('is nothing when nothing is asked for', async () => {
    expect(await refined(mixedSet(60, 'regression'), {})).toEqual({
      calibration: undefined,
      intervals: undefined,
      oobMetrics: undefined,
      said: [],
    });
  });

  it('is scikit-learn’s oob_score and every metric out of bag, and a note of rows that have none', async () => {
    const { oobMetrics, said } = await refined(mixedSet(300, 'classification'), { 'oob-score': true }, 3);
    expect(oobMetrics!.oob_score).toBe(oobMetrics!.oob_accuracy);
    expect(Object.keys(oobMetrics!)).toContain('oob_roc_auc');
    expect(said).toEqual([
      expect.stringMatching(/^\d+ of 300 training rows were drawn by every tree: they have no out/),
    ]);
    const { oobMetrics: ofNumbers } = await refined(mixedSet(300, 'regression'), { 'oob-score': true });
    expect(ofNumbers!.oob_score).toBe(ofNumbers!.oob_r2);
  });

  it('is a calibration with its effect, and a warning when an isotonic curve has few rows', async () => {
    const set = mixedSet(400, 'classification', 2, 3);
    const isotonic = await refined(set, { calibration: 'isotonic' });
    expect(Object.keys(isotonic.oobMetrics!)).toEqual([
      ...['oob_log_loss', 'oob_brier', 'oob_ece'],
      ...['oob_calibrated_log_loss', 'oob_calibrated_brier', 'oob_calibrated_ece'],
    ]);
    expect(isotonic.said).toEqual([
      'warning: "calibration" is isotonic on 400 out-of-bag rows: below about 1,000 it follows chance; sigmoid needs fewer',
    ]);
    const sigmoid = await refined(set, { calibration: 'sigmoid' });
    expect([sigmoid.calibration!.method, sigmoid.said]).toEqual(['sigmoid', []]);
  });

  it('are the levels that leave as many rows below as above', async () => {
    const set = mixedSet(60, 'regression');
    for (const [given, levels] of [
      [0.9, [0.05, 0.95]],
      [0.8, [0.1, 0.9]],
      [0.5, [0.25, 0.75]],
      [
        [0.01, 0.6],
        [0.01, 0.6],
      ],
    ] as const) {
      const { intervals } = await refined(set, { 'prediction-intervals': given as number | number[] });
      expect(intervals!.levels).toEqual(levels);
    }
  });

  it('cannot be calibrated when every tree drew all rows', async () => {
    // Two rows and one tree: half of the draws take both.
    const set = classification(table(numbers('x', [1, 2])), ['no', 'yes']);
    const outcomes = new Set<string>();
    for (let randomState = 0; randomState < 20; randomState++) {
      const params = { ...defaultParams('classification'), nEstimators: 1, randomState };
      const forest = await fitForest(set, params, { nJobs: 1 });
      const log = { info: () => {}, warn: () => {} };
      try {
        refineForest(forest, set, params, settingsOf({ calibration: 'sigmoid' }), log);
        outcomes.add('calibrated');
      } catch (error) {
        outcomes.add((error as Error).message);
      }
    }
    expect([...outcomes].sort()).toEqual([
      '"calibration" is "sigmoid", but every tree drew all training rows: there is none out of bag; raise n-estimators',
      'calibrated',
    ]);
  });
});

it('what does not fit is said of all settings at once', () => {
  const settings = settingsOf({ engine: 'ml-random-forest', 'oob-score': true, calibration: 'isotonic' });
  expect(checkRefinement(settings, 'regression', 100)).toEqual([
    '"oob-score" needs the engine native: ml-random-forest does not tell which rows a tree drew',
    '"calibration" needs the engine native: ml-random-forest does not tell which rows a tree drew',
    '"calibration" is "isotonic", but regression has no probabilities; leave it out',
  ]);
  const many = settingsOf({ 'prediction-intervals': [0.9, 0.1], 'n-estimators': 1000 });
  expect(checkRefinement(many, 'regression', 5_000_000)).toEqual([
    '"prediction-intervals" is [0.9, 0.1], expected the lower level first',
    '"prediction-intervals" keeps a number for each of 5,000,000 rows in 1,000 trees, at most 4,294,967,295 in all: lower n-estimators',
  ]);
  expect(checkRefinement(settingsOf({ calibration: 'sigmoid', 'oob-score': true }), 'classification', 100)).toEqual([]);
});
