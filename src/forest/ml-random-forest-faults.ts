import type { ForestParams, TrainingSet } from './engine.ts';

/** What the package ml-random-forest does not have. One sentence a fault. */
export function mlRandomForestFaults(params: ForestParams, set: TrainingSet): string[] {
  const asked = {
    'criterion entropy': params.criterion === 'entropy',
    'min-samples-leaf': params.minSamplesLeaf !== 1,
    'max-leaf-nodes': params.maxLeafNodes !== null,
    'min-impurity-decrease': params.minImpurityDecrease !== 0,
    'max-samples': params.maxSamples !== null,
    'class-weight': params.classWeight !== null,
    'splitter random': params.splitter === 'random',
    'sample weights': set.sampleWeight !== undefined,
  };
  const settings = Object.entries(asked).flatMap(([name, is]) =>
    is ? [`"engine" is "ml-random-forest", which has no ${name}; leave it out or use native`] : [],
  );
  const missing = set.features.columns
    .filter((column) => (column.kind === 'categorical' ? column.codes.includes(-1) : column.values.some(Number.isNaN)))
    .map(({ name }) => `"engine" is "ml-random-forest", which cannot learn the missing cells of "${name}"; use native`);
  return [...settings, ...missing];
}
