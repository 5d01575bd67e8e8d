import { ascendingOrder } from './order.ts';

/** A curve through points with ascending x, straight between them and level before the first and after the last one. */
export interface Curve {
  readonly x: readonly number[];
  /** Never descends. */
  readonly y: readonly number[];
}

/** Scores nearer to one another than this count as one, as in scikit-learn: differences of the order of additions. */
const SAME = 1e-15;

/**
 * The share of rows that came true as a function of a score that never descends, with the least squared error, as scikit-learn's
 * IsotonicRegression gives it (`X_thresholds_`, `y_thresholds_`).
 *
 * Source  pool adjacent violators: Barlow et al. 1972, Statistical Inference under Order Restrictions
 *
 * @param truth 1 where it came true, else 0; at least one row
 */
export function fitIsotonic(score: Float64Array, truth: Uint8Array): Curve {
  // Neighbouring scores whose shares would descend share one block.
  const xs: number[] = [];
  const blocks: { hits: number; rows: number; from: number }[] = [];
  const share = ({ hits, rows }: { hits: number; rows: number }): number => hits / rows;
  const order = ascendingOrder(score);
  for (let i = 0; i < order.length; ) {
    const x = score[order[i]!]!;
    const block = { hits: 0, rows: 0, from: xs.length };
    for (; i < order.length && score[order[i]!]! - x < SAME; i++) {
      block.hits += truth[order[i]!]!;
      block.rows++;
    }
    xs.push(x);
    while (blocks.length > 0 && share(blocks.at(-1)!) >= share(block)) {
      const { hits, rows, from } = blocks.pop()!;
      block.hits += hits;
      block.rows += rows;
      block.from = from;
    }
    blocks.push(block);
  }
  const x: number[] = [];
  const y: number[] = [];
  // The ends of each level stretch are enough.
  for (const [b, block] of blocks.entries()) {
    const last = (blocks[b + 1]?.from ?? xs.length) - 1;
    for (const at of new Set([block.from, last])) {
      x.push(xs[at]!);
      y.push(share(block));
    }
  }
  return { x, y };
}

/**
 * A curve as steps: a score at most `x[i]` and above `x[i - 1]` is at step i, one above all at the last step. At a step the curve is
 * min(top, base + (score - from) · slope).
 *
 * Shapes  x: as the curve's · from, base, slope, top: one more
 */
export interface CurveSteps {
  readonly x: Float64Array;
  readonly from: Float64Array;
  readonly base: Float64Array;
  readonly slope: Float64Array;
  /** Rounding must not lift the end of a piece above the next one. */
  readonly top: Float64Array;
}

const known = new WeakMap<Curve, CurveSteps>();

export function curveSteps(curve: Curve): CurveSteps {
  const before = known.get(curve);
  if (before) return before;
  const x = Float64Array.from(curve.x);
  const y = Float64Array.from(curve.y);
  const n = x.length;
  const steps = {
    x,
    from: new Float64Array(n + 1),
    base: new Float64Array(n + 1),
    slope: new Float64Array(n + 1),
    top: new Float64Array(n + 1),
  };
  for (let i = 0; i <= n; i++) {
    const low = Math.max(0, i - 1);
    const high = Math.min(i, n - 1);
    steps.from[i] = x[low]!;
    steps.base[i] = y[low]!;
    steps.slope[i] = low === high ? 0 : (y[high]! - y[low]!) / (x[high]! - x[low]!);
    steps.top[i] = y[high]!;
  }
  known.set(curve, steps);
  return steps;
}

export function curveAt(steps: CurveSteps, score: number): number {
  const { x, from, base, slope, top } = steps;
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (score <= x[middle]!) high = middle;
    else low = middle + 1;
  }
  return Math.min(top[low]!, base[low]! + (score - from[low]!) * slope[low]!);
}
