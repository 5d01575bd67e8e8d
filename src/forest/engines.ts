import type { FitOptions, ForestParams, TrainingSet } from './engine.ts';
import { fitForest } from './fit.ts';
import type { Forest } from './forest.ts';

/** Programs that grow a forest. Whatever grew it, a forest has one form, so that predicting and saving it are the same. */
export const ENGINES = ['native', 'ml-random-forest'] as const;
export type EngineName = (typeof ENGINES)[number];

export async function fitEngine(
  engine: EngineName,
  set: TrainingSet,
  params: ForestParams,
  options: FitOptions,
): Promise<Forest> {
  if (engine === 'native') return fitForest(set, params, options);
  const { fitMlRandomForest } = await import('./ml-random-forest.ts');
  return fitMlRandomForest(set, params, options);
}
