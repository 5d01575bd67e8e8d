import { readArrays, writeArrays } from './array-file.ts';
import { narrow } from './distinct-rows.ts';
import type { Forest } from './forest.ts';
import { type LeafResponses, numberLeaves } from './quantile-forest.ts';

const ABOUT = { kind: 'leaf-responses', version: 1 };

/** The same content gives the same bytes. Sizes of leaves are stored in place of where they begin: most of them fit in a byte. */
export function encodeLeafResponses({ values, start, codes }: LeafResponses): Uint8Array {
  const sizes = new Uint32Array(start.length - 1);
  let largest = 0;
  for (let leaf = 0; leaf < sizes.length; leaf++) {
    sizes[leaf] = start[leaf + 1]! - start[leaf]!;
    largest = Math.max(largest, sizes[leaf]!);
  }
  return writeArrays(ABOUT, { values, sizes: narrow(sizes, largest + 1), codes });
}

/**
 * @param forest whose leaves these are
 * @throws RangeError when the bytes are not whole, not as they were written, or those of another forest
 */
export function decodeLeafResponses(bytes: Uint8Array, forest: Forest): LeafResponses {
  const { about, arrays } = readArrays(bytes);
  const { values, sizes, codes } = arrays;
  if (JSON.stringify(about) !== JSON.stringify(ABOUT)) {
    throw new RangeError(`holds ${JSON.stringify(about)}, expected ${JSON.stringify(ABOUT)}`);
  }
  if (!(values instanceof Float64Array) || !sizes || !codes || sizes instanceof Float64Array) {
    throw new RangeError('lacks one of its arrays');
  }
  if (codes instanceof Float64Array) throw new RangeError('has codes that are no whole numbers');
  const { leafOf, count } = numberLeaves(forest);
  const start = new Uint32Array(count + 1);
  for (let leaf = 0; leaf < count; leaf++) start[leaf + 1] = start[leaf]! + (sizes[leaf] ?? 0);
  if (count !== sizes.length || start[count] !== codes.length) throw new RangeError('has other leaves than the forest');
  for (let i = 0; i < codes.length; i++) {
    if (codes[i]! >= values.length) throw new RangeError(`names response ${codes[i]} of ${values.length}`);
  }
  return { values, leafOf, start, codes };
}
