const FACTOR = 0x9e3779b1 | 0;
/** A text is read with what stands before its last four bytes. */
const LEAD = 4;

/** The texts of a dictionary as bytes, so that a thread can hand them over. */
export interface DictionaryEntries {
  /** The texts, one behind the other with gaps; the first ones belong to none. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Two numbers a text: where it begins, and its length. */
  readonly spans: Int32Array<ArrayBuffer>;
  /** The row that each text was first met in, in ascending order. */
  readonly rows: Int32Array<ArrayBuffer>;
}

/** Numbers a slot: the code + 1 (0: the slot is free), the hash, where the text begins in `bytes`, its length. */
const SLOT = 4;

/** Codes of texts in order of first appearance. Texts are compared as bytes, four at a time, and only a new one is copied. */
export class ByteDictionary {
  size = 0;
  #mask = 255;
  #slots = new Int32Array(SLOT * 256);
  #bytes = Buffer.alloc(1024);
  #view = viewOf(this.#bytes);
  #used = 0;
  #spans = new Int32Array(2 * 16);
  #rows = new Int32Array(16);

  /**
   * The code of the text in bytes `start` … `end` - 1, of which there is at least one.
   *
   * @param view of bytes that begin at least 4 bytes before `start`
   * @param row where it stands, kept when the text is new
   */
  codeOf(view: DataView, start: number, end: number, row: number): number {
    const slots = this.#slots;
    const length = end - start;
    const last = end - 4;
    // The last four bytes; of a shorter text all bytes, and zeros behind them.
    const tail = length < 4 ? view.getInt32(last, true) >>> (32 - 8 * length) : view.getInt32(last, true);
    let hash = Math.imul(length ^ tail, FACTOR);
    for (let at = start; at < last; at += 4) {
      hash = Math.imul(hash ^ (hash >>> 15) ^ view.getInt32(at, true), FACTOR);
    }
    hash ^= hash >>> 15;
    const mask = this.#mask;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = slot << 2;
      const known = slots[at]!;
      if (known === 0) {
        const code = this.#add(view, start, length, row);
        this.#enter(slot, [code + 1, hash, this.#spans[2 * code]!, length]);
        return code;
      }
      if (slots[at + 1] === hash && slots[at + 3] === length) {
        const from = slots[at + 2]!;
        const lastOfKnown = length < 4 ? from : from + length - 4;
        if (this.#view.getInt32(lastOfKnown, true) === tail && this.#same(view, start, last, from)) return known - 1;
      }
    }
  }

  #same(view: DataView, start: number, last: number, from: number): boolean {
    let other = from;
    for (let at = start; at < last; at += 4, other += 4) {
      if (view.getInt32(at, true) !== this.#view.getInt32(other, true)) return false;
    }
    return true;
  }

  #add(view: DataView, start: number, length: number, row: number): number {
    const code = this.size++;
    const needed = this.#used + length + 4;
    if (needed > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = viewOf(larger);
    }
    this.#bytes.set(new Uint8Array(view.buffer, view.byteOffset + start, length), this.#used);
    if (this.#rows.length === code) {
      this.#rows = twice(this.#rows);
      this.#spans = twice(this.#spans);
    }
    this.#spans[2 * code] = this.#used;
    this.#spans[2 * code + 1] = length;
    this.#rows[code] = row;
    // A short text is compared as four bytes.
    this.#used += Math.max(4, length);
    return code;
  }

  #enter(slot: number, words: readonly number[]): void {
    this.#slots.set(words, slot * SLOT);
    if (this.size * 2 <= this.#mask) return;
    const old = this.#slots;
    this.#mask = this.#mask * 2 + 1;
    const slots = new Int32Array(SLOT * (this.#mask + 1));
    for (let from = 0; from < old.length; from += SLOT) {
      if (old[from] === 0) continue;
      let to = old[from + 1]! & this.#mask;
      while (slots[to * SLOT] !== 0) to = (to + 1) & this.#mask;
      for (let i = 0; i < SLOT; i++) slots[to * SLOT + i] = old[from + i]!;
    }
    this.#slots = slots;
  }

  entries(): DictionaryEntries {
    const bytes = new Uint8Array(LEAD + this.#used);
    bytes.set(this.#bytes.subarray(0, this.#used), LEAD);
    const spans = this.#spans.slice(0, 2 * this.size);
    for (let code = 0; code < this.size; code++) spans[2 * code]! += LEAD;
    return { bytes, spans, rows: this.#rows.slice(0, this.size) };
  }

  /** The texts in the order of their codes. */
  texts(): string[] {
    const texts: string[] = [];
    for (let code = 0; code < this.size; code++) texts.push(this.text(code));
    return texts;
  }

  text(code: number): string {
    const start = this.#spans[2 * code]!;
    return this.#bytes.toString('utf8', start, start + this.#spans[2 * code + 1]!);
  }

  /** The row that the text of a code was first met in. */
  rowOf(code: number): number {
    return this.#rows[code]!;
  }
}

/**
 * One dictionary of those of several threads, in the order of first appearance among all rows, and for each of them its codes there.
 */
export function mergeDictionaries(parts: readonly DictionaryEntries[]): {
  dictionary: ByteDictionary;
  codes: Int32Array[];
} {
  const dictionary = new ByteDictionary();
  const codes = parts.map(({ rows }) => new Int32Array(rows.length));
  const views = parts.map(({ bytes }) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const next = parts.map(() => 0);
  for (;;) {
    let first = -1;
    for (let p = 0; p < parts.length; p++) {
      const row = parts[p]!.rows[next[p]!];
      if (row !== undefined && (first === -1 || row < parts[first]!.rows[next[first]!]!)) first = p;
    }
    if (first === -1) return { dictionary, codes };
    const code = next[first]!++;
    const { spans, rows } = parts[first]!;
    const start = spans[2 * code]!;
    codes[first]![code] = dictionary.codeOf(views[first]!, start, start + spans[2 * code + 1]!, rows[code]!);
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function twice(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}
