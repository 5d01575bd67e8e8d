import type { FitOptions, ForestParams, TrainingSet } from './engine.ts';
import { fitForest } from './fit.ts';
import type { Forest } from './forest.ts';
import { mlRandomForestFaults } from './ml-random-forest-faults.ts';
import { checkParams } from './params.ts';

/** Programs that grow a forest. Whatever grew it, a forest has one form, so that predicting and saving it are the same. */
export const ENGINES = ['native', 'ml-random-forest'] as const;
export type EngineName = (typeof ENGINES)[number];

/** Whether parameters fit the engine, the task, the data and one another. One sentence a fault. */
export function checkEngine(engine: EngineName, params: ForestParams, set: TrainingSet): string[] {
  return [...checkParams(params, set), ...(engine === 'ml-random-forest' ? mlRandomForestFaults(params, set) : [])];
}

/** @param params checked with `checkEngine` */
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
