import { fieldEnd, fieldProblem } from './field-end.ts';
import { raggedProblem } from './malformed.ts';
import { MarkKernel, SLICE } from './mark-kernel.ts';

const QUOTE = 34;
const CR = 13;
const LF = 10;
const TWO_QUOTES = '""';
/** Of so few bytes the ends of cells are found before a kernel is made. */
const FEW_BYTES = 16_384;

/** Rows of text, told apart but not yet read: cell `c` of row `r` is the bytes between two bounds. */
export interface Rows {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly count: number;
  /**
   * width + 1 numbers a row: the byte before the first cell, then the byte behind each cell. Cell `c` of row `r` is the bytes
   * bounds[r × (width + 1) + c] + 1 … bounds[r × (width + 1) + c + 1] - 1.
   */
  readonly bounds: Int32Array;
  readonly width: number;
  /** No cell of these rows stands in quotes. */
  readonly plain: boolean;
  /** A quote may stand twice in a quoted cell. */
  readonly doubledQuotes: boolean;
  /** Line feeds up to where the rows end. */
  readonly lines: number;
  /** Two numbers for each row that does not begin on the line behind that of the row before: its number, and its line from 0. */
  readonly jumps: readonly number[];
}

/** Told of each row that breaks the rules. */
export type OnMalformed = (line: number, problem: string) => void;

/**
 * Finds the ends of cells in RFC 4180 text, in blocks whose rows are counted from 0 each time. What it found is valid until the next
 * block.
 *
 * Cost  one comparison a byte, and one more at the end of each cell; a block with quotes or carriage returns takes about twice that
 */
export class RowFinder implements Rows {
  readonly width: number;
  readonly #delimiter: number;
  readonly #onMalformed: OnMalformed;
  bytes: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  bounds = new Int32Array(0);
  count = 0;
  plain = true;
  doubledQuotes = false;
  lines = 0;
  jumps: number[] = [];
  #kernel: MarkKernel | undefined;
  #firstLine = 0;
  #used = 0;

  /** @param delimiter one byte */
  constructor(width: number, delimiter: number, onMalformed: OnMalformed) {
    this.width = width;
    this.#delimiter = delimiter;
    this.#onMalformed = onMalformed;
  }

  /** Begins a block in bytes that stay where they are until the next one begins. @param line that the first row is expected on, for messages */
  start(bytes: Buffer, line: number): void {
    this.move(bytes);
    this.#firstLine = line;
    this.count = 0;
    this.lines = 0;
    this.plain = true;
    this.doubledQuotes = false;
    this.jumps.length = 0;
    this.#used = 0;
  }

  /** The bytes of the block are found in another place now, at the same offsets. */
  move(bytes: Buffer): void {
    if (bytes === this.bytes) return;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /**
   * Appends the rows that begin in bytes `from` … `limit` - 1 and end before `filled`.
   *
   * @param filled bytes there are; the byte behind them is overwritten
   * @param final  nothing follows: the last row needs no line feed
   * @returns where the first row begins that was not taken: `limit` or more when all were
   */
  find(from: number, limit: number, filled: number, final: boolean): number {
    const { bytes } = this;
    bytes[filled] = LF;
    let end = bytes.indexOf(LF, limit - 1) + 1;
    if (end > filled && !(final && bytes[filled - 1] !== LF)) end = bytes.lastIndexOf(LF, filled - 1) + 1;
    if (end <= from) return from;
    const text = bytes.subarray(from, end);
    if (!text.includes(QUOTE) && !text.includes(CR)) {
      const next = this.#plainRows(from, end);
      return next === end ? next : this.#anyRows(next, limit, filled, final);
    }
    return this.#anyRows(from, limit, filled, final);
  }

  /** Rows without quotes and carriage returns, up to the first that has not as many cells as it should. */
  #plainRows(from: number, end: number): number {
    this.#reserve(end - from);
    const first = this.#used;
    this.bounds[first] = from - 1;
    const found = end - from < FEW_BYTES ? this.#markEach(from, end, first + 1) : this.#markFast(from, end, first + 1);
    const rows = this.#wholeRows(first, found.end, found.feeds);
    this.#used = first + rows * (this.width + 1);
    this.count += rows;
    this.lines += rows;
    return this.bounds[this.#used]! + 1;
  }

  /** Bounds of cells from `used` on. @returns where they end, and the line feeds among them */
  #markEach(from: number, end: number, used: number): { end: number; feeds: number } {
    const { bytes, bounds } = this;
    const delimiter = this.#delimiter;
    // Bytes above it belong to a cell.
    const highest = Math.max(delimiter, LF);
    let to = used;
    let feeds = 0;
    for (let at = from; at < end; at++) {
      const byte = bytes[at]!;
      if (byte > highest) continue;
      if (byte === delimiter) bounds[to++] = at;
      else if (byte === LF) {
        bounds[to++] = at;
        bounds[to++] = at;
        feeds++;
      }
    }
    return { end: to, feeds };
  }

