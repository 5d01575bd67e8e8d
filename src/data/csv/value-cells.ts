import { CellParser } from './cell.ts';
import type { Rows } from './find-rows.ts';
import { longDecimal, SHORT_BYTES, shortDecimal } from './plain-decimal.ts';

const QUOTE = 34;
const ZERO = 48;
const ZEROS = 0x30303030;

/** A cell that is not what its column holds. */
export interface Misfit {
  /** Among all rows of all parts. */
  readonly row: number;
  readonly text: string;
}

/** What a thread found beside the values. */
export interface ReadValues {
  readonly kind: 'numeric' | 'datetime';
  readonly present: number;
  readonly integer: boolean;
  readonly misfits: readonly Misfit[];
  readonly refused: Misfit | undefined;
}

/** Memory for cells. Shared memory can be written to by threads. */
export type Floats = Float64Array<ArrayBufferLike>;

/**
 * Numbers or instants of a column, as far as one thread reads them; every other cell is NaN. A column that was not asked to be of
 * this kind is given up at an identifier, or when too many cells are something else.
 */
export class ValueCells {
  readonly kind: 'numeric' | 'datetime';
  values: Floats = new Float64Array(0);
  /** All values are whole numbers within ±2^53. */
  integer = true;
  /** Cells with a value. */
  present = 0;
  readonly misfits: Misfit[] = [];
  /** Why the column is not of this kind; undefined: it may be. */
  refused: Misfit | undefined;
  readonly #asked: boolean;
  readonly #parser: CellParser;
  /** Numbers that a missing cell may be written as. */
  readonly #missingNumbers: ReadonlySet<number> | undefined;
  /** Share of the cells that may be something else. */
  readonly #tolerance: number;
  #seen = 0;

  constructor(kind: 'numeric' | 'datetime', asked: boolean, missing: ReadonlySet<string>, tolerance: number) {
    this.kind = kind;
    this.#asked = asked;
    this.#parser = new CellParser(kind, missing);
    const numbers = [...missing].map(Number).filter((value) => !Number.isNaN(value));
    this.#missingNumbers = numbers.length > 0 ? new Set(numbers) : undefined;
    this.#tolerance = tolerance;
  }

  /** @param row of the first of the rows, for which `values` has room */
  read(rows: Rows, column: number, row: number): void {
    if (this.refused) return;
    this.#seen += rows.count;
    this.present += rows.count;
    if (this.kind === 'numeric') this.#numbers(rows, column, row);
    else this.#instants(rows, column, row);
    // What is far beyond the share so far will hardly come back to it; more misfits would only fill the memory.
    const most = 1000 + 4 * this.#tolerance * this.#seen;
    if (!this.#asked && this.misfits.length > most) this.refused = this.misfits[0];
  }

  /**
   * Up to eight digits are added up as four bytes at a time: ten times the first of a pair and the second, then a hundred times the
   * first pair and the second.
   */
  #numbers({ view, bytes, bounds, width, count, plain }: Rows, column: number, row: number): void {
    const values = this.values;
    const stride = width + 1;
    const missingNumbers = this.#missingNumbers;
    for (let r = row, k = column, last = row + count; r < last; r++, k += stride) {
      let start = bounds[k]! + 1;
      let end = bounds[k + 1]!;
      if (!plain && bytes[start] === QUOTE && end > start) {
        start++;
        end--;
      }
      const length = end - start;
      if (length === 0) {
        values[r] = Number.NaN;
        this.present--;
        continue;
      }
      let value = Number.NaN;
      // Digits such as 01234 may be a text.
      if (length <= 8 && (length <= 2 || bytes[start] !== ZERO)) {
        let low = view.getInt32(end - 4, true) ^ ZEROS;
        if (length <= 4) {
          low &= -1 << (32 - 8 * length);
          if ((((low + 0x76767676) | low) & 0x80808080) === 0) {
            low = (Math.imul(low, 10) + (low >>> 8)) & 0x00ff00ff;
            value = (low & 0xff) * 100 + (low >>> 16);
          }
        } else {
          let high = (view.getInt32(end - 8, true) ^ ZEROS) & (-1 << (64 - 8 * length));
          if ((((low + 0x76767676) | low | (high + 0x76767676) | high) & 0x80808080) === 0) {
            low = (Math.imul(low, 10) + (low >>> 8)) & 0x00ff00ff;
            high = (Math.imul(high, 10) + (high >>> 8)) & 0x00ff00ff;
            value = ((high & 0xff) * 100 + (high >>> 16)) * 10_000 + (low & 0xff) * 100 + (low >>> 16);
          }
        }
      }
      const digits = !Number.isNaN(value);
      if (!digits) value = length <= SHORT_BYTES ? shortDecimal(bytes, start, end) : longDecimal(view, start, end);
      if (Number.isNaN(value) || missingNumbers?.has(value)) this.#any(bytes, bounds[k]! + 1, bounds[k + 1]!, r);
      else {
        values[r] = value;
        if (!digits && this.integer && Math.trunc(value) !== value) this.integer = false;
      }
    }
  }

  /** The instant of the row before is often that of the next one. */
  #instants({ view, bytes, bounds, width, count }: Rows, column: number, row: number): void {
    const values = this.values;
    const stride = width + 1;
    let knownStart = 0;
    let known = 0;
    let value = Number.NaN;
    for (let r = row, k = column, last = row + count; r < last; r++, k += stride) {
      const start = bounds[k]! + 1;
      const end = bounds[k + 1]!;
      const length = end - start;
      if (length !== known || length < 4 || !sameBytes(view, knownStart, start, length)) {
        this.#any(bytes, start, end, r);
        value = values[r]!;
        known = Number.isNaN(value) ? 0 : length;
        knownStart = start;
      } else values[r] = value;
    }
  }

  /** Takes over what another thread found. */
  add(read: ReadValues): void {
    this.present += read.present;
    if (!read.integer) this.integer = false;
    this.refused ??= read.refused;
    for (const misfit of read.misfits) this.misfits.push(misfit);
  }

  /** Any cell, however it is written. */
  #any(bytes: Buffer, start: number, end: number, row: number): void {
    const found = this.#parser.parse(bytes, start, end);
    const { value } = this.#parser;
    if (found === 'value' || (found === 'identifier' && this.#asked)) {
      this.values[row] = value;
      if (this.integer && !Number.isSafeInteger(value)) this.integer = false;
      return;
    }
    this.values[row] = Number.NaN;
    this.present--;
    if (found === 'missing') return;
    const misfit = { row, text: this.#parser.text(bytes) };
    if (found === 'identifier') this.refused ??= misfit;
    else this.misfits.push(misfit);
  }
}

function sameBytes(view: DataView, one: number, other: number, length: number): boolean {
  const last = length - 4;
  for (let i = 0; i < last; i += 4) {
    if (view.getInt32(one + i, true) !== view.getInt32(other + i, true)) return false;
  }
  return view.getInt32(one + last, true) === view.getInt32(other + last, true);
}
