import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Column, Table } from '../../src/data/table.ts';
import type { ForestParams, TrainingSet } from '../../src/forest/engine.ts';
import { fitForest } from '../../src/forest/fit.ts';
import type { Forest } from '../../src/forest/forest.ts';
import { defaultParams } from '../../src/forest/params.ts';
import { predictForest } from '../../src/forest/predict-forest.ts';
import { Random } from '../../src/forest/random.ts';
import { rocAuc } from '../../src/metrics/ranking.ts';
import { rootMeanSquaredError } from '../../src/metrics/regression.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { mustRun } from '../tools/run-program.ts';

type Cells = (number | null)[][];
type Task = 'regression' | 'classification';

interface TreeCase {
  readonly name: string;
  readonly task: Task;
  readonly x: Cells;
  readonly y: number[];
  readonly weights?: number[];
  readonly test: Cells;
  /** scikit-learn's, by its names. */
  readonly params: Record<string, unknown>;
  readonly ours: Partial<ForestParams>;
}

interface ForestCase {
  readonly name: string;
  readonly task: Task;
  readonly x: Cells;
  readonly y: number[];
  readonly test: Cells;
  readonly testY: number[];
  /** Columns that hold codes of categories. */
  readonly oneHot: number[];
  readonly seeds: number[];
  readonly params: Record<string, unknown>;
  readonly ours: Partial<ForestParams>;
}

interface Answers {
  readonly trees: { train: number[]; test: number[]; decreases: number[]; importances: number[] }[];
  readonly forests: number[][];
}

const random = new Random(20);
const normal = (): number => Array.from({ length: 12 }, () => random.unit()).reduce((sum, u) => sum + u, -6);
/** scikit-learn keeps features in 32 bits. */
const cells = (rows: number, width: number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: width }, () => Math.fround(normal())));
const holes = (rows: number[][], share: number): Cells =>
  rows.map((row) => row.map((cell) => (random.unit() < share ? null : cell)));
const signal = (row: readonly (number | null)[]): number =>
  (row[0] ?? 1) * 2 + ((row[1] ?? 0) > 0 ? 1.5 : 0) * (row[2] ?? 0.5) + normal() / 3;

/** 250 rows, so that every value of a feature has a bin of its own. */
function treeCases(): TreeCase[] {
  const x = cells(250, 5);
  const test = cells(300, 5);
  const y = x.map(signal);
  const weights = y.map(() => 0.5 + random.unit());
  const labels = y.map((value) => (value < -1 ? 0 : value < 1 ? 1 : 2));
  const two = labels.map((label) => (label > 0 ? 1 : 0));
  const missing = { x: holes(x, 0.2), test: holes(test, 0.2) };
  const regression = { task: 'regression', x, y, test } as const;
  const classes = { task: 'classification', x, y: labels, test, weights } as const;
  return [
    { ...regression, name: 'five rows a leaf', params: { min_samples_leaf: 5 }, ours: { minSamplesLeaf: 5 } },
    { ...regression, name: 'depth 4', params: { max_depth: 4 }, ours: { maxDepth: 4 } },
    { ...regression, name: 'best first', params: { max_leaf_nodes: 12 }, ours: { maxLeafNodes: 12 } },
    {
      ...regression,
      name: 'least decrease',
      params: { min_impurity_decrease: 0.02, min_samples_leaf: 4 },
      ours: { minImpurityDecrease: 0.02, minSamplesLeaf: 4 },
    },
    {
      ...regression,
      name: 'weights and split size',
      weights,
      params: { min_samples_split: 30 },
      ours: { minSamplesSplit: 30 },
    },
    { ...regression, ...missing, name: 'missing cells', params: { min_samples_leaf: 5 }, ours: { minSamplesLeaf: 5 } },
    {
      ...regression,
      ...missing,
      name: 'missing cells, best first',
      params: { max_leaf_nodes: 12, min_samples_leaf: 4 },
      ours: { maxLeafNodes: 12, minSamplesLeaf: 4 },
    },
    { ...classes, name: 'gini, three classes', params: { min_samples_leaf: 4 }, ours: { minSamplesLeaf: 4 } },
    {
      ...classes,
      name: 'entropy, three classes',
      params: { criterion: 'entropy', min_samples_leaf: 4 },
      ours: { criterion: 'entropy', minSamplesLeaf: 4 },
    },
    { ...classes, y: two, name: 'gini, two classes', params: { min_samples_leaf: 6 }, ours: { minSamplesLeaf: 6 } },
    {
      ...classes,
      ...missing,
      y: two,
      name: 'gini, two classes, missing cells',
      params: { max_depth: 4, min_samples_leaf: 4 },
      ours: { maxDepth: 4, minSamplesLeaf: 4 },
    },
    {
      ...classes,
      ...missing,
      name: 'entropy, missing cells, least decrease',
      params: { criterion: 'entropy', min_impurity_decrease: 0.02 },
      ours: { criterion: 'entropy', minImpurityDecrease: 0.02 },
    },
    { ...regression, name: 'fully grown', params: {}, ours: {} },
    { ...classes, name: 'fully grown, classes', params: {}, ours: {} },
  ];
}

