import type { Target } from '../data/target.ts';

/**
 * The fold of each row, drawn by the seed. Of each class, so many rows one after the other as there are folds fall in folds of their
 * own, so that folds have as many rows of each class as can be.
 */
export function shuffledFolds(target: Target, nFolds: number, seed: number): Int32Array {
  const codes = target.task === 'classification' ? target.codes : new Int32Array(target.values.length);
  const nClasses = target.task === 'classification' ? target.classes.length : 1;
  const random = uniform(seed);
  // The folds that the next rows of each class fall in, and how many of them are taken.
  const next = Uint16Array.from({ length: nClasses * nFolds }, (_, i) => i % nFolds);
  const taken = new Uint16Array(nClasses).fill(nFolds);
  const folds = new Int32Array(codes.length);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    const from = code * nFolds;
    if (taken[code] === nFolds) {
      taken[code] = 0;
      for (let i = nFolds - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        const moved = next[from + i]!;
        next[from + i] = next[from + j]!;
        next[from + j] = moved;
      }
    }
    folds[row] = next[from + taken[code]!++]!;
  }
  return folds;
}

/** splitmix32: from 0 up to but not 1. */
function uniform(seed: number): () => number {
  let state = (seed ^ 0x5bd1e995) | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let x = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  };
}
