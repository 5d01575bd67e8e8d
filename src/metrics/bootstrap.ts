import { Random } from '../forest/random.ts';
import { quantileSorted } from './quantile.ts';
import type { Resampler } from './resample.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Bootstrapped {
  /** Percentile interval of each model's metrics, by model and name. */
  readonly intervals: readonly ReadonlyMap<string, Interval>[];
  /** Percentile interval of (first model - model) for each model after the first, by name. */
  readonly differences: readonly ReadonlyMap<string, Interval>[];
}

/**
 * Percentile bootstrap of several models on the same draws, so that what is common to them cancels in the differences.
 *
 * @param models of the same rows and groups, with the same metrics
 * @param level of the intervals, e.g. 0.95
 * @throws what `signal` holds when it is aborted
 * Source Efron and Tibshirani 1993, chapter 13
 */
export function bootstrap(
  models: readonly Resampler[],
  groups: number,
  options: { resamples: number; level: number; seed: number; signal?: AbortSignal },
): Bootstrapped {
  const { resamples, level, seed, signal } = options;
  const names = models[0]!.names;
  const random = new Random(seed);
  const timesDrawn = new Float64Array(groups);
  const into = new Float64Array(names.length);
  const draws = models.map(() => names.map(() => new Float64Array(resamples)));
  for (let r = 0; r < resamples; r++) {
    signal?.throwIfAborted();
    random.resample(timesDrawn);
    for (const [m, model] of models.entries()) {
      model.measure(timesDrawn, into);
      for (let k = 0; k < names.length; k++) draws[m]![k]![r] = into[k]!;
    }
  }
  const first = draws[0]!;
  return {
    intervals: draws.map((metrics) => intervalsOf(names, metrics, level)),
    differences: draws.slice(1).map((metrics) =>
      intervalsOf(
        names,
        metrics.map((values, k) => values.map((value, r) => first[k]![r]! - value)),
        level,
      ),
    ),
  };
}

function intervalsOf(names: readonly string[], draws: readonly Float64Array[], level: number): Map<string, Interval> {
  const intervals = new Map<string, Interval>();
  for (const [k, name] of names.entries()) {
    // Draws in which the metric is undefined (a class absent) say nothing of it.
    const sorted = draws[k]!.filter((value) => Number.isFinite(value)).sort();
    if (sorted.length < draws[k]!.length / 2) continue;
    intervals.set(name, {
      low: quantileSorted(sorted, (1 - level) / 2),
      high: quantileSorted(sorted, (1 + level) / 2),
    });
  }
  return intervals;
}
