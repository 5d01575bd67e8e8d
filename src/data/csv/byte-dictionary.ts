const FACTOR = 0x9e3779b1 | 0;

/** The texts of a dictionary as bytes, so that a thread can hand them over. */
export interface DictionaryEntries {
  /** The texts, one behind the other with gaps. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Two numbers a text: where it begins, and its length. */
  readonly spans: Int32Array<ArrayBuffer>;
  /** The row that each text was first met in, in ascending order. */
  readonly rows: Int32Array<ArrayBuffer>;
}

/** Codes of texts in order of first appearance. Texts are compared as bytes, four at a time, and only a new one is copied. */
export class ByteDictionary {
  size = 0;
  #mask = 255;
  /** Four numbers a slot: the code + 1 (0: the slot is free), the hash, where the text begins in `bytes`, its length. */
  #slots = new Int32Array(4 * 256);
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
    // The last four bytes; of a shorter text all bytes, and zeros behind them.
    const tail = length < 4 ? view.getInt32(end - 4, true) >>> (32 - 8 * length) : view.getInt32(end - 4, true);
    const last = end - 4;
    let hash = Math.imul(length ^ tail, FACTOR);
    for (let at = start; at < last; at += 4) {
      hash = Math.imul(hash ^ (hash >>> 15) ^ view.getInt32(at, true), FACTOR);
    }
    hash ^= hash >>> 15;
    let slot = hash & this.#mask;
    for (;;) {
      const at = slot << 2;
      const known = slots[at]!;
      if (known === 0) return this.#add(view, start, end, hash, at, row);
      if (slots[at + 1] === hash && slots[at + 3] === length) {
        const from = slots[at + 2]!;
        const lastOfKnown = length < 4 ? from : from + length - 4;
        if (this.#view.getInt32(lastOfKnown, true) === tail && this.#same(view, start, last, from)) return known - 1;
      }
      slot = (slot + 1) & this.#mask;
    }
  }

  #same(view: DataView, start: number, last: number, from: number): boolean {
    let other = from;
    for (let at = start; at < last; at += 4, other += 4) {
      if (view.getInt32(at, true) !== this.#view.getInt32(other, true)) return false;
    }
    return true;
  }

  #add(view: DataView, start: number, end: number, hash: number, at: number, row: number): number {
    const code = this.size++;
    const length = end - start;
    this.#reserve(length);
    this.#bytes.set(new Uint8Array(view.buffer, view.byteOffset + start, length), this.#used);
    if (this.#rows.length === code) {
      this.#rows = twice(this.#rows);
      this.#spans = twice(this.#spans);
    }
    this.#spans[2 * code] = this.#used;
    this.#spans[2 * code + 1] = length;
    this.#rows[code] = row;
    const slots = this.#slots;
    slots[at] = code + 1;
    slots[at + 1] = hash;
    slots[at + 2] = this.#used;
    slots[at + 3] = length;
    // A short text is read as four bytes.
    this.#used += Math.max(4, length);
    if (this.size * 2 > this.#mask) this.#grow();
    return code;
  }

  #reserve(length: number): void {
    const needed = this.#used + length + 4;
    if (needed <= this.#bytes.length) return;
    const bytes = Buffer.alloc(Math.max(needed, this.#bytes.length * 2));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }

  #grow(): void {
    const old = this.#slots;
    this.#mask = this.#mask * 2 + 1;
    const slots = new Int32Array(4 * (this.#mask + 1));
    for (let from = 0; from < old.length; from += 4) {
      if (old[from] === 0) continue;
      let slot = old[from + 1]! & this.#mask;
      while (slots[slot << 2] !== 0) slot = (slot + 1) & this.#mask;
      const at = slot << 2;
      for (let i = 0; i < 4; i++) slots[at + i] = old[from + i]!;
    }
    this.#slots = slots;
  }

  entries(): DictionaryEntries {
    return {
      bytes: this.#bytes.subarray(0, this.#used + 4) as Uint8Array<ArrayBuffer>,
      spans: this.#spans.subarray(0, 2 * this.size),
      rows: this.#rows.subarray(0, this.size),
    };
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
  const views = parts.map(({ bytes }) => {
    // A text is read with what stands before its last four bytes.
    const room = Buffer.alloc(bytes.length + 4);
    room.set(bytes, 4);
    return viewOf(room);
  });
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
    const start = spans[2 * code]! + 4;
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
