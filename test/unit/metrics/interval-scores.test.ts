import { expect, it } from 'vitest';
import { intervalCoverage, intervalMeanWidth } from '../../../src/metrics/interval-scores.ts';
import { scoreAll } from '../../../src/metrics/score-all.ts';

const truth = Float64Array.of(1, 2, 3, 4);
// Inside, on a bound, below, above.
const interval = { lower: Float64Array.of(0, 2, 3.5, 0), upper: Float64Array.of(2, 5, 4, 1) };

it('coverage counts truths between the bounds or on them, width is their distance; both by weight', () => {
  expect([intervalCoverage(truth, interval), intervalMeanWidth(interval)]).toEqual([0.5, 6.5 / 4]);
  const weight = Float64Array.of(1, 2, 3, 4);
  expect([intervalCoverage(truth, interval, weight), intervalMeanWidth(interval, weight)]).toEqual([0.3, 13.5 / 10]);
});

it('predictions with bounds are scored with them, others without', () => {
  const target = { task: 'regression', values: truth } as const;
  const predictions = { task: 'regression', values: truth } as const;
  expect(scoreAll(target, { ...predictions, interval })).toEqual({
    ...scoreAll(target, predictions),
    interval_coverage: 0.5,
    interval_mean_width: 1.625,
  });
});
