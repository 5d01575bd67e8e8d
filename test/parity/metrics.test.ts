import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { Random } from '../../src/forest/random.ts';
import { chiSquaredHomogeneity, jensenShannon } from '../../src/metrics/distances.ts';
import { logGamma, upperGamma } from '../../src/metrics/gamma.ts';
import { calibrationBins } from '../../src/metrics/probability.ts';
import { quantileSorted } from '../../src/metrics/quantile.ts';
import { rankingCurves } from '../../src/metrics/ranking.ts';
import { meanAbsolutePercentageError, meanPinballLoss, meanSquaredError } from '../../src/metrics/regression.ts';
import { scoreAll } from '../../src/metrics/score-all.ts';
import { kolmogorovSmirnov, wassersteinDistance } from '../../src/metrics/two-samples.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { mustRun } from '../tools/run-program.ts';

interface ClassCase {
  readonly kind: 'classification';
  readonly name: string;
  readonly classes: number;
  readonly truth: number[];
  readonly labels: number[];
  readonly probabilities: number[];
  readonly weight: number[] | null;
}

interface NumberCase {
  readonly kind: 'regression';
  readonly name: string;
  readonly truth: number[];
  readonly predicted: number[];
  readonly weight: number[] | null;
}

interface SampleCase {
  readonly kind: 'samples';
  readonly name: string;
  readonly first: number[];
  readonly second: number[];
  readonly reference: number[];
  readonly current: number[];
}

interface GammaCase {
  readonly kind: 'gamma';
  readonly name: string;
  readonly a: number;
  readonly x: number;
}

const random = new Random(5);
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const someWeights = (n: number): number[] => times(n, () => 0.01 + random.unit() * 3);

