import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Table } from '../../src/data/table.ts';
import type { Forest } from '../../src/forest/forest.ts';
import { outOfBag } from '../../src/forest/out-of-bag.ts';
import { leafResponses, predictQuantiles } from '../../src/forest/quantile-forest.ts';
import { Random } from '../../src/forest/random.ts';
import { CALIBRATION_METHODS, calibrate, fitCalibration } from '../../src/metrics/calibration.ts';
import { fitIsotonic } from '../../src/metrics/isotonic.ts';
import { indicatorOf } from '../../src/metrics/predictions.ts';
import { scoreAll } from '../../src/metrics/score-all.ts';
import { classPredictions } from '../../src/model/predict.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { mustRun } from '../tools/run-program.ts';

type Task = 'regression' | 'classification';

interface ForestCase {
  readonly name: string;
  readonly task: Task;
  readonly x: number[][];
  readonly y: number[];
  readonly test: number[][];
  readonly params: Readonly<Record<string, unknown>>;
  readonly levels: number[];
}

interface Answers {
  readonly forests: {
    trees: { feature: number[]; threshold: number[]; left: number[]; value: number[][] }[];
    draws: number[][];
    prediction: number[][];
    score: number;
    quantiles: number[][] | null;
  }[];
  readonly calibrations: Record<'isotonic' | 'sigmoid', number[][]>[] & { curve: { x: number[]; y: number[] } }[];
}

const random = new Random(11);
/** scikit-learn keeps features in 32 bits. */
const cells = (rows: number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: 4 }, () => Math.fround(random.unit() * 10)));
const signal = (row: readonly number[]): number => row[0]! * 3 + (row[1]! > 5 ? 20 : 0) + random.unit() * 15;

/** Enough trees that every row is out of bag of one. */
function forestCases(): ForestCase[] {
  const x = cells(300);
  const y = x.map(signal);
  const levels = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95];
  const common = { x, test: cells(60), levels };
  const whole = y.map((value) => Math.round(value / 3));
  return [
    { ...common, name: 'regression, fully grown', task: 'regression', y: whole, params: { n_estimators: 40 } },
    {
      ...common,
      name: 'regression, leaves of seven rows, half of the rows drawn',
      task: 'regression',
      y,
      params: { n_estimators: 25, min_samples_leaf: 7, max_samples: 150 },
    },
    {
      ...common,
      name: 'two classes',
      task: 'classification',
      y: y.map((value) => (value > 35 ? 1 : 0)),
      params: { n_estimators: 40 },
    },
    {
      ...common,
      name: 'four classes, leaves of three rows',
      task: 'classification',
      y: y.map((value) => Math.min(3, Math.floor(value / 18))),
      params: { n_estimators: 40, min_samples_leaf: 3 },
    },
  ];
}

/** Probabilities that are shares of a few votes, and what came true. */
function calibrationCase(nClasses: number, rows: number) {
  const draw = () => {
    const code = random.below(nClasses);
    const votes = Array.from({ length: 30 }, () => (random.below(3) === 0 ? random.below(nClasses) : code));
    const shares = Array.from({ length: nClasses }, (_, k) => votes.filter((vote) => vote === k).length / votes.length);
    return { code: random.below(4) === 0 ? random.below(nClasses) : code, shares };
  };
  const drawn = Array.from({ length: rows }, draw);
  return {
    nClasses,
    codes: drawn.map(({ code }) => code),
    probabilities: drawn.map(({ shares }) => shares),
    asked: Array.from({ length: 200 }, () => draw().shares),
  };
}

function tableOf(rows: readonly number[][]): Table {
  const columns = rows[0]!.map((_, f) => {
    return {
      kind: 'numeric' as const,
      name: `f${f}`,
      integer: false,
      values: Float64Array.from(rows, (row) => row[f]!),
    };
  });
  return { nRows: rows.length, columns };
}

