import type { Column } from '../table.ts';
import { mergeDictionaries } from './byte-dictionary.ts';
import { CellParser } from './cell.ts';
import type { Rows } from './find-rows.ts';
import { type NotNumbers, tolerable, valuesOfTexts } from './infer-texts.ts';
import { TextCells } from './text-cells.ts';
import type { ReadCells } from './thread-cells.ts';
import { type Misfit, ValueCells } from './value-cells.ts';

export type Kind = Column['kind'];

/** A cell that is not of the kind that its column was asked to be; it counts as missing. */
export interface UnparsedCell {
  readonly column: string;
  /** Among all rows of all parts. */
  readonly row: number;
  readonly text: string;
}

/** Why a column is of its kind. */
export interface ColumnReading {
  readonly column: string;
  readonly kind: Kind;
  /** Cells of this kind. */
  readonly present: number;
  /** Cells that are not of this kind, and count as missing. */
  readonly misfits: readonly Misfit[];
  /** A sentence, such as `12 of 10000 cells are not numbers: "n/a" (hours.csv:17)`. */
  readonly reason: string;
}

/** Rows of the first block that the kind is guessed from. */
const SAMPLE = 1000;
/** Misfits that a reason shows. */
const SHOWN = 3;

/**
 * One column over all parts while it is read. Without a kind asked for, it is numeric when enough of its cells are numbers, else
 * datetime when enough are instants, else categorical; a column without any value is numeric. It is read as what the first rows look
 * like. Texts can still be turned into values at the end; values that turn out to be texts are read once more.
 */
export class ColumnBuilder {
  readonly name: string;
  readonly asked: Kind | undefined;
  readonly #missing: ReadonlySet<string>;
  readonly #tolerance: number;
  cells: ValueCells | TextCells | undefined;

  /**
   * @param missing   texts that mean a missing cell, beside the empty one
   * @param tolerance share of the cells with a value that may be of another kind
   */
  constructor(name: string, asked: Kind | undefined, missing: ReadonlySet<string>, tolerance: number) {
    this.name = name;
    this.asked = asked;
    this.#missing = missing;
    this.#tolerance = tolerance;
    if (asked !== undefined) this.readAs(asked);
  }

  readAs(kind: Kind): ValueCells | TextCells {
    this.cells = this.newCells(kind);
    return this.cells;
  }

