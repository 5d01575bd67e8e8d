// What every WebAssembly module in binary form is made of: https://webassembly.github.io/spec/core/binary

/** The first bytes of a module. */
export const PREAMBLE = [...Buffer.from('\0asm'), 1, 0, 0, 0];

export function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)];
}

export function list(items: readonly (readonly number[])[]): number[] {
  return [...length(items.length), ...items.flat()];
}

export function name(text: string): number[] {
  return sized([...Buffer.from(text)]);
}

export function sized(content: readonly number[]): number[] {
  return [...length(content.length), ...content];
}

/** Seven bits a byte, the lowest first. */
function length(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...length(value >> 7)];
}

interface Wasm {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (pages: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

/** Declared here, because the types of the browser declare it. */
export const wasm = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;
