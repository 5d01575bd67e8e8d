import type { GrowingSet } from './growing-set.ts';
import { sampleCount } from './params.ts';
import type { Random } from './random.ts';
import { balancedWeights } from './response.ts';

/** The rows that a tree sees, each once, and their weights (drawn twice: twice the weight), by row number. */
export interface RowSample {
  readonly rows: Int32Array;
  readonly weights: Float64Array;
}

export function sampleRows({ weights, params, response, binned: { nRows } }: GrowingSet, random: Random): RowSample {
  if (!params.bootstrap) {
    const all = new Int32Array(nRows);
    let count = 0;
    for (let row = 0; row < nRows; row++) if (weights[row]! > 0) all[count++] = row;
    const drawn =
      params.classWeight === 'balanced_subsample' ? subsampleWeights(new Float64Array(nRows).fill(1)) : weights;
    return { rows: all.slice(0, count), weights: drawn };
  }
  const times = new Float64Array(nRows);
  const draws = sampleCount(params.maxSamples, nRows);
  for (let i = 0; i < draws; i++) times[random.below(nRows)]!++;
  const drawn =
    params.classWeight === 'balanced_subsample' ? subsampleWeights(times) : times.map((n, row) => n * weights[row]!);
  const rows = new Int32Array(nRows);
  let count = 0;
  for (let row = 0; row < nRows; row++) if (drawn[row]! > 0) rows[count++] = row;
  return { rows: rows.slice(0, count), weights: drawn };

  function subsampleWeights(multiplicity: Float64Array): Float64Array {
    const codes = response.kind === 'classes' ? response.codes : Int32Array.from(response.values);
    const ofClass = balancedWeights(codes, response.outputs, multiplicity);
    return multiplicity.map((n, row) => n * weights[row]! * ofClass[codes[row]!]!);
  }
}
