import type { Forest } from './forest.ts';

const known = new WeakMap<Forest, Forest>();

/** The same forest in memory that threads share: itself when it is there already, else a copy that is made once. */
export function sharedForest(forest: Forest): Forest {
  const before = known.get(forest);
  if (before) return before;
  const entries = Object.entries(forest).map(([name, value]) => [
    name,
    ArrayBuffer.isView(value) ? shared(value) : value,
  ]);
  const copy = Object.fromEntries(entries) as Forest;
  const result = entries.every(([name, value]) => value === forest[name as keyof Forest]) ? forest : copy;
  known.set(forest, result);
  return result;
}

/** The same array in memory that threads share. */
export function shared<A extends ArrayBufferView>(array: A): A {
  if (array.buffer instanceof SharedArrayBuffer) return array;
  const bytes = new SharedArrayBuffer(array.byteLength);
  new Uint8Array(bytes).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return new (array.constructor as new (buffer: SharedArrayBuffer) => A)(bytes);
}
