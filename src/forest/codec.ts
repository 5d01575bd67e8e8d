import { z } from 'zod';
import { type Arrays, readArrays, writeArrays } from './array-file.ts';
import type { Forest } from './forest.ts';
import { packForest } from './pack-forest.ts';
import type { StoredForest } from './stored-forest.ts';
import { unpackForest } from './unpack-forest.ts';

const about = z.strictObject({
  task: z.enum(['classification', 'regression']),
  outputs: z.int().min(1),
  features: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({ name: z.string(), kind: z.literal('numeric') }),
      z.strictObject({ name: z.string(), kind: z.literal('categorical'), categories: z.array(z.string()) }),
    ]),
  ),
});

/** The same forest gives the same bytes. */
export function encodeForest(forest: Forest): Uint8Array {
  const { task, outputs, features } = forest;
  return writeArrays({ task, outputs, features }, { ...packForest(forest) });
}

/**
 * @param bytes must not change afterwards: what is not expanded is a view of them
 * @throws RangeError when the bytes are not a whole forest as it was encoded
 */
export function decodeForest(bytes: Uint8Array): Forest {
  const { about: given, arrays } = readArrays(bytes);
  const header = about.safeParse(given);
  if (!header.success) throw new RangeError(`has a header that describes no forest: ${z.prettifyError(header.error)}`);
  return unpackForest(header.data, storedForest(arrays));
}

function storedForest(arrays: Arrays): StoredForest {
  const indices = [Uint8Array, Uint16Array, Uint32Array];
  const types = {
    nodes: indices,
    left: [Uint32Array, undefined],
    thresholds: [Float64Array],
    thresholdStart: [Uint32Array],
    threshold: [...indices, undefined],
    categoryStart: [Uint32Array, undefined],
    categoryBits: [Uint32Array],
    leaf: indices,
    values: [Float64Array],
    importances: [Float64Array],
  } as const satisfies Record<keyof StoredForest, unknown>;
  for (const [name, allowed] of Object.entries(types)) {
    const found: unknown = arrays[name]?.constructor;
    if (!(allowed as readonly unknown[]).includes(found))
      throw new RangeError(`has no array "${name}" of the right type`);
  }
  return arrays as unknown as StoredForest;
}
