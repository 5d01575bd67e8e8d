import { xLog2 } from './logarithm.ts';

/** The score of the cut that was found last. */
export let sweptScore = 0;

/**
 * The best cut by gini impurity: see `Splitter.sweep`.
 *
 * @param histogram bins × classes, row-major
 * @param left weights of the classes that go left from the first; changed
 * @param total weights of the classes
 * @param weight their sum
 * @param least the score to exceed; that of the cut goes to `sweptScore`
 */
export function bestGiniCut(
  histogram: Float64Array,
  size: number,
  order: Uint16Array,
  from: number,
  first: number,
  end: number,
  left: Float64Array,
  total: Float64Array,
  weight: number,
  least: number,
): number {
  let best = least;
  let at = -1;
  let w = 0;
  for (let k = 0; k < size; k++) w += left[k]!;
  for (let i = from; i < end; i++) {
    const base = order[i]! * size;
    let a = 0;
    let b = 0;
    for (let k = 0; k < size; k++) {
      const add = histogram[base + k]!;
      const l = left[k]! + add;
      const r = total[k]! - l;
      left[k] = l;
      w += add;
      a += l * l;
      b += r * r;
    }
    const right = weight - w;
    const score = a / w + b / right;
    if (score > best && right > 0 && i >= first) {
      best = score;
      at = i;
    }
  }
  sweptScore = best;
  return at;
}

/** The same by entropy. */
export function bestEntropyCut(
  histogram: Float64Array,
  size: number,
  order: Uint16Array,
  from: number,
  first: number,
  end: number,
  left: Float64Array,
  total: Float64Array,
  weight: number,
  least: number,
): number {
  let best = least;
  let at = -1;
  let w = 0;
  let parts = 0;
  for (let k = 0; k < size; k++) {
    w += left[k]!;
    parts += xLog2(left[k]!) + xLog2(total[k]! - left[k]!);
  }
  for (let i = from; i < end; i++) {
    const base = order[i]! * size;
    for (let k = 0; k < size; k++) {
      const add = histogram[base + k]!;
      if (add === 0) continue;
      const l = left[k]!;
      const r = total[k]! - l;
      left[k] = l + add;
      w += add;
      parts += xLog2(l + add) - xLog2(l) + xLog2(r - add) - xLog2(r);
    }
    const right = weight - w;
    const score = parts - xLog2(w) - xLog2(right);
    if (score > best && right > 0 && i >= first) {
      best = score;
      at = i;
    }
  }
  sweptScore = best;
  return at;
}
