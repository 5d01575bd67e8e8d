import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { ForestParams, Task, TrainingSet } from '../../src/forest/engine.ts';
import { fitForest } from '../../src/forest/fit.ts';
import { defaultParams, featureCount, sampleCount } from '../../src/forest/params.ts';
import { predictForest } from '../../src/forest/predict-forest.ts';
import { Random } from '../../src/forest/random.ts';
import { rootMeanSquaredError } from '../../src/metrics/regression.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { mustRun } from '../tools/run-program.ts';

interface Case {
  readonly name: string;
  readonly task: Task;
  readonly x: number[][];
  readonly y: number[];
  readonly weights?: number[];
  readonly test: number[][];
  /** scikit-learn's, by its names; `"0.1f"` is a float. */
  readonly params: Record<string, unknown>;
  readonly ours: Partial<ForestParams>;
}

interface ForestCase extends Case {
  readonly testY: number[];
  readonly splitter: 'best' | 'random';
  readonly seeds: number[];
}

interface Answers {
  readonly trees: { test: number[]; splits: number; importances: number[] }[];
  readonly losses: number[][];
  readonly features: number[][];
  readonly rows: number[][];
}

const random = new Random(7);
const normal = (): number => Array.from({ length: 12 }, () => random.unit()).reduce((sum, u) => sum + u, -6);
/** Single precision, which is what scikit-learn makes of features. */
const cells = (rows: number, width: number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: width }, () => Math.fround(normal())));
const signal = (row: readonly number[]): number => 2 * row[0]! + (row[1]! > 0 ? 1.5 * row[2]! : 0) + normal() / 3;

/** 250 rows, so that every value of a feature has a bin of its own. */
function treeCases(): Case[] {
  const x = cells(250, 4);
  const test = cells(200, 4);
  const y = x.map(signal);
  const weights = y.map(() => 0.25 + 2 * random.unit());
  const three = y.map((value) => (value < -1 ? 0 : value < 1 ? 1 : 2));
  const two = y.map((value) => (value < 1.5 ? 0 : 1));
  const regression = { task: 'regression', x, y, test } as const;
  const classes = { task: 'classification', x, y: three, test } as const;
  const many = (count: number): Partial<Case> => {
    const order = [...y.keys()].sort((i, j) => y[i]! - y[j]!);
    const labels = new Array<number>(y.length);
    for (const [rank, i] of order.entries()) labels[i] = Math.floor((rank * count) / y.length);
    return { y: labels };
  };
  return [
    {
      ...regression,
      name: 'shares of the rows in a leaf and a split',
      params: { min_samples_leaf: '0.031f', min_samples_split: '0.17f' },
      ours: { minSamplesLeaf: 0.031, minSamplesSplit: 0.17 },
    },
    {
      ...regression,
      name: 'a split of no fewer than all rows',
      params: { min_samples_split: '1.0f' },
      ours: { minSamplesSplit: 1 },
    },
    {
      ...regression,
      name: 'least decrease, with weights',
      weights,
      params: { min_impurity_decrease: 0.03, min_samples_leaf: 3 },
      ours: { minImpurityDecrease: 0.03, minSamplesLeaf: 3 },
    },
    {
      ...classes,
      name: 'least decrease, classes with weights',
      weights,
      params: { min_impurity_decrease: 0.01, min_samples_leaf: 3 },
      ours: { minImpurityDecrease: 0.01, minSamplesLeaf: 3 },
    },
    {
      ...classes,
      name: 'least decrease of entropy, two classes with weights',
      y: two,
      weights,
      params: { criterion: 'entropy', min_impurity_decrease: 0.02, min_samples_leaf: 4 },
      ours: { criterion: 'entropy', minImpurityDecrease: 0.02, minSamplesLeaf: 4 },
    },
    {
      ...classes,
      name: 'a weight for some classes, the others weigh 1',
      weights,
      params: { class_weight: { 0: 3.5 }, max_depth: 4, min_samples_leaf: 4 },
      ours: { classWeight: { 0: 3.5 }, maxDepth: 4, minSamplesLeaf: 4 },
    },
    {
      ...classes,
      name: 'balanced classes, best first',
      params: { class_weight: 'balanced', max_leaf_nodes: 9 },
      ours: { classWeight: 'balanced', maxLeafNodes: 9 },
    },
    {
      ...classes,
      name: 'balanced classes with weights',
      weights,
      params: { class_weight: 'balanced', max_depth: 3, min_samples_leaf: 4 },
      ours: { classWeight: 'balanced', maxDepth: 3, minSamplesLeaf: 4 },
    },
    {
      ...classes,
      name: 'balanced by the rows of a tree that has them all',
      params: { class_weight: 'balanced_subsample', criterion: 'entropy', max_depth: 3, min_samples_leaf: 4 },
      ours: { classWeight: 'balanced_subsample', criterion: 'entropy', maxDepth: 3, minSamplesLeaf: 4 },
    },
    { ...regression, name: 'two leaves', params: { max_leaf_nodes: 2 }, ours: { maxLeafNodes: 2 } },
    {
      ...regression,
      name: 'best first, with weights, a least leaf and a depth',
      weights,
      params: { max_leaf_nodes: 14, max_depth: 4, min_samples_leaf: 3 },
      ours: { maxLeafNodes: 14, maxDepth: 4, minSamplesLeaf: 3 },
    },
    {
      ...classes,
      name: 'best first by entropy until nothing can be split',
      y: two,
      params: { max_leaf_nodes: 1000, min_samples_leaf: 15, criterion: 'entropy' },
      ours: { maxLeafNodes: 1000, minSamplesLeaf: 15, criterion: 'entropy' },
    },
    {
      ...classes,
      ...many(40),
      name: '40 classes',
      params: { min_samples_leaf: 12 },
      ours: { minSamplesLeaf: 12 },
    },
    {
      ...classes,
      ...many(120),
      name: '120 classes by entropy',
      params: { criterion: 'entropy', max_depth: 3, min_samples_leaf: 10 },
      ours: { criterion: 'entropy', maxDepth: 3, minSamplesLeaf: 10 },
    },
  ];
}

