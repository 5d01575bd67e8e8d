import { MlopsError } from '../../errors/mlops-error.ts';
import { RowFinder, type Rows } from './find-rows.ts';
import { type Header, readHeader } from './header.ts';
import { checkText, withoutMark } from './text-check.ts';

/** Bytes that are gone through at a time by default: they and the bounds of their cells stay in the processor's cache. */
export const BLOCK_BYTES = 256 * 1024;
/** Bytes before the first one that are read together with it. */
export const LEAD = 8;
const LF = 10;

/** Takes the rows of a part, block after block. */
export interface RowSink {
  /** @returns false: the rows are not wanted */
  startPart(name: string, header: Header): boolean;
  /** @param line that the first row begins on, from 1 */
  addRows(rows: Rows, line: number): void;
  malformed(name: string, line: number, problem: string): void;
}

export interface PartOptions {
  readonly name: string;
  /** One byte. */
  readonly delimiter: number;
  readonly maxLineBytes: number;
  /** Bytes there will be, if that is known. */
  readonly expectedBytes?: number;
  readonly blockBytes?: number;
}

/** Goes through the UTF-8 text of one part, which is filled in piece by piece, and is never held whole. */
export class PartReader {
  readonly #options: PartOptions;
  readonly #sink: RowSink;
  #buffer: Buffer;
  /** The text that is not read yet: bytes `from` … `filled` - 1. */
  #from = LEAD;
  #filled = LEAD;
  #line = 1;
  #finder: RowFinder | undefined;
  /** False: the header has told that the rows are not wanted. */
  wanted = true;
  #atStart = true;

  constructor(sink: RowSink, options: PartOptions) {
    this.#sink = sink;
    this.#options = options;
    const { blockBytes = BLOCK_BYTES, expectedBytes = blockBytes } = options;
    const size = Math.min(blockBytes, expectedBytes + 1);
    this.#buffer = Buffer.allocUnsafe(LEAD + Math.max(4, size) + 1);
  }

  /** For a part whose header is known: what is filled in is its body. */
  startAtBody(header: Header): void {
    this.#atStart = false;
    this.#start(header);
  }

  /** Where the next bytes are to be put; `take` tells how many. */
  room(): Buffer {
    return this.#buffer.subarray(this.#filled, this.#buffer.length - 1);
  }

  take(bytes: number): void {
    this.#filled += bytes;
    if (this.#filled === this.#buffer.length - 1) this.#read(false);
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const room = this.room();
      const piece = chunk.subarray(at, at + room.length);
      room.set(piece);
      at += piece.length;
      this.take(piece.length);
    }
  }

  /** Goes through what is there so far. */
  peek(): void {
    this.#read(false);
  }

  /** @throws DATA_EMPTY without a header */
  end(): void {
    this.#read(true);
    if (!this.#finder) throw new MlopsError('DATA_EMPTY', `${this.#options.name} is empty: it has no header`);
  }

  #read(final: boolean): void {
    if (this.#atStart) this.#skipMark();
    if (!this.#finder) this.#readHeader(final);
    const from = this.#from;
    if (this.#finder && this.wanted) this.#readRows(this.#finder, final);
    else if (this.#finder) this.#from = this.#filled;
    if (final) return;
    const rest = this.#filled - this.#from;
    if (this.#from === from && rest > this.#options.maxLineBytes) throw this.#tooLong();
    if (this.#from > LEAD) this.#buffer.copyWithin(LEAD, this.#from, this.#filled);
    else if (this.#filled === this.#buffer.length - 1) {
      const larger = Buffer.allocUnsafe(this.#buffer.length * 2);
      larger.set(this.#buffer.subarray(0, this.#filled));
      this.#buffer = larger;
    }
    this.#from = LEAD;
    this.#filled = LEAD + rest;
  }

  #readRows(finder: RowFinder, final: boolean): void {
    if (this.#from >= this.#filled) return;
    finder.start(this.#buffer, this.#line);
    const next = Math.min(this.#filled, finder.find(this.#from, this.#filled, this.#filled, final));
    checkText(this.#options.name, this.#buffer.subarray(this.#from, next), this.#line);
    if (finder.count > 0) this.#sink.addRows(finder, this.#line);
    this.#line += finder.lines;
    this.#from = next;
  }

  #readHeader(final: boolean): void {
    const { name, delimiter, maxLineBytes } = this.#options;
    const buffer = this.#buffer;
    const start = this.#from;
    buffer[this.#filled] = LF;
    const ended = final && buffer[this.#filled - 1] !== LF && this.#filled > start;
    const end = ended ? this.#filled + 1 : buffer.lastIndexOf(LF, this.#filled - 1) + 1;
    if (end <= start) return;
    const text = buffer.subarray(start, end);
    let header: Header | undefined;
    try {
      checkText(name, text.subarray(0, text.indexOf(LF)), 1);
      header = readHeader(name, text, delimiter);
    } catch (error) {
      // A header that is not all there may look malformed.
      if (final || this.#filled - start > maxLineBytes) throw error;
    }
    if (!header) return;
    checkText(name, text.subarray(0, header.body), 1);
    this.#start(header);
    this.#from = Math.min(this.#filled, start + header.body);
  }

  #start(header: Header): void {
    const { name, delimiter } = this.#options;
    this.wanted = this.#sink.startPart(name, header);
    this.#line = header.line;
    this.#finder = new RowFinder(header.names.length, delimiter, (line, problem) =>
      this.#sink.malformed(name, line, problem),
    );
  }

  #skipMark(): void {
    this.#atStart = false;
    const text = this.#buffer.subarray(this.#from, this.#filled);
    this.#from += text.length - withoutMark(this.#options.name, text).length;
  }

  #tooLong(): MlopsError {
    const { name, maxLineBytes } = this.#options;
    return new MlopsError(
      'CSV_MALFORMED',
      `${name}:${this.#line}: a row of more than ${maxLineBytes} bytes begins here; close its quotes, or set data.csv.max-line-bytes higher`,
    );
  }
}