/** @param steps probabilities are multiples of 1 / steps, so that there are ties */
function classCase(name: string, rows: number, classes: number, steps: number, present = classes): ClassCase {
  const truth = times(rows, (i) => (i < present ? i : random.below(present)));
  const probabilities = truth.flatMap((code) => {
    const parts = times(classes, (k) => random.below(steps) + (k === code ? steps / 2 : 0));
    const total = parts.reduce((sum, part) => sum + part, 0) || 1;
    if (classes === 2) {
      const share = Math.round((parts[1]! / total) * steps) / steps;
      return [1 - share, share];
    }
    return parts.map((part) => (total === 1 ? 1 / classes : part / total));
  });
  const labels = truth.map((_, i) => {
    const row = probabilities.slice(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
  return { kind: 'classification', name, classes, truth, labels, probabilities, weight: null };
}

const weighted = <T extends ClassCase | NumberCase>(of: T): T => ({
  ...of,
  name: `${of.name}, weighted`,
  weight: someWeights(of.truth.length),
});

const numbersNear = (truth: number[], size: number): number[] => truth.map((t) => t + size * (random.unit() - 0.5));

function cases(): (ClassCase | NumberCase | SampleCase | GammaCase)[] {
  const plain = times(400, () => 100 * random.unit() + 1);
  const far = times(101, () => 1e9 + random.unit());
  const counts = times(57, () => random.below(9));
  const regressions = [
    { truth: plain, predicted: numbersNear(plain, 30), name: 'numbers' },
    { truth: far, predicted: numbersNear(far, 2), name: 'numbers far from 0' },
    { truth: counts, predicted: counts.map(() => random.below(9)), name: 'counts with ties and zeros' },
    { truth: plain.slice(0, 2), predicted: numbersNear(plain.slice(0, 2), 9), name: 'two numbers' },
    { truth: times(9, () => 3), predicted: times(9, () => random.unit()), name: 'a constant' },
    { truth: times(9, () => 3), predicted: times(9, () => 3), name: 'a constant that is met' },
  ].map((of): NumberCase => ({ kind: 'regression', weight: null, ...of }));
  const classes = [
    classCase('two classes', 500, 2, 1000),
    classCase('two classes, ties', 300, 2, 10),
    classCase('two classes of twenty rows', 20, 2, 4),
    classCase('one of two classes', 30, 2, 10, 1),
    classCase('four classes', 600, 4, 1000),
    classCase('three classes, ties', 90, 3, 4),
    classCase('three of five classes', 90, 5, 50, 3),
    classCase('all of one class', 12, 3, 10, 1),
  ];
  const samples = [
    [40, 55, 100],
    [200, 190, 7],
    [5, 6, 1000],
  ].map(
    ([n, m, steps], i): SampleCase => ({
      kind: 'samples',
      name: `samples ${i}`,
      first: times(n!, () => random.below(steps!) / 10),
      second: times(m!, () => random.below(steps!) / 9),
      reference: times(6, () => 1 + random.below(100)),
      current: times(6, (k) => (k === 2 ? 0 : random.below(80))),
    }),
  );
  const gammas = [0.5, 1, 3.5, 20, 150].flatMap((a) =>
    [0.01, 0.5, 2, 19, 21, 170].map((x): GammaCase => ({ kind: 'gamma', name: `gamma ${a} ${x}`, a, x })),
  );
  // The weighted mean of a constant is not that constant in scikit-learn, so that its r2 is -1e31 there.
  const varying = regressions.filter((of) => !of.name.startsWith('a constant'));
  return [...regressions, ...varying.map(weighted), ...classes, ...classes.map(weighted), ...samples, ...gammas];
}

type Figures = Record<string, number | number[] | number[][] | null>;

function ours(of: ReturnType<typeof cases>[number]): Figures {
  if (of.kind === 'gamma') return { log: logGamma(of.x), upper: upperGamma(of.a, of.x) };
  if (of.kind === 'samples') {
    const [first, second] = [Float64Array.from(of.first), Float64Array.from(of.second)];
    const ks = kolmogorovSmirnov(first, second);
    const chi2 = chiSquaredHomogeneity(of.reference, of.current);
    const sorted = first.slice().sort();
    return {
      ks: ks.statistic,
      ks_p: ks.pValue,
      wasserstein: wassersteinDistance(first, second),
      jensen_shannon: jensenShannon(of.reference, of.current),
      chi2: chi2.statistic,
      chi2_p: chi2.pValue,
      quantiles: [0, 0.1, 0.25, 0.5, 0.77, 1].map((q) => quantileSorted(sorted, q)),
    };
  }
  const weight = of.weight ? Float64Array.from(of.weight) : undefined;
  if (of.kind === 'regression') {
    const [truth, predicted] = [Float64Array.from(of.truth), Float64Array.from(of.predicted)];
    return {
      ...scoreAll({ task: 'regression', values: truth }, { task: 'regression', values: predicted }, weight),
      // Left out by `scoreAll` where a truth is 0.
      mape: meanAbsolutePercentageError(truth, predicted, weight),
      mse: meanSquaredError(truth, predicted, weight),
      pinball: meanPinballLoss(truth, predicted, 0.8, weight),
    };
  }
  const classes = times(of.classes, String);
  const codes = Int32Array.from(of.truth);
  const labels = Int32Array.from(of.labels);
  const probabilities = Float64Array.from(of.probabilities);
  const scores = scoreAll(
    { task: 'classification', classes, codes },
    { task: 'classification', classes, labels, probabilities },
    weight,
  );
  if (of.classes !== 2) return scores;
  const positive = Uint8Array.from(of.truth);
  const score = probabilities.filter((_, i) => i % 2 === 1);
  const bins = calibrationBins(score, positive);
  return {
    ...scores,
    roc: rankingCurves(positive, score, Number.POSITIVE_INFINITY).roc,
    calibration: [bins.map((bin) => bin.observed), bins.map((bin) => bin.predicted)],
  };
}

/** Greatest difference, relative to the size of the figure or to 1. */
function difference(a: Figures[string] | undefined, b: Figures[string]): number {
  if (Array.isArray(b)) {
    if (!Array.isArray(a) || a.length !== b.length) return Number.POSITIVE_INFINITY;
    return Math.max(0, ...b.map((value, i) => difference(a[i], value)));
  }
  if (typeof a !== 'number' || b === null) return a === undefined && b === null ? 0 : Number.POSITIVE_INFINITY;
  return Math.abs(a - b) / Math.max(1, Math.abs(b));
}

describeWith(['python'], 'metrics and those of scikit-learn and scipy', () => {
  const all = cases();
  let answers: Figures[];

  beforeAll(async () => {
    const script = join(import.meta.dirname, 'metrics.py');
    answers = JSON.parse(await mustRun(await pythonPeers(), ['-W', 'ignore', script], { input: JSON.stringify(all) }));
  });

  it.each(all.map((of, i) => [of.name, i] as const))('are the same: %s', (_, i) => {
    const mine = ours(all[i]!);
    const differing = Object.entries(answers[i]!).flatMap(([name, theirs]) => {
      // The variance of numbers that differ in their tenth digit has lost as many.
      const limit = all[i]!.name.includes('far from 0') ? 1e-6 : 1e-12;
      return difference(mine[name], theirs) <= limit ? [] : [`${name}: ${mine[name]}, theirs ${theirs}`];
    });
    expect(differing).toEqual([]);
  });
});
