import { ByteDictionary, type DictionaryEntries } from './byte-dictionary.ts';
import type { CodeKernel } from './code-kernel.ts';
import type { Rows } from './find-rows.ts';

const QUOTE = 34;
/** Texts of a column that the kernel may know. */
const MOST_KEPT = 1024;

/** Memory for codes. Shared memory can be written to by threads. */
export type Codes = Int32Array<ArrayBufferLike>;

/** What a thread found beside the codes. */
export interface ReadTexts {
  readonly kind: 'categorical';
  readonly present: number;
  readonly entries: DictionaryEntries;
}

/** Texts of a column as codes of a dictionary, as far as one thread reads them; a missing cell is -1. */
export class TextCells {
  readonly kind = 'categorical';
  codes: Codes = new Int32Array(0);
  /** Cells with a text. */
  present = 0;
  /** Of the kernel that reads blocks with this one. */
  #cache: number | undefined;
  /** Whether a code was given to it. */
  readonly #kept = new Uint8Array(MOST_KEPT);
  dictionary = new ByteDictionary();

  /**
   * @param row    of the first of the rows, for which `codes` has room
   * @param kernel the rows were brought into it; always the same one
   */
  read(rows: Rows, column: number, row: number, kernel?: CodeKernel): void {
    // Of very many texts few rows have one that is known.
    const cache = kernel && this.dictionary.size <= MOST_KEPT ? (this.#cache ??= kernel.newCache()) : undefined;
    if (cache === undefined) this.#readEach(rows, column, row);
    else this.#readKnown(rows, column, row, kernel!, cache);
  }

  /** Most texts are known; the others are looked up one by one. */
  #readKnown(
    { view, bounds, width, count }: Rows,
    column: number,
    row: number,
    kernel: CodeKernel,
    cache: number,
  ): void {
    const found = kernel.codes(column, cache);
    let missing = 0;
    for (let r = 0; r < count; r++) {
      if (found[r]! >= 0) continue;
      if (found[r] === -1) {
        missing++;
        continue;
      }
      const k = r * (width + 1) + column;
      const start = bounds[k]! + 1;
      const end = bounds[k + 1]!;
      const code = this.dictionary.codeOf(view, start, end, row + r);
      if (code < MOST_KEPT && this.#kept[code] === 0) {
        this.#kept[code] = 1;
        kernel.keep(start, end, code, cache);
      }
      found[r] = code;
    }
    this.codes.set(found, row);
    this.present += count - missing;
  }

  #readEach(rows: Rows, column: number, row: number): void {
    const { view, bounds, width, count, plain } = rows;
    const codes = this.codes;
    const dictionary = this.dictionary;
    const stride = width + 1;
    let missing = 0;
    for (let r = row, k = column, last = row + count; r < last; r++, k += stride) {
      let start = bounds[k]! + 1;
      let end = bounds[k + 1]!;
      const quoted = !plain && view.getUint8(start) === QUOTE && end > start;
      if (quoted) {
        start++;
        end--;
      }
      if (start === end) {
        codes[r] = -1;
        missing++;
      } else if (quoted && rows.doubledQuotes) codes[r] = this.#unescaped(rows, start, end, r);
      else codes[r] = dictionary.codeOf(view, start, end, r);
    }
    this.present += count - missing;
  }

  /** A quote in a quoted field is written twice. */
  #unescaped({ view, bytes }: Rows, start: number, end: number, row: number): number {
    let at = start;
    while (at < end && bytes[at] !== QUOTE) at++;
    if (at === end) return this.dictionary.codeOf(view, start, end, row);
    const text = bytes.toString('latin1', start, end).replaceAll('""', '"');
    // A dictionary looks at four bytes even of a shorter text.
    const room = Buffer.from(`\0\0\0\0${text}`, 'latin1');
    return this.dictionary.codeOf(new DataView(room.buffer, room.byteOffset, room.length), 4, room.length, row);
  }
}
