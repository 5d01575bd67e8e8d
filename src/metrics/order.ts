const SMALL = 1024;
const BITS = 11;
const BUCKETS = 1 << BITS;

/**
 * The order of row numbers by ascending key, equal keys in row order. NaN is not allowed; -0 and 0 are equal.
 *
 * Cost  O(rows): a radix sort on the bits of the numbers, passes in which all keys agree are skipped
 */
export function ascendingOrder(keys: Float64Array): Int32Array {
  const n = keys.length;
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  if (n <= SMALL) return order.sort((a, b) => keys[a]! - keys[b]! || a - b);

  const { high, low } = sortableBits(keys);
  let from = order;
  let to = new Int32Array(n);
  const starts = new Int32Array(BUCKETS);
  for (const [words, shift] of [
    [low, 0],
    [low, BITS],
    [low, 2 * BITS],
    [high, 0],
    [high, BITS],
    [high, 2 * BITS],
  ] as const) {
    starts.fill(0);
    for (let i = 0; i < n; i++) starts[(words[i]! >>> shift) & (BUCKETS - 1)]! += 1;
    if (starts[(words[0]! >>> shift) & (BUCKETS - 1)] === n) continue;
    let sum = 0;
    for (let b = 0; b < BUCKETS; b++) {
      const count = starts[b]!;
      starts[b] = sum;
      sum += count;
    }
    for (let i = 0; i < n; i++) {
      const row = from[i]!;
      const bucket = (words[row]! >>> shift) & (BUCKETS - 1);
      to[starts[bucket]!] = row;
      starts[bucket]! += 1;
    }
    [from, to] = [to, from];
  }
  return from;
}

/** The order by descending key. */
export function descendingOrder(keys: Float64Array): Int32Array {
  const negated = new Float64Array(keys.length);
  for (let i = 0; i < keys.length; i++) negated[i] = -keys[i]!;
  return ascendingOrder(negated);
}

/** The two halves of each number, mapped so that unsigned order is numeric order. */
function sortableBits(keys: Float64Array): { high: Uint32Array; low: Uint32Array } {
  const n = keys.length;
  const words = new Uint32Array(keys.buffer.slice(keys.byteOffset, keys.byteOffset + keys.byteLength));
  const high = new Uint32Array(n);
  const low = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    const h = words[2 * i + 1]!;
    const l = words[2 * i]!;
    // -0 sorts as 0.
    if (h === 0x80000000 && l === 0) high[i] = 0x80000000;
    else if (h >>> 31) {
      high[i] = ~h;
      low[i] = ~l;
    } else {
      high[i] = h | 0x80000000;
      low[i] = l;
    }
  }
  return { high, low };
}
