import { checkNodes } from './check-nodes.ts';
import type { Forest } from './forest.ts';

const MAGIC = 'MLOPSRF1';
/** Magic, checksum, length of the header. */
const FRONT = 16;

/** Arrays in the order in which they lie in the file, each at a multiple of 8 bytes. */
const ARRAYS = [
  ['treeStart', Int32Array],
  ['feature', Int32Array],
  ['threshold', Float64Array],
  ['left', Int32Array],
  ['missingLeft', Uint8Array],
  ['categoryStart', Int32Array],
  ['categoryBits', Uint32Array],
  ['value', Float64Array],
  ['importances', Float64Array],
] as const;

type ArrayName = (typeof ARRAYS)[number][0];
type Stored = { [K in ArrayName]: Forest[K] };

interface Header {
  readonly task: Forest['task'];
  readonly outputs: number;
  readonly features: Forest['features'];
  readonly lengths: Readonly<Record<ArrayName, number>>;
}

/**
 * Magic, checksum of what follows, length of the header, header as JSON, arrays in little-endian order. Leaves have no split and
 * inner nodes no value: neither is stored. The same forest gives the same bytes.
 */
export function encodeForest(forest: Forest): Uint8Array {
  const stored = pack(forest);
  const lengths = Object.fromEntries(ARRAYS.map(([name]) => [name, stored[name].length])) as Header['lengths'];
  const { task, outputs, features } = forest;
  const header = Buffer.from(JSON.stringify({ task, outputs, features, lengths } satisfies Header));
  const start = aligned(FRONT + header.length);
  const size = ARRAYS.reduce((at, [name]) => aligned(at + stored[name].byteLength), start);
  const bytes = new Uint8Array(size);
  bytes.set(Buffer.from(MAGIC));
  bytes.set(header, FRONT);
  let at = start;
  for (const [name] of ARRAYS) {
    const array = stored[name];
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at = aligned(at + array.byteLength);
  }
  const front = new DataView(bytes.buffer);
  front.setUint32(MAGIC.length + 4, header.length, true);
  front.setUint32(MAGIC.length, checksum(bytes), true);
  return bytes;
}

/** @throws RangeError when the bytes are not a whole forest as it was encoded */
export function decodeForest(bytes: Uint8Array): Forest {
  // A copy of its own: files may lie at any offset of a larger buffer.
  const whole = bytes.slice();
  if (Buffer.from(whole.subarray(0, MAGIC.length)).toString('latin1') !== MAGIC) {
    throw new RangeError(`does not begin with ${MAGIC}`);
  }
  const front = new DataView(whole.buffer);
  if (whole.length < FRONT || whole.length % 8 !== 0)
    throw new RangeError(`ends after ${whole.length} bytes: it was cut`);
  if (checksum(whole) !== front.getUint32(MAGIC.length, true)) {
    throw new RangeError('is not as it was written: its checksum differs');
  }
  const headerLength = front.getUint32(MAGIC.length + 4, true);
  const header = JSON.parse(Buffer.from(whole.subarray(FRONT, FRONT + headerLength)).toString('utf8')) as Header;
  let at = aligned(FRONT + headerLength);
  const arrays: Record<string, unknown> = {};
  for (const [name, Type] of ARRAYS) {
    const length = header.lengths[name];
    arrays[name] = new Type(whole.buffer, at, length);
    at = aligned(at + length * Type.BYTES_PER_ELEMENT);
  }
  if (at !== whole.length) throw new RangeError(`has ${whole.length} bytes, expected ${at}`);
  const forest = unpack(header, arrays as unknown as Stored);
  checkNodes(forest);
  return forest;
}

/** Of all behind it, by words of 4 bytes; each step can be undone, so that no change of one word goes unseen. */
function checksum(bytes: Uint8Array): number {
  const words = new Uint32Array(bytes.buffer, MAGIC.length + 4);
  let sum = words.length;
  for (let i = 0; i < words.length; i++) {
    sum = Math.imul(sum ^ words[i]!, 0x9e3779b1);
    sum ^= sum >>> 15;
  }
  return sum >>> 0;
}

function pack(forest: Forest): Stored {
  const { feature, outputs } = forest;
  const nLeaves = feature.reduce((count, f) => count + (f < 0 ? 1 : 0), 0);
  const nInner = feature.length - nLeaves;
  const stored = {
    ...forest,
    threshold: new Float64Array(nInner),
    left: new Int32Array(nInner),
    missingLeft: new Uint8Array(nInner),
    categoryStart: new Int32Array(forest.categoryBits.length === 0 ? 0 : nInner),
    value: new Float64Array(nLeaves * outputs),
  };
  let inner = 0;
  let leaf = 0;
  for (let node = 0; node < feature.length; node++) {
    if (feature[node]! < 0) {
      for (let k = 0; k < outputs; k++) stored.value[leaf++] = forest.value[node * outputs + k]!;
      continue;
    }
    stored.threshold[inner] = forest.threshold[node]!;
    stored.left[inner] = forest.left[node]!;
    stored.missingLeft[inner] = forest.missingLeft[node]!;
    if (stored.categoryStart.length > 0) stored.categoryStart[inner] = forest.categoryStart[node]!;
    inner++;
  }
  return stored;
}

function unpack({ task, outputs, features }: Header, stored: Stored): Forest {
  const { feature, treeStart, categoryBits, importances } = stored;
  const nNodes = feature.length;
  const forest = {
    ...{ task, outputs, features, treeStart, feature, categoryBits, importances },
    threshold: new Float64Array(nNodes),
    left: new Int32Array(nNodes).fill(-1),
    missingLeft: new Uint8Array(nNodes),
    categoryStart: new Int32Array(nNodes).fill(-1),
    value: new Float64Array(nNodes * outputs),
  };
  let inner = 0;
  let leaf = 0;
  for (let node = 0; node < nNodes; node++) {
    if (feature[node]! < 0) {
      for (let k = 0; k < outputs; k++) forest.value[node * outputs + k] = stored.value[leaf++]!;
      continue;
    }
    forest.threshold[node] = stored.threshold[inner]!;
    forest.left[node] = stored.left[inner]!;
    forest.missingLeft[node] = stored.missingLeft[inner]!;
    if (stored.categoryStart.length > 0) forest.categoryStart[node] = stored.categoryStart[inner]!;
    inner++;
  }
  return forest;
}

function aligned(at: number): number {
  return Math.ceil(at / 8) * 8;
}
