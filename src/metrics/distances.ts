import { chiSquaredTail } from './gamma.ts';

/** Zero shares are taken as this, so that a bin that one side lacks does not make the index infinite. */
const LEAST_SHARE = 0.0001;

function shares(counts: ArrayLike<number>): Float64Array {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i]!;
  return Float64Array.from(counts, (count) => count / total);
}

/** Population stability index of two counts over the same bins. */
export function populationStability(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const p = shares(reference);
  const q = shares(current);
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const a = p[i] === 0 ? LEAST_SHARE : p[i]!;
    const b = q[i] === 0 ? LEAST_SHARE : q[i]!;
    sum += (a - b) * Math.log(a / b);
  }
  return sum;
}

/** Jensen-Shannon distance (the square root of the divergence in nats, as scipy gives it), 0 to √ln 2. */
export function jensenShannon(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const p = shares(reference);
  const q = shares(current);
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const a = p[i]!;
    const b = q[i]!;
    const m = (a + b) / 2;
    if (a > 0) sum += a * Math.log(a / m);
    if (b > 0) sum += b * Math.log(b / m);
  }
  return Math.sqrt(Math.max(0, sum) / 2);
}

export interface Test {
  readonly statistic: number;
  readonly pValue: number;
}

/** Do two counts over the same categories come from one distribution? Pearson's test of homogeneity, no correction. */
export function chiSquaredHomogeneity(reference: ArrayLike<number>, current: ArrayLike<number>): Test {
  let n = 0;
  let m = 0;
  for (let i = 0; i < reference.length; i++) {
    n += reference[i]!;
    m += current[i]!;
  }
  let statistic = 0;
  let used = 0;
  for (let i = 0; i < reference.length; i++) {
    const both = reference[i]! + current[i]!;
    if (both === 0) continue;
    used++;
    const expectedReference = (both * n) / (n + m);
    const expectedCurrent = (both * m) / (n + m);
    statistic +=
      (reference[i]! - expectedReference) ** 2 / expectedReference +
      (current[i]! - expectedCurrent) ** 2 / expectedCurrent;
  }
  if (n === 0 || m === 0 || used < 2) return { statistic: 0, pValue: 1 };
  return { statistic, pValue: chiSquaredTail(statistic, used - 1) };
}

/**
 * Categories that are rare on both sides are put together until each expected count is at least 5, as the chi-squared
 * approximation asks for.
 */
export function poolRare(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
): { reference: number[]; current: number[] } {
  let n = 0;
  let m = 0;
  for (let i = 0; i < reference.length; i++) {
    n += reference[i]!;
    m += current[i]!;
  }
  const least = (5 * (n + m)) / Math.max(1, Math.min(n, m));
  const pooled = { reference: [] as number[], current: [] as number[] };
  let rareReference = 0;
  let rareCurrent = 0;
  for (let i = 0; i < reference.length; i++) {
    const both = reference[i]! + current[i]!;
    if (both >= least) {
      pooled.reference.push(reference[i]!);
      pooled.current.push(current[i]!);
    } else {
      rareReference += reference[i]!;
      rareCurrent += current[i]!;
    }
  }
  if (rareReference + rareCurrent > 0) {
    const last = pooled.reference.length - 1;
    if (rareReference + rareCurrent >= least || last < 0) {
      pooled.reference.push(rareReference);
      pooled.current.push(rareCurrent);
    } else {
      pooled.reference[last]! += rareReference;
      pooled.current[last]! += rareCurrent;
    }
  }
  return pooled;
}

/** p-values that keep the chance of any false alarm at the level of one test (Holm 1979), in the order given. */
export function holm(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((a, b) => pValues[a]! - pValues[b]! || a - b);
  const adjusted = new Array<number>(pValues.length);
  let least = 0;
  for (const [rank, i] of order.entries()) {
    least = Math.max(least, Math.min(1, pValues[i]! * (pValues.length - rank)));
    adjusted[i] = least;
  }
  return adjusted;
}