function bikeCase(): ForestCase {
  const file = join(import.meta.dirname, '../../examples/bike-sharing/bike-sharing-hourly.csv');
  const [header, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  const names = header!.split(',');
  const kept = [
    'season',
    'yr',
    'mnth',
    'hr',
    'holiday',
    'weekday',
    'workingday',
    'weathersit',
    'temp',
    'hum',
    'windspeed',
  ];
  const rows = new Random(1).rowsWithout(lines.length, 6000);
  const parsed = Array.from(rows, (row) => lines[row]!.split(',').map(Number));
  const x = parsed.map((line) => kept.map((name) => Math.fround(line[names.indexOf(name)]!)));
  const y = parsed.map((line) => line[names.indexOf('cnt')]!);
  const isTest = (_: unknown, i: number): boolean => i % 2 === 1;
  const isTrain = (_: unknown, i: number): boolean => i % 2 === 0;
  return {
    name: 'bike rentals',
    task: 'regression',
    x: x.filter(isTrain),
    y: y.filter(isTrain),
    test: x.filter(isTest),
    testY: y.filter(isTest),
    oneHot: [],
    seeds: [0, 1, 2, 3, 4],
    params: { n_estimators: 40 },
    ours: { nEstimators: 40 },
  };
}

/** Six numbers with more values than bins, and `categories` columns of eight categories, of which half mean the opposite. */
function classCase(categories: number): ForestCase {
  const rows = 6000;
  const numeric = cells(rows, 6);
  const codes = numeric.map(() => Array.from({ length: categories }, () => random.below(8)));
  const x = numeric.map((row, i) => [...row, ...codes[i]!]);
  const y = x.map((row, i) => {
    const flips = codes[i]!.reduce((sum, code) => sum + ([1, 4, 6, 7].includes(code) ? 1 : -1), 0);
    return row[0]! + row[1]! * row[2]! + (categories > 0 ? flips * 1.2 : 0) + 1.5 * normal() > 0 ? 1 : 0;
  });
  return {
    name: categories > 0 ? 'two classes, categories' : 'two classes, numbers',
    task: 'classification',
    x: x.slice(0, rows / 2),
    y: y.slice(0, rows / 2),
    test: x.slice(rows / 2),
    testY: y.slice(rows / 2),
    oneHot: Array.from({ length: categories }, (_, k) => 6 + k),
    seeds: [0, 1, 2, 3, 4],
    params: { n_estimators: 60 },
    ours: { nEstimators: 60 },
  };
}

function tableOf(rows: Cells, categorical: readonly number[] = []): Table {
  const columns = rows[0]!.map((_, f): Column => {
    const name = `f${f}`;
    if (!categorical.includes(f)) {
      return { kind: 'numeric', name, integer: false, values: Float64Array.from(rows, (row) => row[f] ?? Number.NaN) };
    }
    const categories = Array.from({ length: 8 }, (_, code) => `category ${code}`);
    return { kind: 'categorical', name, categories, codes: Int32Array.from(rows, (row) => row[f]!) };
  });
  return { nRows: rows.length, columns };
}

function setOf(of: { task: Task; x: Cells; y: number[]; weights?: number[]; oneHot?: number[] }): TrainingSet {
  const features = tableOf(of.x, of.oneHot);
  const classes = [...new Set(of.y)].sort().map(String);
  return {
    features,
    target:
      of.task === 'regression'
        ? { task: 'regression', values: Float64Array.from(of.y) }
        : { task: 'classification', classes, codes: Int32Array.from(of.y) },
    ...(of.weights ? { sampleWeight: Float64Array.from(of.weights) } : {}),
  };
}

/** The decrease of impurity at each split of the first tree, worked out from the rows that reach it; greatest first. */
function decreases(
  forest: Forest,
  { features, target }: TrainingSet,
  weights: Float64Array,
  entropy: boolean,
): number[] {
  const size = forest.treeStart[1]!;
  const impurityOf = (rows: readonly number[]): number => {
    const total = rows.reduce((sum, row) => sum + weights[row]!, 0);
    if (target.task === 'regression') {
      const mean = rows.reduce((sum, row) => sum + weights[row]! * target.values[row]!, 0) / total;
      return rows.reduce((sum, row) => sum + weights[row]! * (target.values[row]! - mean) ** 2, 0);
    }
    const shares = target.classes.map(
      (_, k) => rows.reduce((sum, row) => sum + (target.codes[row] === k ? weights[row]! : 0), 0) / total,
    );
    return total * shares.reduce((s, p) => s + (entropy ? (p > 0 ? -p * Math.log2(p) : 0) : p * (1 - p)), 0);
  };
  const rowsOf: number[][] = Array.from({ length: size }, () => []);
  rowsOf[0] = [...Array(features.nRows).keys()];
  const found: number[] = [];
  const all = weights.reduce((sum, w) => sum + w, 0);
  for (let node = 0; node < size; node++) {
    const f = forest.feature[node]!;
    if (f === -1) continue;
    const column = features.columns[f] as Extract<Column, { kind: 'numeric' }>;
    const left = forest.left[node]!;
    for (const row of rowsOf[node]!) {
      const cell = column.values[row]!;
      const goesLeft = Number.isNaN(cell) ? forest.missingLeft[node] === 1 : cell <= forest.threshold[node]!;
      rowsOf[goesLeft ? left : left + 1]!.push(row);
    }
    const children = impurityOf(rowsOf[left]!) + impurityOf(rowsOf[left + 1]!);
    found.push((impurityOf(rowsOf[node]!) - children) / all);
  }
  return found.sort((a, b) => b - a);
}

const worst = (a: ArrayLike<number>, b: readonly number[]): number =>
  b.reduce((most, value, i) => Math.max(most, Math.abs(a[i]! - value) / Math.max(1, Math.abs(value))), 0);

describeWith(['python'], 'the forest and scikit-learn', () => {
  const trees = treeCases();
  const forests = [bikeCase(), classCase(0), classCase(3)];
  let answers: Answers;

  beforeAll(async () => {
    const script = join(import.meta.dirname, 'forest.py');
    const input = JSON.stringify({ trees, forests });
    answers = JSON.parse(await mustRun(await pythonPeers(), ['-W', 'ignore', script], { input }));
  });

  it.each(trees.map((tree, i) => [tree.name, i] as const))('grow the same tree: %s', async (_, i) => {
    const of = trees[i]!;
    const theirs = answers.trees[i]!;
    const set = setOf(of);
    const one = { nEstimators: 1, bootstrap: false, maxFeatures: null } as const;
    const params = { ...defaultParams(of.task), ...one, ...of.ours };
    const forest = await fitForest(set, params, { nJobs: 1 });
    expect(worst(predictForest(forest, set.features), theirs.train)).toBeLessThan(1e-12);
    // Of two rows any feature tells them apart: only on the training rows are fully grown trees the same.
    if (Object.keys(of.ours).length === 0) return;
    expect(worst(predictForest(forest, tableOf(of.test)), theirs.test)).toBeLessThan(1e-12);
    expect(worst(forest.importances, theirs.importances)).toBeLessThan(1e-9);
    const weights = set.sampleWeight ?? new Float64Array(of.y.length).fill(1);
    // Rounding lets scikit-learn split pure nodes, to no effect.
    const real = (found: number[]): number[] => found.filter((decrease) => decrease > 1e-12);
    const ours = real(decreases(forest, set, weights, params.criterion === 'entropy'));
    expect(ours.length).toBe(real(theirs.decreases).length);
    expect(worst(ours, real(theirs.decreases))).toBeLessThan(1e-9);
  });

  it.each(forests.map((forest, i) => [forest.name, i] as const))('are as good with bootstrap: %s', async (_, i) => {
    const of = forests[i]!;
    const test = tableOf(of.test, of.oneHot);
    const scores: number[] = [];
    for (const randomState of of.seeds) {
      const params = { ...defaultParams(of.task), ...of.ours, randomState };
      const predicted = predictForest(await fitForest(setOf(of), params, { nJobs: 2 }), test);
      scores.push(
        of.task === 'regression'
          ? -rootMeanSquaredError(Float64Array.from(of.testY), predicted)
          : rocAuc(
              Uint8Array.from(of.testY),
              predicted.filter((_, at) => at % 2 === 1),
            ),
      );
    }
    const theirs = answers.forests[i]!.map((score) => (of.task === 'regression' ? -score : score));
    const mean = (values: number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
    const variance = (values: number[]): number =>
      values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0) / (values.length - 1);
    const noise = Math.sqrt((variance(scores) + variance(theirs)) / scores.length);
    const better = mean(scores) - mean(theirs);
    expect(better, `${mean(scores)} and ${mean(theirs)}, noise ${noise}`).toBeGreaterThan(-3 * noise);
    // Categories need no one-hot columns here, which may only help.
    if (of.oneHot.length === 0) expect(better, `noise ${noise}`).toBeLessThan(3 * noise);
  });
});
