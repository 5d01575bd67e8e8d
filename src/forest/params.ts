import type { Column } from '../data/table.ts';
import { didYouMean } from '../errors/suggest.ts';
import { MOST_CATEGORIES } from './binned-features.ts';
import { usedCategories } from './bins.ts';
import type { ForestParams, TrainingSet } from './engine.ts';

/** scikit-learn's defaults of its random forests. */
export function defaultParams(task: 'classification' | 'regression'): ForestParams {
  return {
    nEstimators: 100,
    criterion: task === 'classification' ? 'gini' : 'squared_error',
    maxDepth: null,
    maxFeatures: task === 'classification' ? 'sqrt' : null,
    minSamplesSplit: 2,
    minSamplesLeaf: 1,
    maxLeafNodes: null,
    minImpurityDecrease: 0,
    bootstrap: true,
    maxSamples: null,
    classWeight: null,
    splitter: 'best',
    maxBins: 255,
    randomState: 0,
  };
}

/** Above so much the squares that measure a split of numbers overflow. */
const LARGEST_TARGET = 1e100;

/** Shares of classes in different leaves: 8 GB, and as much again while they are collected. */
const MOST_SHARES = 2 ** 30;
/** With so many classes hardly a leaf holds more rows than it must, so that the number of leaves can be told before. */
const MANY_CLASSES = 10;

/** What a schema cannot know: whether parameters fit the task, the data and one another. One sentence a fault. */
export function checkParams(params: ForestParams, set: TrainingSet): string[] {
  return [...taskFaults(params, set), ...countFaults(params, set), ...dataFaults(set), ...sizeFaults(params, set)];
}

function taskFaults({ criterion, classWeight }: ForestParams, { target }: TrainingSet): string[] {
  const faults: string[] = [];
  const classification = target.task === 'classification';
  if (classification !== (criterion !== 'squared_error')) {
    const allowed = classification ? 'gini or entropy' : 'squared_error';
    faults.push(`"criterion" is "${criterion}", expected ${allowed} for ${target.task}`);
  }
  if (!classification) {
    if (classWeight !== null) faults.push('"class-weight" is set, but regression has no classes');
    return faults;
  }
  if (classWeight === null || typeof classWeight === 'string') return faults;
  const listed = `${target.classes.slice(0, 20).join(', ')}${target.classes.length > 20 ? ', …' : ''}`;
  for (const [name, weight] of Object.entries(classWeight)) {
    if (!target.classes.includes(name)) {
      faults.push(
        `"class-weight" names "${name}", which is no class. Classes: ${listed}${didYouMean(name, target.classes).replace(' ', '. ')}`,
      );
    }
    if (!isWeight(weight)) {
      faults.push(`"class-weight" of "${name}" is "${weight}", expected a finite number above 0`);
    }
  }
  return faults;
}

function countFaults(params: ForestParams, { features }: TrainingSet): string[] {
  const faults: string[] = [];
  const { nRows } = features;
  const nFeatures = features.columns.length;
  const { maxFeatures, maxSamples } = params;
  if (typeof maxFeatures === 'number' && !isCountOrShare(maxFeatures)) {
    faults.push(`"max-features" is "${maxFeatures}", expected a whole number from 1 up or a share below 1`);
  }
  if (maxSamples !== null && !isCountOrShare(maxSamples)) {
    faults.push(`"max-samples" is "${maxSamples}", expected a whole number above 1 or a share of the rows up to 1`);
  }
  if (!params.bootstrap && maxSamples !== null) {
    faults.push('"max-samples" is set, but without bootstrap every tree sees all rows');
  }
  if (typeof maxFeatures === 'number' && maxFeatures > Math.max(1, nFeatures)) {
    faults.push(`"max-features" is "${maxFeatures}", but there are only ${nFeatures} features`);
  }
  if (maxSamples !== null && maxSamples > Math.max(1, nRows)) {
    faults.push(`"max-samples" is "${maxSamples}", but there are only ${nRows} rows`);
  }
  // Every tree would be one leaf. Where there are hardly any rows, that is said instead.
  const { minSamplesSplit, minSamplesLeaf } = params;
  if (minSamplesSplit > Math.max(2, nRows)) {
    faults.push(`"min-samples-split" is "${minSamplesSplit}", but there are only ${nRows} rows: none could be split`);
  }
  if (minSamplesLeaf >= 1 ? 2 * minSamplesLeaf > Math.max(2, nRows) : minSamplesLeaf > 0.5) {
    faults.push(
      `"min-samples-leaf" is "${minSamplesLeaf}", but of ${nRows} rows no two leaves can have so many: none could be split`,
    );
  }
  return faults;
}

