import { list, name, PREAMBLE, section, sized, wasm } from '../wasm-binary.ts';
import type { Rows } from './find-rows.ts';

/** Texts up to so many bytes are known by three words of eight bytes: the first, the last, and one in the middle. */
const LONGEST = 24;
/** Of a text: three words, its length, its code + 1 (0: the slot is free). */
const SLOT_BYTES = 32;
const SLOTS = 1024;
const CACHES = 64;
/** Addresses: bytes before the text, the text, bounds of its cells, codes, and the caches. */
const TEXT = 64;
const TEXT_BYTES = 2 ** 19;
const BOUNDS = TEXT + TEXT_BYTES + 64;
const BOUNDS_BYTES = 2 ** 20;
const CODES = BOUNDS + BOUNDS_BYTES;
const CODES_BYTES = 2 ** 19;
const FIRST_CACHE = CODES + CODES_BYTES;
const PAGE = 65_536;
/** Of fewer rows the cells are read before they are copied. */
const FEW_ROWS = 200;
const UNKNOWN = -2;

/**
 * Codes of texts that were met before, as WebAssembly that is assembled here: with words of eight bytes and without a check of bounds at each
 * it takes a third of the time of the same loop in JavaScript. It knows the first short texts of a column; all others are left to the
 * dictionary.
 */
export class CodeKernel {
  readonly #memory: ArrayBuffer;
  readonly #bytes: Uint8Array;
  readonly #bounds: Int32Array;
  readonly #view: DataView;
  readonly #find: Find;
  #caches = 0;
  #loaded: Rows | undefined;
  #from = 0;

  constructor() {
    compiled ??= new wasm.Module(assemble());
    const memory = new wasm.Memory({ initial: Math.ceil((FIRST_CACHE + CACHES * SLOTS * SLOT_BYTES) / PAGE) });
    this.#memory = memory.buffer;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#bounds = new Int32Array(memory.buffer, BOUNDS, BOUNDS_BYTES / 4);
    this.#view = new DataView(memory.buffer);
    const { exports } = new wasm.Instance(compiled, { js: { memory } });
    this.#find = (exports as { readonly find: Find }).find;
  }

  /** Memory for what is known of a column; undefined: there is none left. */
  newCache(): number | undefined {
    return this.#caches === CACHES ? undefined : FIRST_CACHE + this.#caches++ * SLOTS * SLOT_BYTES;
  }