function forestCase(of: Pick<ForestCase, 'name' | 'task' | 'splitter' | 'params' | 'ours'>, share: number): ForestCase {
  const x = cells(1600, 6);
  const values = x.map(signal);
  const cut = [...values].sort((a, b) => a - b)[Math.floor(values.length * share)]!;
  const y = of.task === 'regression' ? values : values.map((value) => (value < cut ? 0 : 1));
  const half = x.length / 2;
  const seeds = [0, 1, 2, 3, 4];
  return { ...of, x: x.slice(0, half), y: y.slice(0, half), test: x.slice(half), testY: y.slice(half), seeds };
}

function setOf({ task, x, y, weights }: Case): TrainingSet {
  const classes = [...new Set(y)].sort((a, b) => a - b).map(String);
  return {
    features: tableOf(x),
    target:
      task === 'regression' ? { task, values: Float64Array.from(y) } : { task, classes, codes: Int32Array.from(y) },
    ...(weights ? { sampleWeight: Float64Array.from(weights) } : {}),
  };
}

function tableOf(rows: number[][]) {
  const columns = rows[0]!.map((_, f) => ({
    kind: 'numeric' as const,
    name: `f${f}`,
    integer: false,
    values: Float64Array.from(rows, (row) => row[f]!),
  }));
  return { nRows: rows.length, columns };
}

/** As in the Python part: a class that no tree has seen must not decide alone. */
function logLoss(y: readonly number[], shares: Float64Array): number {
  const clipped = (share: number): number => Math.min(0.995, Math.max(0.005, share));
  const sum = y.reduce((total, label, i) => total - Math.log(clipped(shares[2 * i + label]!)), 0);
  return sum / y.length;
}

const worst = (a: ArrayLike<number>, b: readonly number[]): number =>
  b.reduce((most, value, i) => Math.max(most, Math.abs(a[i]! - value) / Math.max(1, Math.abs(value))), 0);
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
const variance = (values: readonly number[]): number =>
  values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0) / (values.length - 1);

const MAX_FEATURES = ['sqrt', 'log2', null, 1, 2, 3, '0.001f', '0.29f', '0.5f', '0.7f', '0.99f'];
const MAX_SAMPLES = [null, 2, 3, 5, '0.001f', '0.29f', '0.5f', '0.55f', '0.7f', '0.999f', '1.0f'];
const asNumber = (asked: string | number | null): number | null =>
  typeof asked === 'string' ? Number(asked.slice(0, -1)) : asked;

