import { list, name, PREAMBLE, section, sized, wasm } from '../data/wasm-binary.ts';

/**
 * The innermost loops of prediction as WebAssembly, assembled here: V8 compiles the same loops in JavaScript to twice as many
 * instructions (bounds checks, spilled registers), and how many depends on what else a process has run through them.
 *
 * A row is the place of its cells in memory. Each loop writes the places at first … last - 1 to `to` and on: those that go left from the
 * front, the others from the back. Each place is written to both ends, of which the next one overwrites one: which it is cannot be
 * foreseen, and a wrong guess costs more. All addresses count bytes.
 *
 * @returns how many bytes of places go left
 */
export type Divide = (offset: number, by: number, first: number, last: number, to: number) => number;

export interface DivideKernel {
  readonly memory: ArrayBuffer;
  /** Numbers (64 bits at place + offset) at most `by` go left, and so does NaN. */
  readonly nanLeft: Divide;
  /** Numbers at most `by` go left, NaN does not. */
  readonly nanRight: Divide;
  /** Codes (32 bits) go left whose bit is set in the words from address `by` on. */
  readonly inSet: Divide;
}

/** @param bytes at least so many of memory */
export function divideKernel(bytes: number): DivideKernel {
  compiled ??= new wasm.Module(assemble());
  const memory = new wasm.Memory({ initial: Math.ceil(bytes / PAGE) });
  const { exports } = new wasm.Instance(compiled, { js: { memory } });
  const { nanLeft, nanRight, inSet } = exports as Pick<DivideKernel, 'nanLeft' | 'nanRight' | 'inSet'>;
  return { memory: memory.buffer, nanLeft, nanRight, inSet };
}

const PAGE = 65_536;
let compiled: object | undefined;

// Opcodes: https://webassembly.github.io/spec/core/binary/instructions.html
const [I32, F64] = [0x7f, 0x7c];
const LOOP = [0x03, 0x40];
const CONTINUE_IF = [0x0d, 0];
const END = [0x0b];
const LOAD_I32 = [0x28, 2, 0];
const LOAD_F64 = [0x2b, 3, 0];
const STORE_I32 = [0x36, 2, 0];
const F64_GREATER = [0x64];
const F64_AT_MOST = [0x65];
const I32_LESS = [0x49];
const ADD = [0x6a];
const SUBTRACT = [0x6b];
const AND = [0x71];
const SHIFT_LEFT = [0x74];
const SHIFT_RIGHT = [0x76];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
/** -64 … 63. */
const constant = (value: number): number[] => [0x41, value & 0x7f];

// Parameters and variables of a loop.
const [OFFSET, BY, FIRST, LAST, TO, FRONT, BACK, PLACE, STEP] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;

function assemble(): Uint8Array<ArrayBuffer> {
  const cell = [...get(PLACE), ...get(OFFSET), ...ADD];
  const code = [...cell, ...LOAD_I32];
  // The shift takes the lowest five bits of the code.
  const word = [
    ...get(BY),
    ...code,
    ...constant(5),
    ...SHIFT_RIGHT,
    ...constant(2),
    ...SHIFT_LEFT,
    ...ADD,
    ...LOAD_I32,
  ];
  const loops = {
    nanLeft: loop([...cell, ...LOAD_F64, ...get(BY), ...F64_GREATER], false),
    nanRight: loop([...cell, ...LOAD_F64, ...get(BY), ...F64_AT_MOST], true),
    inSet: loop([...word, ...code, ...SHIFT_RIGHT, ...constant(1), ...AND], true),
  };
  const type = (by: number): number[] => [0x60, ...list([[I32], [by], [I32], [I32], [I32]]), ...list([[I32]])];
  return Uint8Array.from([
    ...PREAMBLE,
    ...section(1, list([type(F64), type(I32)])),
    ...section(2, list([[...name('js'), ...name('memory'), 2, 0, 0]])),
    ...section(3, list([[0], [0], [1]])),
    ...section(7, list(Object.keys(loops).map((of, i) => [...name(of), 0, i]))),
    ...section(10, list(Object.values(loops).map(sized))),
  ]);
}

/** @param test of a place: 1 or 0 */
function loop(test: readonly number[], oneIsLeft: boolean): number[] {
  const add = (to: number, terms: readonly number[]): number[] => [...get(to), ...terms, ...set(to)];
  const fourLess = [...constant(4), ...SUBTRACT];
  const fourMore = [...constant(4), ...ADD];
  const more = [...get(STEP), ...ADD];
  const less = [...get(STEP), ...SUBTRACT];
  return [
    ...list([[4, I32]]),
    ...[...get(TO), ...set(FRONT)],
    ...[...get(TO), ...get(LAST), ...ADD, ...get(FIRST), ...SUBTRACT, ...fourLess, ...set(BACK)],
    ...LOOP,
    ...[...get(FIRST), ...LOAD_I32, ...set(PLACE)],
    ...[...test, ...constant(2), ...SHIFT_LEFT, ...set(STEP)],
    ...[...get(FRONT), ...get(PLACE), ...STORE_I32, ...get(BACK), ...get(PLACE), ...STORE_I32],
    ...add(FRONT, oneIsLeft ? more : [...fourMore, ...less]),
    ...add(BACK, oneIsLeft ? [...fourLess, ...more] : less),
    ...add(FIRST, fourMore),
    ...[...get(FIRST), ...get(LAST), ...I32_LESS, ...CONTINUE_IF],
    ...END,
    ...[...get(FRONT), ...get(TO), ...SUBTRACT],
    ...END,
  ];
}
