/**
 * Quantiles, interpolated linearly, to the same bit as numpy's. Moves the numbers about in their array.
 *
 * @param values at least one, none of them NaN
 * @param shares from 0 to 1
 * Source  Hyndman and Fan 1996, The American Statistician 50(4), definition 7
 */
export function quantiles(values: Float64Array, shares: readonly number[]): number[] {
  const last = values.length - 1;
  const positions = shares.map((share) => share * last);
  const places = new Set(positions.flatMap((position) => [Math.floor(position), Math.ceil(position)]));
  selectAll(
    values,
    [...places].sort((a, b) => a - b),
    0,
    last,
  );
  return positions.map((position) => {
    const low = values[Math.floor(position)]!;
    const high = values[Math.ceil(position)]!;
    const part = position - Math.floor(position);
    return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
  });
}

/** Brings to each of the ascending places the number that would stand there if the numbers were sorted. */
function selectAll(values: Float64Array, places: readonly number[], low: number, high: number): void {
  if (places.length === 0) return;
  const half = places.length >> 1;
  const place = places[half]!;
  select(values, place, low, high);
  selectAll(values, places.slice(0, half), low, place - 1);
  selectAll(values, places.slice(half + 1), place + 1, high);
}

/**
 * The same for one place between two others: numbers before it are then not larger, those after it not smaller.
 *
 * Source  Hoare 1961, algorithm 65: Find
 */
function select(values: Float64Array, place: number, from: number, to: number): void {
  let low = from;
  let high = to;
  while (low < high) {
    const pivot = middleOf(values[low]!, values[(low + high) >>> 1]!, values[high]!);
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const moved = values[i]!;
      values[i++] = values[j]!;
      values[j--] = moved;
    }
    if (place <= j) high = j;
    else if (place >= i) low = i;
    else break;
  }
}

function middleOf(a: number, b: number, c: number): number {
  return a < b ? (b < c ? b : a < c ? c : a) : a < c ? a : b < c ? c : b;
}

/** Mean and population variance, in two passes. */
export function meanAndVariance(values: Float64Array): { mean: number; variance: number } {
  const n = values.length;
  const mean = sumBetween(values, 0, n) / n;
  const { squares, rest } = distances(values, mean, 0, n);
  return { mean, variance: (squares - (rest * rest) / n) / n };
}

/** Sums of halves, down to blocks: the error grows with the logarithm of the number of rows. */
const BLOCK = 256;

function sumBetween(values: Float64Array, from: number, to: number): number {
  if (to - from > BLOCK) {
    const middle = (from + to) >>> 1;
    return sumBetween(values, from, middle) + sumBetween(values, middle, to);
  }
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i]!;
  return sum;
}

/** Distances from the mean added up, and their squares. */
function distances(values: Float64Array, mean: number, from: number, to: number): { squares: number; rest: number } {
  if (to - from > BLOCK) {
    const middle = (from + to) >>> 1;
    const [a, b] = [distances(values, mean, from, middle), distances(values, mean, middle, to)];
    return { squares: a.squares + b.squares, rest: a.rest + b.rest };
  }
  let squares = 0;
  let rest = 0;
  for (let i = from; i < to; i++) {
    const distance = values[i]! - mean;
    squares += distance * distance;
    rest += distance;
  }
  return { squares, rest };
}

/** What to divide by so that the variance becomes 1; 1 for a constant column. */
export function standardScale(n: number, mean: number, variance: number): number {
  return isConstant(n, mean, variance) ? 1 : nonZeroScale(Math.sqrt(variance));
}

/**
 * Whether a variance is rounding error alone.
 *
 * Source  Chan, Golub and LeVeque 1983, The American Statistician 37(3): the bound of the error
 */
export function isConstant(n: number, mean: number, variance: number): boolean {
  return variance <= n * Number.EPSILON * variance + (n * mean * Number.EPSILON) ** 2;
}

/** 1 in place of a width that is rounding error. */
export function nonZeroScale(scale: number): number {
  return scale < 10 * Number.EPSILON ? 1 : scale;
}
