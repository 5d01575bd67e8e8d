/** Up to so many entries are sorted by insertion. */
const RUN = 16;

/**
 * Sorts bins by ascending key; equal keys keep their order. In the buffers that it is given, so that a node takes no memory.
 *
 * @param bins the first `size` are sorted in place
 * @param keys by bin
 * @param spare as long as `bins`
 */
export function sortBins(bins: Uint16Array, size: number, keys: Float64Array, spare: Uint16Array): void {
  for (let from = 0; from < size; from += RUN) insert(bins, from, Math.min(size, from + RUN), keys);
  let source = bins;
  let target = spare;
  for (let width = RUN; width < size; width *= 2) {
    for (let from = 0; from < size; from += 2 * width) {
      merge(source, from, Math.min(size, from + width), Math.min(size, from + 2 * width), keys, target);
    }
    [source, target] = [target, source];
  }
  if (source !== bins) for (let i = 0; i < size; i++) bins[i] = source[i]!;
}

function insert(bins: Uint16Array, from: number, to: number, keys: Float64Array): void {
  for (let i = from + 1; i < to; i++) {
    const bin = bins[i]!;
    const key = keys[bin]!;
    let at = i;
    for (; at > from && keys[bins[at - 1]!]! > key; at--) bins[at] = bins[at - 1]!;
    bins[at] = bin;
  }
}

/** Merges the sorted runs from … middle - 1 and middle … to - 1. */
function merge(
  source: Uint16Array,
  from: number,
  middle: number,
  to: number,
  keys: Float64Array,
  target: Uint16Array,
): void {
  let a = from;
  let b = middle;
  for (let i = from; i < to; i++) {
    const first = b >= to || (a < middle && keys[source[a]!]! <= keys[source[b]!]!);
    target[i] = first ? source[a++]! : source[b++]!;
  }
}
