/** Of groups of numbers: how many, their mean, and their squared distances from it added up. */
export interface Moments {
  readonly count: Float64Array;
  readonly mean: Float64Array;
  readonly squares: Float64Array;
}

/** @param groups the group of each value, below `width` */
export function momentsOf(values: Float64Array, groups: Int32Array, width: number): Moments {
  const count = new Float64Array(width);
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  for (let row = 0; row < values.length; row++) {
    count[groups[row]!]! += 1;
    mean[groups[row]!]! += values[row]!;
  }
  for (let group = 0; group < width; group++) if (count[group]! > 0) mean[group]! /= count[group]!;
  for (let row = 0; row < values.length; row++) {
    const distance = values[row]! - mean[groups[row]!]!;
    squares[groups[row]!]! += distance * distance;
  }
  return { count, mean, squares };
}

export function takeMoments({ count, mean, squares }: Moments, from: number, size: number): Moments {
  const to = from + size;
  return { count: count.subarray(from, to), mean: mean.subarray(from, to), squares: squares.subarray(from, to) };
}

/**
 * The moments of both, group by group.
 *
 * Source  Chan, Golub and LeVeque 1983, The American Statistician 37(3)
 */
export function addMoments(a: Moments | undefined, b: Moments): Moments {
  if (!a) return b;
  const width = b.count.length;
  const count = a.count.map((n, i) => n + b.count[i]!);
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  for (let i = 0; i < width; i++) {
    if (count[i] === 0) continue;
    const share = b.count[i]! / count[i]!;
    const apart = b.mean[i]! - a.mean[i]!;
    mean[i] = a.mean[i]! + apart * share;
    squares[i] = a.squares[i]! + b.squares[i]! + apart * apart * a.count[i]! * share;
  }
  return { count, mean, squares };
}
