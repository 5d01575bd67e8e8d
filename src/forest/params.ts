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

/** What a schema cannot know: whether parameters fit the task, the data and one another. One sentence a fault. */
export function checkParams(params: ForestParams, set: TrainingSet): string[] {
  const faults: string[] = [];
  const { target, features } = set;
  const classification = target.task === 'classification';
  if (classification !== (params.criterion !== 'squared_error')) {
    const allowed = classification ? 'gini or entropy' : 'squared_error';
    faults.push(`"criterion" is "${params.criterion}", expected ${allowed} for ${target.task}`);
  }
  if (!classification && params.classWeight !== null)
    faults.push('"class-weight" is set, but regression has no classes');
  if (classification && typeof params.classWeight === 'object' && params.classWeight !== null) {
    for (const name of Object.keys(params.classWeight)) {
      if (!target.classes.includes(name)) {
        faults.push(
          `"class-weight" names "${name}", which is no class. Classes: ${target.classes.slice(0, 20).join(', ')}`,
        );
      }
    }
  }
  for (const [name, value] of [
    ['max-features', params.maxFeatures],
    ['max-samples', params.maxSamples],
  ] as const) {
    if (typeof value !== 'number' || (value > 0 && (value < 1 || Number.isInteger(value)))) continue;
    faults.push(`"${name}" is "${value}", expected a whole number from 1 up or a share below 1`);
  }
  if (!params.bootstrap && params.maxSamples !== null) {
    faults.push('"max-samples" is set, but without bootstrap every tree sees all rows');
  }
  if (typeof params.maxFeatures === 'number' && params.maxFeatures > Math.max(1, features.columns.length)) {
    faults.push(`"max-features" is "${params.maxFeatures}", but there are only ${features.columns.length} features`);
  }
  if (params.maxSamples !== null && params.maxSamples > 1 && params.maxSamples > features.nRows) {
    faults.push(`"max-samples" is "${params.maxSamples}", but there are only ${features.nRows} rows`);
  }
  if (set.sampleWeight?.some((weight) => !(weight > 0 && weight < Number.POSITIVE_INFINITY))) {
    faults.push('sample weights must be finite numbers above 0');
  }
  for (const column of features.columns) {
    if (column.kind === 'numeric' && column.values.some((value) => value === Infinity || value === -Infinity)) {
      faults.push(`feature "${column.name}" has infinite values; a missing cell is NaN`);
    }
  }
  if (features.columns.length === 0)
    faults.push('no feature is left: every column is excluded, constant or an identifier');
  return faults;
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
  return maxSamples > 1 ? Math.min(nRows, Math.floor(maxSamples)) : Math.max(1, Math.round(maxSamples * nRows));
}