describeWith(['python'], 'parameters in their corners', () => {
  const trees = treeCases();
  const forests = [
    forestCase(
      {
        name: 'extremely randomised trees, numbers',
        task: 'regression',
        splitter: 'random',
        params: { n_estimators: 40 },
        ours: { nEstimators: 40, splitter: 'random', bootstrap: false },
      },
      0.5,
    ),
    forestCase(
      {
        name: 'extremely randomised trees, two classes by entropy',
        task: 'classification',
        splitter: 'random',
        params: { n_estimators: 40, criterion: 'entropy' },
        ours: { nEstimators: 40, splitter: 'random', bootstrap: false, criterion: 'entropy' },
      },
      0.5,
    ),
    forestCase(
      {
        name: 'a share of rows and features, and of rows in a leaf',
        task: 'regression',
        splitter: 'best',
        params: { n_estimators: 40, max_samples: 0.4, max_features: 0.5, min_samples_leaf: 0.005 },
        ours: { nEstimators: 40, maxSamples: 0.4, maxFeatures: 0.5, minSamplesLeaf: 0.005 },
      },
      0.5,
    ),
    forestCase(
      {
        name: 'a class of a tenth of the rows, balanced in each tree',
        task: 'classification',
        splitter: 'best',
        params: { n_estimators: 40, class_weight: 'balanced_subsample', min_samples_leaf: 10 },
        ours: { nEstimators: 40, classWeight: 'balanced_subsample', minSamplesLeaf: 10 },
      },
      0.9,
    ),
    // scikit-learn draws rows by their weights; here they weigh in the trees that drew them, which may only be better.
    forestCase(
      {
        name: 'a class of a tenth of the rows, balanced',
        task: 'classification',
        splitter: 'best',
        params: { n_estimators: 40, class_weight: 'balanced', min_samples_leaf: 10 },
        ours: { nEstimators: 40, classWeight: 'balanced', minSamplesLeaf: 10 },
      },
      0.9,
    ),
  ];
  const widths = Array.from({ length: 40 }, (_, i) => i + 3);
  const sizes = [5, 7, 10, 100, 101, 12_345];
  let answers: Answers;

  beforeAll(async () => {
    const script = join(import.meta.dirname, 'forest-params.py');
    const input = JSON.stringify({ trees, forests, widths, sizes, maxFeatures: MAX_FEATURES, maxSamples: MAX_SAMPLES });
    answers = JSON.parse(await mustRun(await pythonPeers(), ['-W', 'ignore', script], { input }));
  });

  it('max-features looks at as many features', () => {
    const ours = MAX_FEATURES.map((asked) =>
      widths.map((width) => featureCount(asked === 'sqrt' || asked === 'log2' ? asked : asNumber(asked), width)),
    );
    expect(ours).toEqual(answers.features);
  });

  it('max-samples draws as many rows', () => {
    expect(MAX_SAMPLES.map((asked) => sizes.map((size) => sampleCount(asNumber(asked), size)))).toEqual(answers.rows);
  });

  it.each(trees.map((tree, i) => [tree.name, i] as const))('the same tree grows: %s', async (_, i) => {
    const of = trees[i]!;
    const theirs = answers.trees[i]!;
    const one = { nEstimators: 1, bootstrap: false, maxFeatures: null } as const;
    const forest = await fitForest(setOf(of), { ...defaultParams(of.task), ...one, ...of.ours }, { nJobs: 1 });
    expect((forest.feature.length - 1) / 2).toBe(theirs.splits);
    expect(worst(predictForest(forest, tableOf(of.test)), theirs.test)).toBeLessThan(1e-12);
    expect(worst(forest.importances, theirs.importances)).toBeLessThan(1e-9);
  });

  it.each(forests.map((forest, i) => [forest.name, i] as const))('forests are as good: %s', async (_, i) => {
    const of = forests[i]!;
    const ours: number[] = [];
    for (const randomState of of.seeds) {
      const params = { ...defaultParams(of.task), ...of.ours, randomState };
      const predicted = predictForest(await fitForest(setOf(of), params, { nJobs: 2 }), tableOf(of.test));
      ours.push(
        of.task === 'regression'
          ? rootMeanSquaredError(Float64Array.from(of.testY), predicted)
          : logLoss(of.testY, predicted),
      );
    }
    const theirs = answers.losses[i]!;
    const noise = Math.sqrt((variance(ours) + variance(theirs)) / ours.length);
    const worse = mean(ours) - mean(theirs);
    const bound = Math.max(4 * noise, 0.01 * mean(theirs));
    const figures = `${mean(ours)}, ${mean(theirs)}, noise ${noise}`;
    expect(worse, figures).toBeLessThan(bound);
    if (of.ours.classWeight !== 'balanced') expect(worse, figures).toBeGreaterThan(-bound);
  });
});