/** scikit-learn's trees as a forest of ours. */
function imported(task: Task, trees: Answers['forests'][number]['trees']): Forest {
  const starts = [0];
  for (const { feature } of trees) starts.push(starts.at(-1)! + feature.length);
  const nNodes = starts.at(-1)!;
  return {
    task,
    outputs: trees[0]!.value[0]!.length,
    features: Array.from({ length: 4 }, (_, f) => ({ name: `f${f}`, kind: 'numeric' })),
    treeStart: Int32Array.from(starts),
    feature: Int32Array.from(trees.flatMap(({ feature }) => feature)),
    threshold: Float64Array.from(trees.flatMap(({ threshold }) => threshold)),
    left: Int32Array.from(trees.flatMap(({ left }, t) => left.map((at) => (at === -1 ? -1 : at + starts[t]!)))),
    missingLeft: new Uint8Array(nNodes),
    categoryStart: new Int32Array(nNodes).fill(-1),
    categoryBits: new Uint32Array(),
    leaf: Int32Array.from({ length: nNodes }, (_, node) => node),
    values: Float64Array.from(trees.flatMap(({ value }) => value.flat())),
    importances: new Float64Array(4),
  };
}

const worst = (a: ArrayLike<number>, b: readonly number[]): number => {
  expect(a.length).toBe(b.length);
  return b.reduce((most, value, i) => Math.max(most, Math.abs(a[i]! - value) / Math.max(1, Math.abs(value))), 0);
};

describeWith(['python'], 'out of bag, calibration, quantiles and scikit-learn', () => {
  const forests = forestCases();
  const calibrations = [calibrationCase(2, 800), calibrationCase(2, 40), calibrationCase(4, 500)];
  let answers: Answers;

  beforeAll(async () => {
    const script = join(import.meta.dirname, 'out_of_bag.py');
    const input = JSON.stringify({ forests, calibrations });
    answers = JSON.parse(await mustRun(await pythonPeers(), ['-W', 'ignore', script], { input }));
  });

  it.each(forests.map((of, i) => [of.name, i] as const))('predict and score out of bag alike: %s', (_, i) => {
    const of = forests[i]!;
    const theirs = answers.forests[i]!;
    const forest = imported(of.task, theirs.trees);
    const { rows, values } = outOfBag(forest, tableOf(of.x), (tree, times) => times.set(theirs.draws[tree]!));
    expect([...rows]).toEqual([...of.x.keys()]);
    expect(worst(values, theirs.prediction.flat())).toBeLessThan(1e-12);
    const classes = Array.from({ length: forest.outputs }, (_, k) => String(k));
    const score =
      of.task === 'regression'
        ? scoreAll({ task: of.task, values: Float64Array.from(of.y) }, { task: of.task, values }).r2!
        : scoreAll({ task: of.task, classes, codes: Int32Array.from(of.y) }, classPredictions(classes, values))
            .accuracy!;
    expect(score).toBeCloseTo(theirs.score, 12);
  });

  it.each(forests.filter(({ task }) => task === 'regression').map((of, i) => [of.name, i] as const))(
    'the quantiles are those of exact weights: %s',
    (_, i) => {
      const of = forests[i]!;
      const theirs = answers.forests[i]!;
      const forest = imported(of.task, theirs.trees);
      const responses = leafResponses(forest, tableOf(of.x), Float64Array.from(of.y));
      const quantiles = predictQuantiles(forest, responses, tableOf(of.test), of.levels);
      expect([...quantiles]).toEqual(theirs.quantiles!.flat());
    },
  );

  it.each(calibrations.map((of, i) => [of.nClasses, of.codes.length, i] as const))(
    'calibrate %i classes on %i rows as CalibratedClassifierCV does',
    (nClasses, _, i) => {
      const codes = Int32Array.from(calibrations[i]!.codes);
      const probabilities = Float64Array.from(calibrations[i]!.probabilities.flat());
      const asked = Float64Array.from(calibrations[i]!.asked.flat());
      const theirs = answers.calibrations[i]!;
      const gap = Object.fromEntries(
        CALIBRATION_METHODS.map((method) => {
          const ours = calibrate(fitCalibration(method, codes, probabilities, nClasses), asked, nClasses);
          return [method, worst(ours, theirs[method].flat())];
        }),
      );
      expect(gap.isotonic).toBeLessThan(1e-12);
      // Found by another minimiser, which stops a little earlier.
      expect(gap.sigmoid).toBeLessThan(1e-4);
      const score = probabilities.filter((_, at) => at % nClasses === 1);
      const curve = fitIsotonic(score, indicatorOf(codes, 1));
      expect(worst(curve.x, theirs.curve.x)).toBe(0);
      expect(worst(curve.y, theirs.curve.y)).toBeLessThan(1e-12);
    },
  );
});