function dataFaults({ features, target, sampleWeight }: TrainingSet): string[] {
  const { nRows, columns } = features;
  const faults: string[] = [];
  const responses = target.task === 'classification' ? target.codes : target.values;
  if (responses.length !== nRows) faults.push(`the target has ${responses.length} values for ${nRows} rows`);
  if (nRows < 2) {
    faults.push(
      nRows === 0 ? 'there is no row to train on' : 'there is one row to train on, which tells nothing apart',
    );
  } else if (responses.every((value) => value === responses[0])) {
    const value = target.task === 'classification' ? target.classes[responses[0]!] : responses[0];
    faults.push(`the target is "${value}" in all ${nRows} rows to train on: there is nothing to learn`);
  }
  if (target.task === 'regression') {
    const wrong = target.values.find((value) => !(Math.abs(value) <= LARGEST_TARGET));
    if (wrong !== undefined) {
      faults.push(`the target has the value "${wrong}", expected numbers from -${LARGEST_TARGET} to ${LARGEST_TARGET}`);
    }
  }
  if (sampleWeight && sampleWeight.length !== nRows) {
    faults.push(`there are ${sampleWeight.length} sample weights for ${nRows} rows`);
  }
  const wrong = sampleWeight?.findIndex((weight) => !isWeight(weight)) ?? -1;
  if (wrong !== -1) {
    faults.push(`the sample weight of row ${wrong + 1} is "${sampleWeight![wrong]}", expected a finite number above 0`);
  }
  for (const column of columns) {
    if (column.kind === 'numeric' && column.values.some((value) => value === Infinity || value === -Infinity)) {
      faults.push(`feature "${column.name}" has infinite values, expected finite numbers or missing cells`);
    }
  }
  for (const column of columns) {
    if (column.kind !== 'categorical' || column.categories.length <= MOST_CATEGORIES) continue;
    const size = usedCategories(column).length;
    if (size > MOST_CATEGORIES) {
      faults.push(
        `feature "${column.name}" has ${size} categories, expected at most ${MOST_CATEGORIES}: group the rare ones, or exclude it`,
      );
    }
  }
  if (columns.length === 0) faults.push('no feature is left: every column is excluded, constant or an identifier');
  else if (nRows > 1 && !columns.some(varies)) {
    const names = columns.slice(0, 5).map(({ name }) => `"${name}"`);
    faults.push(
      `no feature varies in the rows to train on: ${names.join(', ')}${columns.length > 5 ? ' …' : ''} have one value each`,
    );
  }
  return faults;
}

function sizeFaults(params: ForestParams, { features, target }: TrainingSet): string[] {
  if (target.task !== 'classification' || target.classes.length < MANY_CLASSES) return [];
  const { nEstimators, maxDepth, maxLeafNodes, bootstrap, maxSamples } = params;
  const { minSamplesLeaf, minSamplesSplit } = paramsInRows(params, features.nRows);
  const isLimited = minSamplesLeaf > 1 || minSamplesSplit > 2 || maxDepth !== null || maxLeafNodes !== null;
  // Leaves of one class are the same in all trees.
  if (!isLimited) return [];
  const drawn = bootstrap ? Math.min(0.632 * features.nRows, sampleCount(maxSamples, features.nRows)) : features.nRows;
  const leaves = Math.min(
    drawn / Math.max(2, minSamplesLeaf, minSamplesSplit / 2),
    maxLeafNodes ?? Number.POSITIVE_INFINITY,
    maxDepth !== null && maxDepth < 31 ? 1 << maxDepth : Number.POSITIVE_INFINITY,
  );
  const shares = nEstimators * leaves * target.classes.length;
  if (shares <= MOST_SHARES) return [];
  return [
    `${nEstimators} trees of about ${Math.round(leaves)} leaves with the shares of ${target.classes.length} classes need ${Math.round((8 * shares) / 1e9)} GB of memory; lower "n-estimators" or "max-leaf-nodes", or raise "min-samples-leaf"`,
  ];
}

function isWeight(weight: number): boolean {
  return weight > 0 && weight < Number.POSITIVE_INFINITY;
}

function isCountOrShare(value: number): boolean {
  return value > 0 && (value < 1 || Number.isSafeInteger(value));
}

/** Whether two cells differ; a missing one differs from all others. */
function varies(column: Column): boolean {
  const cells = column.kind === 'categorical' ? column.codes : column.values;
  return cells.some((cell) => !Object.is(cell, cells[0]) && cell !== cells[0]);
}

/** Number of features that are looked at for each split. */
export function featureCount(maxFeatures: ForestParams['maxFeatures'], nFeatures: number): number {
  if (maxFeatures === null) return nFeatures;
  if (maxFeatures === 'sqrt') return Math.max(1, Math.floor(Math.sqrt(nFeatures)));
  if (maxFeatures === 'log2') return 31 - Math.clz32(Math.max(2, nFeatures));
  return maxFeatures >= 1
    ? Math.min(nFeatures, Math.floor(maxFeatures))
    : Math.max(1, Math.floor(maxFeatures * nFeatures));
}

/** Number of rows that are drawn for each tree. */
export function sampleCount(maxSamples: number | null, nRows: number): number {
  if (maxSamples === null) return nRows;
  return maxSamples > 1 ? Math.min(nRows, Math.floor(maxSamples)) : Math.max(1, Math.floor(maxSamples * nRows));
}

/** The same parameters with `minSamplesSplit` and `minSamplesLeaf` in rows where they are shares of them. */
export function paramsInRows(params: ForestParams, nRows: number): ForestParams {
  const { minSamplesSplit, minSamplesLeaf } = params;
  return {
    ...params,
    minSamplesSplit: minSamplesSplit > 1 ? minSamplesSplit : Math.max(2, Math.ceil(minSamplesSplit * nRows)),
    minSamplesLeaf: minSamplesLeaf >= 1 ? minSamplesLeaf : Math.ceil(minSamplesLeaf * nRows),
  };
}
