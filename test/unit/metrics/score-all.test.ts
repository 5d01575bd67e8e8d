import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { weightedMedian } from '../../../src/metrics/quantile.ts';
import { averagePrecision, rocAuc } from '../../../src/metrics/ranking.ts';
import { scoreAll } from '../../../src/metrics/score-all.ts';

const classification = (truth: number[], labels: number[], probabilities: number[], classes: string[]) =>
  [
    { task: 'classification', classes, codes: Int32Array.from(truth) },
    {
      task: 'classification',
      classes,
      labels: Int32Array.from(labels),
      probabilities: Float64Array.from(probabilities),
    },
  ] as const;

describe('scoreAll', () => {
  it('scores four rows of two classes', () => {
    const [target, predictions] = classification(
      [0, 0, 1, 1],
      [0, 0, 0, 1],
      [0.9, 0.1, 0.6, 0.4, 0.65, 0.35, 0.2, 0.8],
      ['no', 'yes'],
    );
    const scores = scoreAll(target, predictions);
    expect(Object.keys(scores).length).toBe(18);
    // The first three are the worked example in scikit-learn's documentation.
    expect(scores).toMatchObject({ roc_auc: 0.75, accuracy: 0.75, precision: 1, recall: 0.5, balanced_accuracy: 0.75 });
    expect(scores.average_precision).toBeCloseTo(0.8333333333333333, 15);
    expect(scores.brier).toBeCloseTo((0.01 + 0.16 + 0.4225 + 0.04) / 4, 15);
  });

  it('scores numbers', () => {
    const scores = scoreAll(
      { task: 'regression', values: Float64Array.of(3, -0.5, 2, 7) },
      { task: 'regression', values: Float64Array.of(2.5, 0, 2, 8) },
    );
    expect(scores).toMatchObject({ mae: 0.5, medae: 0.5, max_error: 1 });
    expect(scores.r2).toBeCloseTo(0.9486081370449679, 15);
    expect(scores.explained_variance).toBeCloseTo(0.9571734475374732, 15);
    expect(scores.rmse).toBeCloseTo(Math.sqrt(0.375), 15);
  });

  it('leaves out what is not defined on the rows', () => {
    const one = scoreAll(...classification([1, 1], [1, 0], [0.2, 0.8, 0.6, 0.4], ['no', 'yes']));
    expect(one).not.toHaveProperty('roc_auc');
    expect(one.accuracy).toBe(0.5);
    const zero = scoreAll(
      { task: 'regression', values: Float64Array.of(0) },
      { task: 'regression', values: Float64Array.of(1) },
    );
    expect(Object.keys(zero).sort()).toEqual(['mae', 'max_error', 'medae', 'rmse', 'smape']);
  });

  it('knows a constant truth whatever the weights', () => {
    const values = new Float64Array(9).fill(0.3);
    const weight = Float64Array.from(values, (_, i) => 0.1 + i / 7);
    const of = (predicted: number) =>
      scoreAll(
        { task: 'regression', values },
        { task: 'regression', values: new Float64Array(9).fill(predicted) },
        weight,
      );
    expect(of(0.4)).toMatchObject({ r2: 0, explained_variance: 1 });
    expect(of(0.3)).toMatchObject({ r2: 1, explained_variance: 1 });
  });

  it('takes a weight of 2 for a row that is there twice', () => {
    const rows = fc.array(
      fc.record({ truth: fc.nat(2), score: fc.array(fc.nat(20), { minLength: 3, maxLength: 3 }) }),
      {
        minLength: 3,
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(
        rows,
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 30, maxLength: 30 }),
        (given, repeats) => {
          const score = (list: typeof given, weight?: Float64Array) => {
            const shares = list.map(({ score }) => score.map((s) => (s + 1) / (score[0]! + score[1]! + score[2]! + 3)));
            const [target, predictions] = classification(
              list.map((row) => row.truth),
              shares.map((p) => p.indexOf(Math.max(...p))),
              shares.flat(),
              ['a', 'b', 'c'],
            );
            const { roc_auc_ovo, ...rest } = scoreAll(target, predictions, weight);
            return rest;
          };
          const repeated = score(given.flatMap((row, i) => Array.from({ length: repeats[i]! }, () => row)));
          const weighted = score(
            given,
            Float64Array.from(given, (_, i) => repeats[i]!),
          );
          expect(Object.keys(weighted)).toEqual(Object.keys(repeated));
          for (const [name, value] of Object.entries(weighted)) expect(value, name).toBeCloseTo(repeated[name]!, 10);
        },
      ),
    );
  });

  it('takes a weight of 2 for a number that is there twice', () => {
    const rows = fc.array(
      fc.record({ t: fc.integer({ min: 1, max: 9 }), p: fc.nat(9), w: fc.integer({ min: 1, max: 3 }) }),
      {
        minLength: 2,
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(rows, (given) => {
        const score = (list: typeof given, weight?: Float64Array) =>
          scoreAll(
            { task: 'regression', values: Float64Array.from(list, (row) => row.t) },
            { task: 'regression', values: Float64Array.from(list, (row) => row.p) },
            weight,
          );
        const repeated = score(given.flatMap((row) => Array.from({ length: row.w }, () => row)));
        const weighted = score(
          given,
          Float64Array.from(given, (row) => row.w),
        );
        for (const [name, value] of Object.entries(weighted)) expect(value, name).toBeCloseTo(repeated[name]!, 9);
      }),
    );
  });
});

describe('ranking', () => {
  it('is the share of pairs in the right order, ties counted half', () => {
    const rows = fc.array(fc.record({ positive: fc.boolean(), score: fc.nat(6) }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(rows, (given) => {
        const up = given.filter((row) => row.positive);
        const down = given.filter((row) => !row.positive);
        let right = 0;
        for (const a of up) for (const b of down) right += a.score > b.score ? 1 : a.score === b.score ? 0.5 : 0;
        const positive = Uint8Array.from(given, (row) => (row.positive ? 1 : 0));
        const auc = rocAuc(
          positive,
          Float64Array.from(given, (row) => row.score),
        );
        if (up.length === 0 || down.length === 0) expect(auc).toBeNaN();
        else expect(auc).toBeCloseTo(right / (up.length * down.length), 12);
      }),
    );
  });

  it('gives 1 to a perfect order and the share of positive rows to no order', () => {
    expect(averagePrecision(Uint8Array.of(0, 1, 1), Float64Array.of(0, 1, 2))).toBe(1);
    expect(averagePrecision(Uint8Array.of(0, 1, 0, 0), Float64Array.of(1, 1, 1, 1))).toBe(0.25);
  });
});

describe('weightedMedian', () => {
  it('is the median of the rows repeated by their weight', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ value: fc.integer(), weight: fc.integer({ min: 0, max: 4 }) }), {
          minLength: 1,
          maxLength: 30,
        }),
        (rows) => {
          fc.pre(rows.some((row) => row.weight > 0));
          const repeated = rows.flatMap((row) => Array.from({ length: row.weight }, () => row.value));
          expect(
            weightedMedian(
              Float64Array.from(rows, (row) => row.value),
              Float64Array.from(rows, (row) => row.weight),
            ),
          ).toBe(weightedMedian(Float64Array.from(repeated)));
        },
      ),
    );
  });
});