  /** Brings a block in, for all columns. @returns whether it is one to be read here */
  load(rows: Rows): boolean {
    const { count, width, bounds, bytes, plain } = rows;
    const size = (width + 1) * count;
    this.#from = bounds[0]! + 1;
    const end = bounds[size - 1]!;
    const fits = end - this.#from <= TEXT_BYTES && 4 * size <= BOUNDS_BYTES && 4 * count <= CODES_BYTES;
    this.#loaded = plain && fits && count >= FEW_ROWS ? rows : undefined;
    if (!this.#loaded) return false;
    this.#bytes.set(bytes.subarray(this.#from, end), TEXT);
    this.#bounds.set(bounds.subarray(0, size));
    return true;
  }

  /** The codes of a column of the block that was brought in; below -1 where a text is not known here. Valid until the next call. */
  codes(column: number, cache: number): Int32Array {
    const { width, count } = this.#loaded!;
    this.#find(BOUNDS + 4 * column, 4 * (width + 1), count, TEXT - this.#from, cache, CODES);
    return new Int32Array(this.#memory, CODES, count);
  }

  /** Keeps the code of a text of the block that was brought in, if there is room where it belongs. */
  keep(start: number, end: number, code: number, cache: number): void {
    const length = end - start;
    if (length > LONGEST) return;
    const at = TEXT + start - this.#from;
    const [span, mask] = length < 8 ? [0, (1n << BigInt(8 * length)) - 1n] : [length - 8, 2n ** 64n - 1n];
    const words = [0, span >> 1, span].map((offset) => this.#view.getBigUint64(at + offset, true) & mask);
    const slot = cache + SLOT_BYTES * slotOf(words, length);
    if (this.#view.getInt32(slot + 28, true) !== 0) return;
    for (const [i, word] of words.entries()) this.#view.setBigUint64(slot + 8 * i, word, true);
    this.#view.setInt32(slot + 24, length, true);
    this.#view.setInt32(slot + 28, code + 1, true);
  }
}

const FACTOR = 0x9e3779b1;

/** As the loop computes it. */
function slotOf(words: readonly bigint[], length: number): number {
  const [a = 0n, b = 0n, c = 0n] = words;
  const mixed = BigInt.asUintN(64, (a + (b << 7n) + (c << 13n) + BigInt(length)) * BigInt(FACTOR));
  return Number((mixed ^ (mixed >> 32n)) & BigInt(SLOTS - 1));
}

/** Addresses of the first bound, bytes from one to the next, rows, what is added to a place to get an address, cache, codes. */
type Find = (bounds: number, stride: number, rows: number, shift: number, cache: number, codes: number) => void;

let compiled: object | undefined;

// Opcodes: https://webassembly.github.io/spec/core/binary/instructions.html
const [I32, I64] = [0x7f, 0x7e];
const LOOP = [0x03, 0x40];
const END = [0x0b];
const CONTINUE_IF = [0x0d, 0];
/** The first of two values if the condition behind them is not zero. */
const SELECT = [0x1b];
const load32 = (offset: number): number[] => [0x28, 2, offset];
const load64 = (offset: number): number[] => [0x29, 0, offset];
const STORE_I32 = [0x36, 2, 0];
const I32_CONST = 0x41;
const I64_CONST = 0x42;
const IS_ZERO = [0x45];
const EQUAL = [0x46];
const LESS = [0x48];
const ADD = [0x6a];
const SUBTRACT = [0x6b];
const AND = [0x71];
const SHIFT_LEFT = [0x74];
const SHIFT_RIGHT = [0x76];
const EQUAL_64 = [0x51];
const ADD_64 = [0x7c];
const MULTIPLY_64 = [0x7e];
const AND_64 = [0x83];
const XOR_64 = [0x85];
const SHIFT_LEFT_64 = [0x86];
const SHIFT_RIGHT_64 = [0x88];
const TO_I32 = [0xa7];
const TO_I64 = [0xad];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const number32 = (value: number): number[] => [I32_CONST, ...signed(BigInt(value))];
const number64 = (value: number): number[] => [I64_CONST, ...signed(BigInt(value))];

const [AT, STRIDE, ROWS, SHIFT, CACHE, TO] = [0, 1, 2, 3, 4, 5] as const;
const [START, LENGTH, SPAN, SHORT, SLOT, CODE] = [6, 7, 8, 9, 10, 11] as const;
const [FIRST, MIDDLE, LAST, MASK] = [12, 13, 14, 15] as const;

function assemble(): Uint8Array<ArrayBuffer> {
  const word = (offset: readonly number[], to: number): number[] => [
    ...[...get(START), ...offset, ...load64(0), ...get(MASK), ...AND_64, ...set(to)],
  ];
  const half = [...get(SPAN), ...number32(1), ...SHIFT_RIGHT, ...ADD];
  const find = [
    ...list([
      [6, I32],
      [4, I64],
    ]),
    ...LOOP,
    // The cell begins behind the bound before it.
    ...[...get(AT), ...load32(0), ...get(SHIFT), ...ADD, ...number32(1), ...ADD, ...set(START)],
    ...[...get(AT), ...load32(4), ...get(SHIFT), ...ADD, ...get(START), ...SUBTRACT, ...set(LENGTH)],
    ...[...get(LENGTH), ...number32(8), ...LESS, ...set(SHORT)],
    ...[...number32(0), ...get(LENGTH), ...number32(8), ...SUBTRACT, ...get(SHORT), ...SELECT, ...set(SPAN)],
    // All bits, or those of the bytes of a short text.
    ...[...number64(-1), ...number32(64), ...get(LENGTH), ...number32(3), ...SHIFT_LEFT, ...SUBTRACT],
    ...[...number32(0), ...get(SHORT), ...SELECT, ...TO_I64, ...SHIFT_RIGHT_64, ...set(MASK)],
    ...word([], FIRST),
    ...word(half, MIDDLE),
    ...word([...get(SPAN), ...ADD], LAST),
    ...[...get(FIRST), ...get(MIDDLE), ...number64(7), ...SHIFT_LEFT_64, ...ADD_64],
    ...[...get(LAST), ...number64(13), ...SHIFT_LEFT_64, ...ADD_64, ...get(LENGTH), ...TO_I64, ...ADD_64],
    ...[...number64(FACTOR), ...MULTIPLY_64, ...set(MASK)],
    ...[...get(MASK), ...get(MASK), ...number64(32), ...SHIFT_RIGHT_64, ...XOR_64, ...TO_I32],
    ...[...number32(SLOTS - 1), ...AND, ...number32(5), ...SHIFT_LEFT, ...get(CACHE), ...ADD, ...set(SLOT)],
    // The code, if all words and the length are those of the slot; free slots have the code -1, and length 0, which no text has.
    ...[...get(SLOT), ...load32(28), ...number32(1), ...SUBTRACT, ...number32(UNKNOWN)],
    ...[...get(SLOT), ...load64(0), ...get(FIRST), ...EQUAL_64],
    ...[...get(SLOT), ...load64(8), ...get(MIDDLE), ...EQUAL_64, ...AND],
    ...[...get(SLOT), ...load64(16), ...get(LAST), ...EQUAL_64, ...AND],
    ...[...get(SLOT), ...load32(24), ...get(LENGTH), ...EQUAL, ...AND, ...SELECT, ...set(CODE)],
    ...[...get(TO), ...number32(-1), ...get(CODE), ...get(LENGTH), ...IS_ZERO, ...SELECT, ...STORE_I32],
    ...[...get(TO), ...number32(4), ...ADD, ...set(TO), ...get(AT), ...get(STRIDE), ...ADD, ...set(AT)],
    ...[...get(ROWS), ...number32(1), ...SUBTRACT, ...set(ROWS), ...get(ROWS), ...CONTINUE_IF],
    ...END,
    ...END,
  ];
  return Uint8Array.from([
    ...PREAMBLE,
    ...section(1, list([[0x60, ...list([[I32], [I32], [I32], [I32], [I32], [I32]]), ...list([])]])),
    ...section(2, list([[...name('js'), ...name('memory'), 2, 0, 0]])),
    ...section(3, list([[0]])),
    ...section(7, list([[...name('find'), 0, 0]])),
    ...section(10, list([sized(find)])),
  ]);
}

/** Seven bits a byte, the lowest first; the last one tells the sign. */
function signed(value: bigint): number[] {
  const low = Number(BigInt.asUintN(7, value));
  const rest = value >> 7n;
  const done = (rest === 0n && (low & 64) === 0) || (rest === -1n && (low & 64) !== 0);
  return done ? [low] : [low | 128, ...signed(rest)];
}
