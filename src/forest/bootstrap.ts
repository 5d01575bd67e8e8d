import type { ForestParams } from './engine.ts';
import { sampleCount } from './params.ts';
import { Random } from './random.ts';

/** The random numbers of a tree, which depend on the seed and its number alone. Drawing its rows takes the first of them. */
export function treeRandom(params: ForestParams, tree: number): Random {
  return new Random(params.randomState, tree + 1);
}

/** Draws the rows of a tree: how often it sees each, into `times` (nRows). Without bootstrap each once. */
export function drawRows(params: ForestParams, random: Random, times: Float64Array | Uint16Array): void {
  const nRows = times.length;
  if (!params.bootstrap) {
    times.fill(1);
    return;
  }
  times.fill(0);
  for (let i = sampleCount(params.maxSamples, nRows); i > 0; i--) times[random.below(nRows)]!++;
}
