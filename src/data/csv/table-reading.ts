import type { CsvSettings } from '../../config/data-settings.ts';
import { MlopsError } from '../../errors/mlops-error.ts';
import { listSome } from '../../errors/suggest.ts';
import type { Table } from '../table.ts';
import { CodeKernel } from './code-kernel.ts';
import { ColumnBuilder, type ColumnReading, type Kind, type UnparsedCell } from './column-builder.ts';
import type { Rows } from './find-rows.ts';
import type { Header } from './header.ts';
import { LineIndex } from './line-index.ts';
import { MalformedLines } from './malformed.ts';
import type { RowSink } from './part-reader.ts';
import { type ReadCells, readCellsOf } from './thread-cells.ts';

export interface TableReadingOptions {
  readonly csv: CsvSettings;
  readonly kinds?: Readonly<Record<string, Kind>>;
}

/** A table with why its columns are of their kinds. */
export interface CsvTable {
  readonly table: Table;
  readonly readings: readonly ColumnReading[];
  /** Cells that are not of the kind asked for, row by row. */
  readonly unparsed: readonly UnparsedCell[];
}

/** Rows of a block for which a kernel is made. */
const MANY_ROWS = 500;

/** A column that threads write to. */
export interface SharedCells {
  readonly name: string;
  readonly kind: Kind;
  readonly memory: SharedArrayBuffer;
}

/** What a thread found. */
export interface ThreadReading {
  /** By column of the pass. */
  readonly cells: readonly ReadCells[];
  readonly ranges: Int32Array;
  readonly lines: readonly number[];
}

/** The rows of all parts as one table, gone through in one pass, and in a second one for columns whose kind was guessed wrong. */
export class TableReading implements RowSink {
  readonly #missing: ReadonlySet<string>;
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #tolerance: number;
  readonly #malformed = new MalformedLines();
  readonly #faults: string[] = [];
  #firstName = '';
  builders: readonly ColumnBuilder[] = [];
  /** By position in the part that is being read; undefined: the column is not read in this pass. */
  columns: readonly (ColumnBuilder | undefined)[] = [];
  readonly lines = new LineIndex();
  nRows = 0;
  #capacity = 0;
  #secondPass: ReadonlySet<ColumnBuilder> | undefined;
  /** Of text, in all parts; undefined: that cannot be known before. */
  totalBytes: number | undefined;
  #bytes = 0;
  /** Of the rows that this thread reads: from, to, from, to, … */
  #ranges: number[] = [];
  #kernel: CodeKernel | undefined;

  constructor({ csv, kinds = {} }: TableReadingOptions) {
    this.#missing = new Set(csv['missing-values']);
    this.#kinds = new Map(Object.entries(kinds));
    this.#tolerance = 1 - csv['kind-share'];
  }

