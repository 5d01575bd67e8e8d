/**
 * The ranks of numbers, equal ones at their mean rank, moved and scaled so that the sum of products of two columns is Spearman's
 * correlation. A missing number has the mean rank of all. A constant column is 0 everywhere.
 */
export function unitRanks(values: Float64Array): Float64Array {
  const order = Int32Array.from(values.keys()).filter((row) => !Number.isNaN(values[row]));
  order.sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  const mean = (order.length - 1) / 2;
  let squares = 0;
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    const rank = (from + to - 1) / 2 - mean;
    for (let i = from; i < to; i++) ranks[order[i]!] = rank;
    squares += (to - from) * rank * rank;
    from = to;
  }
  if (squares === 0) return ranks;
  const length = Math.sqrt(squares);
  return ranks.map((rank) => rank / length);
}

/** Spearman's correlation of two columns by their `unitRanks`. */
export function correlationOf(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < a.length; row++) sum += a[row]! * b[row]!;
  return sum;
}
