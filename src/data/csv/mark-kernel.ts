import { list, name, PREAMBLE, section, sized, wasm } from '../wasm-binary.ts';

/** Bytes of text that are gone through at a time. */
export const SLICE = 65_536;
/** Where the text stands, and the places that were found in it: two for each byte at most. */
const MARKS = SLICE + 64;
const PAGE = 65_536;
const LF = 10;

/**
 * Finds delimiters and line feeds, sixteen bytes at a time. It is WebAssembly, assembled here, because JavaScript has no such
 * instructions and looks at each byte.
 */
export class MarkKernel {
  readonly #text: Uint8Array;
  readonly #marks: Int32Array;
  readonly #find: Find;
  /** Line feeds that were found, all in all. */
  feeds = 0;

  constructor() {
    compiled ??= new wasm.Module(assemble());
    const memory = new wasm.Memory({ initial: Math.ceil((MARKS + 8 * SLICE + 8) / PAGE) });
    this.#text = new Uint8Array(memory.buffer);
    this.#marks = new Int32Array(memory.buffer, MARKS);
    const { exports } = new wasm.Instance(compiled, { js: { memory } });
    this.#find = (exports as { readonly find: Find }).find;
  }

  /**
   * The places of delimiters, once, and of line feeds, twice: where a row ends and before the next one begins.
   *
   * @param from, to at most `SLICE` bytes
   * @returns valid until the next time
   */
  find(bytes: Uint8Array, from: number, to: number, delimiter: number): Int32Array {
    const size = to - from;
    this.#text.set(bytes.subarray(from, to));
    // Bytes behind the text are looked at too.
    this.#text.fill(0, size, size + 16);
    const [end, feeds] = this.#find(0, size, delimiter, MARKS, from);
    this.feeds += feeds;
    return this.#marks.subarray(0, (end - MARKS) / 4);
  }
}

/** Addresses of text and of places; what is added to an address to get a place. Returns where the places end, and the line feeds. */
type Find = (at: number, end: number, delimiter: number, to: number, shift: number) => readonly [number, number];

let compiled: object | undefined;

// Opcodes: https://webassembly.github.io/spec/core/binary/instructions.html
const [I32, V128] = [0x7f, 0x7b];
const BLOCK = [0x02, 0x40];
const LOOP = [0x03, 0x40];
const END = [0x0b];
const CONTINUE = [0x0c, 0];
const CONTINUE_IF = [0x0d, 0];
const LEAVE_IF = [0x0d, 1];
const LOAD_BYTE = [0x2d, 0, 0];
const STORE_I32 = [0x36, 2, 0];
const IS_ZERO = [0x45];
const EQUAL = [0x46];
const LESS = [0x48];
const TRAILING_ZEROS = [0x68];
const ADD = [0x6a];
const SUBTRACT = [0x6b];
const AND = [0x71];
const SHIFT_LEFT = [0x74];
const LOAD_16_BYTES = [0xfd, 0x00, 0, 0];
const IN_ALL_16 = [0xfd, 0x0f];
const EQUAL_BYTES = [0xfd, 0x23];
const OR_16_BYTES = [0xfd, 0x50];
/** One bit a byte. */
const TO_BITS = [0xfd, 0x64];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
/** -64 … 63. */
const constant = (value: number): number[] => [0x41, value & 0x7f];

const [AT, END_AT, DELIMITER, TO, SHIFT, BITS, PLACE, FEEDS] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const [DELIMITERS, LINE_FEEDS, TEXT] = [8, 9, 10] as const;

function assemble(): Uint8Array<ArrayBuffer> {
  const place = [...get(TO), ...get(PLACE), ...get(SHIFT), ...ADD, ...STORE_I32];
  const find = [
    ...list([
      [3, I32],
      [3, V128],
    ]),
    ...[...get(DELIMITER), ...IN_ALL_16, ...set(DELIMITERS)],
    ...[...constant(LF), ...IN_ALL_16, ...set(LINE_FEEDS)],
    ...LOOP,
    ...[...get(AT), ...LOAD_16_BYTES, ...set(TEXT)],
    ...[
      ...get(TEXT),
      ...get(DELIMITERS),
      ...EQUAL_BYTES,
      ...get(TEXT),
      ...get(LINE_FEEDS),
      ...EQUAL_BYTES,
      ...OR_16_BYTES,
    ],
    ...[...TO_BITS, ...set(BITS)],
    ...BLOCK,
    ...LOOP,
    ...[...get(BITS), ...IS_ZERO, ...LEAVE_IF],
    ...[...get(AT), ...get(BITS), ...TRAILING_ZEROS, ...ADD, ...set(PLACE)],
    ...place,
    ...[...get(TO), ...constant(4), ...ADD, ...set(TO)],
    // Once more, which only counts for a line feed.
    ...place,
    ...[...get(PLACE), ...LOAD_BYTE, ...constant(LF), ...EQUAL, ...set(PLACE)],
    ...[...get(PLACE), ...constant(2), ...SHIFT_LEFT, ...get(TO), ...ADD, ...set(TO)],
    ...[...get(PLACE), ...get(FEEDS), ...ADD, ...set(FEEDS)],
    ...[...get(BITS), ...get(BITS), ...constant(1), ...SUBTRACT, ...AND, ...set(BITS)],
    ...CONTINUE,
    ...END,
    ...END,
    ...[...get(AT), ...constant(16), ...ADD, ...set(AT)],
    ...[...get(AT), ...get(END_AT), ...LESS, ...CONTINUE_IF],
    ...END,
    ...[...get(TO), ...get(FEEDS)],
    ...END,
  ];
  return Uint8Array.from([
    ...PREAMBLE,
    ...section(1, list([[0x60, ...list([[I32], [I32], [I32], [I32], [I32]]), ...list([[I32], [I32]])]])),
    ...section(2, list([[...name('js'), ...name('memory'), 2, 0, 0]])),
    ...section(3, list([[0]])),
    ...section(7, list([[...name('find'), 0, 0]])),
    ...section(10, list([sized(find)])),
  ]);
}
