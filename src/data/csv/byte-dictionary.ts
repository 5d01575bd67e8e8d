import type { Dictionary } from './fields.ts';

const FACTOR = 0x9e3779b1 | 0;

/** Codes of texts that stand in one file: compared as bytes, four at a time, and each different one decoded once. */
export class ByteDictionary {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #dictionary: Dictionary;
  readonly #missing: ReadonlySet<string>;
  #mask = 255;
  #used = 0;
  /** Four numbers a slot: where the text begins and ends (0: the slot is free), its hash and its code. */
  #slots = new Int32Array(4 * 256);

  /** @param missing texts whose code is -1 */
  constructor(bytes: Buffer, dictionary: Dictionary, missing: ReadonlySet<string>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#dictionary = dictionary;
    this.#missing = missing;
  }

  /** The code of the text in bytes `start` … `end` - 1, of which there is at least one. */
  codeOf(start: number, end: number): number {
    const slots = this.#slots;
    const hash = this.#hash(start, end);
    let slot = hash & this.#mask;
    for (;;) {
      const at = slot << 2;
      const otherEnd = slots[at + 1]!;
      if (otherEnd === 0) return this.#add(start, end, hash, at);
      if (slots[at + 2] === hash && this.#same(start, end, slots[at]!, otherEnd)) return slots[at + 3]!;
      slot = (slot + 1) & this.#mask;
    }
  }

  #hash(start: number, end: number): number {
    let hash = end - start;
    let at = start;
    for (; at + 4 <= end; at += 4) {
      hash = Math.imul(hash ^ this.#view.getInt32(at, true), FACTOR);
      hash ^= hash >>> 15;
    }
    for (; at < end; at++) {
      hash = Math.imul(hash ^ this.#bytes[at]!, FACTOR);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  #same(start: number, end: number, otherStart: number, otherEnd: number): boolean {
    if (end - start !== otherEnd - otherStart) return false;
    let at = start;
    let other = otherStart;
    for (; at + 4 <= end; at += 4, other += 4) {
      if (this.#view.getInt32(at, true) !== this.#view.getInt32(other, true)) return false;
    }
    for (; at < end; at++, other++) if (this.#bytes[at] !== this.#bytes[other]) return false;
    return true;
  }

  #add(start: number, end: number, hash: number, at: number): number {
    const text = this.#bytes.toString('utf8', start, end);
    const code = this.#missing.has(text) ? -1 : this.#dictionary.codeOf(text);
    this.#slots.set([start, end, hash, code], at);
    this.#used++;
    if (this.#used * 2 > this.#mask) this.#grow();
    return code;
  }

  #grow(): void {
    const old = this.#slots;
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Int32Array(4 * (this.#mask + 1));
    for (let from = 0; from < old.length; from += 4) {
      if (old[from + 1] === 0) continue;
      let slot = old[from + 2]! & this.#mask;
      while (this.#slots[(slot << 2) + 1] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots.set(old.subarray(from, from + 4), slot << 2);
    }
  }
}