  #markFast(from: number, end: number, used: number): { end: number; feeds: number } {
    const kernel = (this.#kernel ??= new MarkKernel());
    const before = kernel.feeds;
    let to = used;
    for (let at = from; at < end; at += SLICE) {
      const marks = kernel.find(this.bytes, at, Math.min(end, at + SLICE), this.#delimiter);
      this.bounds.set(marks, to);
      to += marks.length;
    }
    return { end: to, feeds: kernel.feeds - before };
  }

  /** How many rows have as many cells as they should, before the first that has not. @param first, end of their bounds */
  #wholeRows(first: number, end: number, feeds: number): number {
    const { bytes, bounds, width } = this;
    const stride = width + 1;
    const rows = Math.floor((end - first - 1) / stride);
    // With one line feed for each row, none can stand where a delimiter should.
    const oneEach = feeds === rows;
    for (let r = 0, at = first; r < rows; r++, at += stride) {
      const feed = bounds[at + width]!;
      // The next row begins where this one ends; a row without a byte is a blank line.
      if (bytes[feed] !== LF || bounds[at + stride] !== feed || feed === bounds[at]! + 1) return r;
      for (let c = 1; !oneEach && c < width; c++) if (bytes[bounds[at + c]!] === LF) return r;
    }
    return rows;
  }

  #anyRows(from: number, limit: number, filled: number, final: boolean): number {
    const { bytes, width } = this;
    const delimiter = this.#delimiter;
    // The line feed that was put behind the text ends the last row, if nothing else does.
    const text = bytes.subarray(0, filled + 1);
    this.#reserve(filled - from + 2);
    let at = from;
    this.plain = false;
    if (text.subarray(from).includes(TWO_QUOTES)) this.doubledQuotes = true;
    while (at < limit) {
      const byte = text[at]!;
      if (byte === LF || (byte === CR && text[at + 1] === LF)) {
        const next = at + (byte === LF ? 1 : 2);
        if (next > filled) return final ? next : at;
        // A blank line between rows holds nothing.
        this.lines++;
        this.jumps.push(this.count, this.lines);
        at = next;
        continue;
      }
      const { bounds } = this;
      let used = this.#used;
      bounds[used++] = at - 1;
      let cells = 0;
      let start = at;
      let end = -1;
      for (;;) {
        end = fieldEnd(text, start, delimiter);
        if (end === -1) break;
        if (cells++ < width) bounds[used++] = end;
        if (text[end] !== delimiter) break;
        start = end + 1;
      }
      const lineOf = (offset: number): number => this.#firstLine + this.lines + countFeeds(text, at, offset);
      const problem = end === -1 ? fieldProblem(text, start, lineOf) : undefined;
      const next = problem?.next ?? end + (text[end] === CR ? 2 : 1);
      if (next > filled && !final) return at;
      const feeds = countFeeds(text, at, Math.min(next, filled));
      if (problem) this.#onMalformed(lineOf(problem.at), problem.problem);
      else if (cells !== width) this.#onMalformed(lineOf(at), raggedProblem(cells, width));
      else {
        this.#used = used;
        this.count++;
      }
      this.lines += feeds;
      if (feeds !== 1 || problem || cells !== width) this.jumps.push(this.count, this.lines);
      at = next;
    }
    return at;
  }

  /** Makes room for the bounds of so many bytes of text: in the worst case each of them is one. */
  #reserve(bytes: number): void {
    const needed = this.#used + bytes * 2 + this.width + 2;
    if (needed <= this.bounds.length) return;
    // The next block may be a little longer.
    const bounds = new Int32Array(Math.ceil(1.1 * needed));
    bounds.set(this.bounds.subarray(0, this.#used));
    this.bounds = bounds;
  }
}

/** Line feeds in bytes `start` … `end` - 1. */
export function countFeeds(bytes: Buffer, start: number, end: number): number {
  let feeds = 0;
  for (let at = bytes.indexOf(LF, start); at !== -1 && at < end; at = bytes.indexOf(LF, at + 1)) feeds++;
  return feeds;
}
