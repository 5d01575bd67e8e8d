import type { Forest } from './forest.ts';

const MAGIC = 'MLOPSRF1';

/** Array fields in the order in which they lie in the file, each at a multiple of 8 bytes. */
const ARRAYS = [
  ['treeStart', Int32Array],
  ['feature', Int32Array],
  ['threshold', Float64Array],
  ['left', Int32Array],
  ['right', Int32Array],
  ['missingLeft', Uint8Array],
  ['categoryStart', Int32Array],
  ['categoryBits', Uint32Array],
  ['value', Float64Array],
  ['importances', Float64Array],
] as const;

interface Header {
  readonly task: Forest['task'];
  readonly outputs: number;
  readonly features: Forest['features'];
  readonly lengths: Readonly<Record<string, number>>;
}

/** Magic, length of the header, header as JSON, arrays in little-endian order. The same forest gives the same bytes. */
export function encodeForest(forest: Forest): Uint8Array {
  const lengths = Object.fromEntries(ARRAYS.map(([name]) => [name, forest[name].length]));
  const { task, outputs, features } = forest;
  const header = Buffer.from(JSON.stringify({ task, outputs, features, lengths } satisfies Header));
  const start = aligned(MAGIC.length + 8 + header.length);
  const size = ARRAYS.reduce((at, [name]) => aligned(at + forest[name].byteLength), start);
  const bytes = new Uint8Array(size);
  bytes.set(Buffer.from(MAGIC));
  new DataView(bytes.buffer).setUint32(MAGIC.length, header.length, true);
  bytes.set(header, MAGIC.length + 8);
  let at = start;
  for (const [name] of ARRAYS) {
    const array = forest[name];
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at = aligned(at + array.byteLength);
  }
  return bytes;
}

/** @throws RangeError or SyntaxError when the bytes are not a whole forest */
export function decodeForest(bytes: Uint8Array): Forest {
  // A copy of its own: files may lie at any offset of a larger buffer.
  const whole = bytes.slice();
  const view = new DataView(whole.buffer);
  if (Buffer.from(whole.subarray(0, MAGIC.length)).toString('latin1') !== MAGIC) {
    throw new RangeError(`does not begin with ${MAGIC}`);
  }
  const headerLength = view.getUint32(MAGIC.length, true);
  const from = MAGIC.length + 8;
  const header = JSON.parse(Buffer.from(whole.subarray(from, from + headerLength)).toString('utf8')) as Header;
  let at = aligned(from + headerLength);
  const arrays: Record<string, unknown> = {};
  for (const [name, Type] of ARRAYS) {
    const length = header.lengths[name]!;
    arrays[name] = new Type(whole.buffer, at, length);
    at = aligned(at + length * Type.BYTES_PER_ELEMENT);
  }
  if (at !== whole.length) throw new RangeError(`has ${whole.length} bytes, expected ${at}`);
  const { task, outputs, features } = header;
  return { task, outputs, features, ...arrays } as Forest;
}

function aligned(at: number): number {
  return Math.ceil(at / 8) * 8;
}