  newCells(kind: Kind): ValueCells | TextCells {
    if (kind === 'categorical') return new TextCells();
    return new ValueCells(kind, this.asked !== undefined, this.#missing, this.#tolerance);
  }

  /** What cells of the first rows look like; of a column that is empty there, everything can be read as texts. */
  guess(rows: Rows, column: number): Kind {
    return (['numeric', 'datetime'] as const).find((kind) => this.#looksLike(kind, rows, column)) ?? 'categorical';
  }

  #looksLike(kind: 'numeric' | 'datetime', { bytes, bounds, width, count }: Rows, column: number): boolean {
    const parser = new CellParser(kind, this.#missing);
    let present = 0;
    let misfits = 0;
    for (let r = 0; r < count && r < SAMPLE; r++) {
      const k = r * (width + 1) + column;
      const found = parser.parse(bytes, bounds[k]! + 1, bounds[k + 1]!);
      if (found === 'identifier') return false;
      if (found === 'value') present++;
      else if (found === 'misfit') misfits++;
    }
    return present > 0 && tolerable(present, misfits, this.#tolerance);
  }

  /** Makes room for so many rows. @param shared in memory that threads share */
  reserve(nRows: number, shared: boolean): void {
    const { cells } = this;
    if (!cells) return;
    const old = cells.kind === 'categorical' ? cells.codes : cells.values;
    if (old.length >= nRows && (!shared || old.buffer instanceof SharedArrayBuffer)) return;
    const size = nRows * old.BYTES_PER_ELEMENT;
    const memory = shared ? new SharedArrayBuffer(size) : new ArrayBuffer(size);
    if (cells.kind === 'categorical') cells.codes = withRoom(cells.codes, new Int32Array(memory));
    else cells.values = withRoom(cells.values, new Float64Array(memory));
  }

  /** Takes over what threads read, and where they put it. @param ranges rows of each thread: from, to, from, to, … */
  adopt(parts: readonly ReadCells[], ranges: readonly Int32Array[]): void {
    const cells = this.cells!;
    if (cells instanceof TextCells) {
      const merged = mergeDictionaries(parts.flatMap((part) => (part.kind === 'categorical' ? [part.entries] : [])));
      cells.dictionary = merged.dictionary;
      cells.present = parts.reduce((sum, part) => sum + part.present, 0);
      for (const [t, codes] of merged.codes.entries()) recode(cells.codes, codes, ranges[t]!);
      return;
    }
    // The first is what these cells found themselves.
    for (const part of parts.slice(1)) if (part.kind !== 'categorical') cells.add(part);
    cells.misfits.sort((a, b) => a.row - b.row);
  }

  /** Whether values turned out to be texts: `cells` then is empty, for all rows to be read once more. */
  needsTexts(): boolean {
    const { cells } = this;
    if (!(cells instanceof ValueCells) || this.asked !== undefined) return false;
    const { present, misfits, refused } = cells;
    if (!refused && tolerable(present, misfits.length, this.#tolerance)) return false;
    this.cells = new TextCells();
    return true;
  }

  /** @param placeOf says where a row stands */
  finish(nRows: number, placeOf: (row: number) => string): { column: Column; reading: ColumnReading } {
    const { cells } = this;
    this.cells = undefined;
    if (cells instanceof TextCells) return this.#finishTexts(cells, nRows, placeOf);
    const { kind = 'numeric', present = 0, misfits = [], integer = true } = cells ?? {};
    const values = cells ? (fitted(cells.values, nRows) as Float64Array) : new Float64Array(nRows).fill(Number.NaN);
    return {
      column: valueColumn(this.name, kind, values, integer),
      reading: this.#reading(kind, present, misfits, placeOf),
    };
  }

  #finishTexts(
    cells: TextCells,
    nRows: number,
    placeOf: (row: number) => string,
  ): { column: Column; reading: ColumnReading } {
    const { name } = this;
    const { dictionary } = cells;
    const codes = fitted(cells.codes, nRows) as Int32Array;
    cells.codes = codes;
    let why: NotNumbers | undefined;
    for (const kind of this.asked === undefined ? (['numeric', 'datetime'] as const) : []) {
      const found = valuesOfTexts(kind, cells, this.#missing, this.#tolerance);
      if (!('values' in found)) {
        why ??= found;
        continue;
      }
      const values = new Float64Array(nRows);
      for (let row = 0; row < nRows; row++) values[row] = codes[row] === -1 ? Number.NaN : found.values[codes[row]!]!;
      const { present, misfits } = found;
      return {
        column: valueColumn(name, kind, values, kind === 'numeric' && values.every(isWholeOrMissing)),
        reading: this.#reading(kind, present, misfits, placeOf),
      };
    }
    const categories = this.#withoutMissing(dictionary.texts(), codes);
    const { present } = cells;
    const reason = why ? reasonOfTexts(why, present, this.#tolerance, placeOf) : 'asked for';
    return {
      column: { kind: 'categorical', name, codes, categories },
      reading: { column: name, kind: 'categorical', present, misfits: [], reason },
    };
  }

  /** Takes the texts out that mean a missing cell. */
  #withoutMissing(texts: readonly string[], codes: Int32Array): readonly string[] {
    if (!texts.some((text) => this.#missing.has(text))) return texts;
    const kept = texts.filter((text) => !this.#missing.has(text));
    let next = 0;
    const to = Int32Array.from(texts, (text) => (this.#missing.has(text) ? -1 : next++));
    recode(codes, to, Int32Array.of(0, codes.length));
    return kept;
  }

  #reading(
    kind: 'numeric' | 'datetime',
    present: number,
    misfits: readonly Misfit[],
    placeOf: (row: number) => string,
  ): ColumnReading {
    const what = kind === 'numeric' ? 'numbers' : 'instants';
    const examples = misfits.slice(0, SHOWN).map(({ row, text }) => `"${shortened(text)}" (${placeOf(row)})`);
    const reason =
      this.asked === undefined
        ? misfits.length === 0
          ? allOf(present, kind)
          : `${misfits.length} of ${present + misfits.length} cells are not ${what}: ${examples.join(', ')}${misfits.length > SHOWN ? ' …' : ''}`
        : 'asked for';
    return { column: this.name, kind, present, misfits, reason };
  }
}

function allOf(present: number, kind: 'numeric' | 'datetime'): string {
  if (present === 0) return 'no cell holds anything';
  if (present === 1) return kind === 'numeric' ? 'its one cell is a number' : 'its one cell is an instant';
  return `all ${present} cells are ${kind === 'numeric' ? 'numbers' : 'instants'}`;
}

function reasonOfTexts(why: NotNumbers, present: number, tolerance: number, placeOf: (row: number) => string): string {
  const { example, identifier, misfits } = why;
  const text = `"${shortened(example.text)}" (${placeOf(example.row)})`;
  if (identifier) return `${text} would not come back from a number`;
  if (misfits === present) return `no cell is a number or instant, such as ${text}`;
  const many = misfits ?? `more than ${Math.floor(tolerance * present)}`;
  return `${many} of ${present} cells are not numbers: ${text}`;
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function valueColumn(name: string, kind: 'numeric' | 'datetime', values: Float64Array, integer: boolean): Column {
  return kind === 'datetime' ? { kind, name, values } : { kind, name, values, integer };
}

function isWholeOrMissing(value: number): boolean {
  return Number.isNaN(value) || Number.isSafeInteger(value);
}

function withRoom<A extends Float64Array | Int32Array>(cells: A, larger: A): A {
  larger.set(cells);
  return larger;
}

/** The first cells; what was made room for in vain is given back when it is much. */
function fitted(cells: Float64Array | Int32Array, nRows: number): Float64Array | Int32Array {
  return cells.length > nRows * 1.25 ? cells.slice(0, nRows) : cells.subarray(0, nRows);
}

/** @param ranges rows to be given other codes: from, to, from, to, … */
function recode(codes: Int32Array, to: Int32Array, ranges: Int32Array): void {
  if (to.every((code, i) => code === i)) return;
  for (let i = 0; i < ranges.length; i += 2) {
    for (let row = ranges[i]!, end = ranges[i + 1]!; row < end; row++) {
      const code = codes[row]!;
      if (code !== -1) codes[row] = to[code]!;
    }
  }
}
