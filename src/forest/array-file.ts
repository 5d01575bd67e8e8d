import { endianness } from 'node:os';

const MAGIC = 'MLOPSRF';
/** The last character of the eight that a file begins with. Raised whenever older programs would misread a file. */
const FORMAT = 2;
/** Magic and format, checksum, length of the header. */
const FRONT = 16;

const TYPES = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array } as const;

export type StoredArray = Uint8Array | Uint16Array | Uint32Array | Float64Array;
export type Arrays = Readonly<Record<string, StoredArray>>;

/** What the file says about an array: name, type, number of entries. */
type Entry = readonly [name: string, type: keyof typeof TYPES, length: number];

interface Front {
  readonly about: unknown;
  readonly arrays: readonly Entry[];
}

/**
 * Magic and format, checksum of what follows, length of the header, header as JSON, arrays in little-endian order, each at a
 * multiple of 8 bytes and in the order of their names in `arrays`.
 */
export function writeArrays(about: unknown, arrays: Arrays): Uint8Array {
  requireLittleEndian();
  const entries = Object.entries(arrays).map(([name, array]): Entry => [name, typeOf(array), array.length]);
  const header = Buffer.from(JSON.stringify({ about, arrays: entries } satisfies Front));
  const start = aligned(FRONT + header.length);
  const bytes = new Uint8Array(entries.reduce((at, entry) => aligned(at + sizeOf(entry)), start));
  bytes.set(Buffer.from(`${MAGIC}${FORMAT}`));
  bytes.set(header, FRONT);
  let at = start;
  for (const array of Object.values(arrays)) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at = aligned(at + array.byteLength);
  }
  const front = new DataView(bytes.buffer);
  front.setUint32(12, header.length, true);
  front.setUint32(8, checksum(bytes), true);
  return bytes;
}

/**
 * The header, and the arrays as views of `bytes`, which must not change afterwards. Nothing is copied, unless the bytes lie askew
 * in a larger buffer. Sizes are compared with those of the file before anything is made of them.
 *
 * @throws RangeError when the bytes are not a whole file as it was written
 */
export function readArrays(bytes: Uint8Array): { about: unknown; arrays: Arrays } {
  requireLittleEndian();
  requireMagic(bytes);
  if (bytes.length < FRONT || bytes.length % 8 !== 0)
    throw new RangeError(`ends after ${bytes.length} bytes: it was cut`);
  const whole = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const front = new DataView(whole.buffer, whole.byteOffset);
  if (checksum(whole) !== front.getUint32(8, true)) {
    throw new RangeError('is not as it was written: its checksum differs');
  }
  const headerEnd = FRONT + front.getUint32(12, true);
  if (headerEnd > whole.length) throw new RangeError(`has a header of ${headerEnd} bytes, but ${whole.length} in all`);
  const { about, arrays: entries } = parse(whole.subarray(FRONT, headerEnd));
  const size = entries.reduce((at, entry) => aligned(at + sizeOf(entry)), aligned(headerEnd));
  if (size !== whole.length) throw new RangeError(`has ${whole.length} bytes, its header asks for ${size}`);
  let at = aligned(headerEnd);
  const arrays: Record<string, StoredArray> = {};
  for (const entry of entries) {
    const [name, type, length] = entry;
    arrays[name] = new TYPES[type](whole.buffer as ArrayBuffer, whole.byteOffset + at, length);
    at = aligned(at + sizeOf(entry));
  }
  return { about, arrays };
}

function requireMagic(bytes: Uint8Array): void {
  const begin = Buffer.from(bytes.subarray(0, 8)).toString('latin1');
  const format = begin.startsWith(MAGIC) ? Number.parseInt(begin.slice(MAGIC.length), 10) : Number.NaN;
  if (format === FORMAT) return;
  if (Number.isNaN(format)) throw new RangeError(`does not begin with ${MAGIC}: it is no forest of this toolkit`);
  throw new RangeError(
    format < FORMAT
      ? `has format ${format} of an older version, this one reads format ${FORMAT}: train the model again, or use the version that wrote it`
      : `has format ${format} of a newer version, this one reads format ${FORMAT}: update the toolkit`,
  );
}

function parse(header: Uint8Array): Front {
  try {
    const { about, arrays } = JSON.parse(Buffer.from(header).toString('utf8')) as Front;
    if (Array.isArray(arrays) && arrays.every(isEntry)) return { about, arrays };
  } catch (error) {
    throw new RangeError(`has a header that is no JSON: ${(error as Error).message}`, { cause: error });
  }
  throw new RangeError('has a header that does not list its arrays');
}

function isEntry(entry: unknown): entry is Entry {
  if (!Array.isArray(entry) || entry.length !== 3) return false;
  const [name, type, length] = entry as unknown[];
  return (
    typeof name === 'string' &&
    Object.hasOwn(TYPES, String(type)) &&
    Number.isSafeInteger(length) &&
    (length as number) >= 0
  );
}

function typeOf(array: StoredArray): Entry[1] {
  return (Object.keys(TYPES) as Entry[1][]).find((type) => array instanceof TYPES[type])!;
}

function sizeOf([, type, length]: Entry): number {
  return TYPES[type].BYTES_PER_ELEMENT * length;
}

/** Of all behind it, by words of 4 bytes; each step can be undone, so that no change of one word goes unseen. */
function checksum(bytes: Uint8Array): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + 12, (bytes.length - 12) / 4);
  let sum = words.length;
  for (let i = 0; i < words.length; i++) {
    sum = Math.imul(sum ^ words[i]!, 0x9e3779b1);
    sum ^= sum >>> 15;
  }
  return sum >>> 0;
}

function requireLittleEndian(): void {
  if (endianness() !== 'LE') throw new RangeError('holds little-endian numbers, which this machine cannot view');
}

function aligned(at: number): number {
  return Math.ceil(at / 8) * 8;
}
