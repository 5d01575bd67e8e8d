import type { ModelSettings } from '../config/model-settings.ts';
import type { ForestParams, Task } from '../forest/engine.ts';

/** `model` of mlops.yaml as parameters of the forest, `auto` resolved for the task as scikit-learn's defaults are. */
export function forestParams(settings: ModelSettings, task: Task): ForestParams {
  const { criterion, 'max-features': maxFeatures } = settings;
  return {
    nEstimators: settings['n-estimators'],
    criterion: criterion !== 'auto' ? criterion : task === 'classification' ? 'gini' : 'squared_error',
    maxDepth: settings['max-depth'],
    maxFeatures:
      maxFeatures === 'auto' ? (task === 'classification' ? 'sqrt' : null) : maxFeatures === 'all' ? null : maxFeatures,
    minSamplesSplit: settings['min-samples-split'],
    minSamplesLeaf: settings['min-samples-leaf'],
    maxLeafNodes: settings['max-leaf-nodes'],
    minImpurityDecrease: settings['min-impurity-decrease'],
    bootstrap: settings.bootstrap,
    maxSamples: settings['max-samples'],
    classWeight: settings['class-weight'],
    splitter: settings.splitter,
    maxBins: settings['max-bins'],
    randomState: settings['random-state'],
  };
}

/** Parameters as MLflow logs scikit-learn's: snake_case names, values as text. */
export function loggedParams(params: ForestParams): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value === null ? 'None' : typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );
}