  startPart(name: string, { names, line }: Header): boolean {
    if (this.builders.length === 0) {
      this.#firstName = name;
      this.builders = names.map((column) => this.#builder(column));
    }
    this.#compare(name, names);
    if (this.#faults.length > 0) return false;
    const byName = new Map(this.#ofThisPass().map((builder) => [builder.name, builder]));
    this.columns = names.map((column) => byName.get(column));
    if (!this.#secondPass) {
      this.lines.startPart(name, this.nRows);
      this.lines.add(this.nRows, line);
    }
    return true;
  }

  #builder(column: string): ColumnBuilder {
    return new ColumnBuilder(column, this.#kinds.get(column), this.#missing, this.#tolerance);
  }

  #ofThisPass(): readonly ColumnBuilder[] {
    return this.#secondPass ? [...this.#secondPass] : this.builders;
  }

  #compare(name: string, names: readonly string[]): void {
    const first = this.builders.map((builder) => builder.name);
    const [known, own] = [new Set(first), new Set(names)];
    const absent = first.filter((column) => !own.has(column));
    const extra = names.filter((column) => !known.has(column));
    if (absent.length > 0) this.#faults.push(`${name} lacks ${listSome(absent)}, which ${this.#firstName} has`);
    if (extra.length > 0) this.#faults.push(`${name} has ${listSome(extra)}, which ${this.#firstName} lacks`);
  }

  addRows(rows: Rows, line: number): void {
    this.guessKinds(rows);
    const row = this.nRows;
    this.nRows += rows.count;
    this.#bytes += rows.bounds[(rows.width + 1) * rows.count - 1]! - rows.bounds[0]!;
    if (this.nRows > this.#capacity) this.reserve(this.#expectedRows());
    this.addRowsAt(rows, row, line);
  }

  /** @param row that the first of the rows is, for which there is room */
  addRowsAt(rows: Rows, row: number, line: number): void {
    if (this.#ranges.at(-1) === row) this.#ranges[this.#ranges.length - 1] = row + rows.count;
    else this.#ranges.push(row, row + rows.count);
    if (!this.#secondPass) this.lines.addRows(row, line, rows.jumps);
    if (rows.count > MANY_ROWS) this.#kernel ??= new CodeKernel();
    const kernel = this.#kernel?.load(rows) ? this.#kernel : undefined;
    for (let c = 0; c < rows.width; c++) this.columns[c]?.cells?.read(rows, c, row, kernel);
  }

  /** Of columns that nothing is known of yet. */
  guessKinds(rows: Rows): void {
    for (const [c, builder] of this.columns.entries()) {
      if (builder && !builder.cells) builder.readAs(builder.guess(rows, c));
    }
  }

  malformed(name: string, line: number, problem: string): void {
    this.#malformed.add(name, () => line, problem);
  }

  /** Rows that there will be, if the others are as long as those so far. */
  #expectedRows(): number {
    if (this.totalBytes === undefined) return Math.ceil(this.nRows * 1.5);
    const expected = Math.ceil((1.03 * this.nRows * this.totalBytes) / Math.max(1, this.#bytes));
    return Math.max(this.nRows, Math.min(expected, this.totalBytes));
  }

  /** Makes room for so many rows in the columns of this pass. @param shared in memory that threads share */
  reserve(nRows: number, shared = false): void {
    this.#capacity = nRows;
    for (const builder of this.columns) builder?.reserve(nRows, shared);
  }

  /** The columns of this pass, for `share` in another thread. */
  sharedCells(): SharedCells[] {
    return this.#ofThisPass().map((builder) => {
      const cells = builder.cells!;
      const memory = (cells.kind === 'categorical' ? cells.codes : cells.values).buffer as SharedArrayBuffer;
      return { name: builder.name, kind: cells.kind, memory };
    });
  }

  /** Reads a part into columns of another thread. */
  share(header: readonly string[], shared: readonly SharedCells[]): void {
    if (this.builders.length === 0) this.builders = shared.map(({ name }) => this.#builder(name));
    this.columns = header.map((column) => {
      const given = shared.find(({ name }) => name === column);
      const builder = this.builders.find(({ name }) => name === column);
      if (!given || !builder) return undefined;
      const cells = builder.cells?.kind === given.kind ? builder.cells : builder.readAs(given.kind);
      if (cells.kind === 'categorical') cells.codes = new Int32Array(given.memory);
      else cells.values = new Float64Array(given.memory);
      return builder;
    });
  }

  /** What this thread found in this pass, for `adopt` in another one. */
  ofThread(): ThreadReading {
    const cells = this.#ofThisPass().map((builder) => readCellsOf(builder.cells!));
    return { cells, ranges: Int32Array.from(this.#ranges), lines: this.lines.entries };
  }

  /** Takes over what other threads found in this pass. */
  adopt(threads: readonly ThreadReading[]): void {
    // A thread that came too late for any block knows of no column.
    const all = [this.ofThread(), ...threads.filter(({ ranges }) => ranges.length > 0)];
    if (all.length === 1) return;
    for (const [i, builder] of this.#ofThisPass().entries()) {
      builder.adopt(
        all.map(({ cells }) => cells[i]!),
        all.map(({ ranges }) => ranges),
      );
    }
    if (!this.#secondPass) this.lines.adopt(all.slice(1).map(({ lines }) => lines));
  }

  /**
   * To be called behind the last part.
   *
   * @returns true: all parts are to be read once more
   * @throws DATA_UNREADABLE when a part has other columns than the first · CSV_MALFORMED with up to ten lines
   */
  needsSecondPass(): boolean {
    if (this.#faults.length > 0) throw new MlopsError('DATA_UNREADABLE', this.#faults);
    this.#malformed.throwIfAny();
    const again = this.builders.filter((builder) => builder.needsTexts());
    if (again.length === 0) return false;
    this.#secondPass = new Set(again);
    this.#ranges = [];
    this.#capacity = 0;
    this.nRows = 0;
    this.#bytes = 0;
    return true;
  }

  finish(): CsvTable {
    const placeOf = (row: number): string => this.lines.placeOf(row);
    const columns = this.builders.map((builder) => builder.finish(this.nRows, placeOf));
    const unparsed = this.builders.flatMap(({ asked }, c) =>
      asked === undefined
        ? []
        : columns[c]!.reading.misfits.map((cell) => ({ column: this.builders[c]!.name, ...cell })),
    );
    return {
      table: { nRows: this.nRows, columns: columns.map(({ column }) => column) },
      readings: columns.map(({ reading }) => reading),
      unparsed: unparsed.sort((a, b) => a.row - b.row),
    };
  }
}
