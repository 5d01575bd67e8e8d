import type { Target } from '../data/target.ts';

/** The fold of each row, drawn by the seed; folds have as many rows of each class as can be. */
export function shuffledFolds(target: Target, nFolds: number, seed: number): Int32Array {
  const codes = target.task === 'classification' ? target.codes : new Int32Array(target.values.length);
  const order = shuffledRows(codes.length, seed);
  const nClasses = target.task === 'classification' ? target.classes.length : 1;
  const seen = new Int32Array(nClasses);
  const folds = new Int32Array(codes.length);
  // Each class begins with another fold, so that small classes do not all fill the first one.
  for (const row of order) folds[row] = (codes[row]! + seen[codes[row]!]!++) % nFolds;
  return folds;
}

/** Fisher-Yates with splitmix32. */
function shuffledRows(count: number, seed: number): Int32Array {
  const rows = Int32Array.from({ length: count }, (_, row) => row);
  let state = (seed ^ 0x5bd1e995) | 0;
  for (let i = count - 1; i > 0; i--) {
    state = (state + 0x9e3779b9) | 0;
    let x = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    const j = Math.floor(((x ^ (x >>> 16)) >>> 0) * 2 ** -32 * (i + 1));
    [rows[i], rows[j]] = [rows[j]!, rows[i]!];
  }
  return rows;
}
