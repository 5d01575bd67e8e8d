import { fieldEnd, fieldProblem } from '../data/csv/field-end.ts';
import type { Fields } from '../data/csv/fields.ts';
import { raggedProblem } from '../data/csv/malformed.ts';

/** A row as it lies in the text. */
export interface RowSpan {
  /** From 1. */
  readonly line: number;
  /** Bytes `start` … `end` - 1, without the line break. */
  readonly start: number;
  readonly end: number;
  /** Why it cannot be read; undefined: it can. */
  readonly fault: string | undefined;
}

const CR = 13;
const LF = 10;

/** The rows of CSV text, good and bad, told apart as the reader of tables does. */
export function separateRows({ bytes, delimiter, body, header }: Fields): RowSpan[] {
  const rows: RowSpan[] = [];
  let line = 1 + countFeeds(bytes, 0, body);
  let next: number;
  for (let at = body; at < bytes.length; at = next) {
    if (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF)) next = at + (bytes[at] === LF ? 1 : 2);
    else {
      const row = rowAt(bytes, at, delimiter, header.length);
      rows.push({ line, start: at, end: row.end, fault: row.fault });
      next = row.next;
    }
    line += countFeeds(bytes, at, next);
  }
  return rows;
}

/** The text without the bad rows. */
export function withoutBadRows(bytes: Buffer, rows: readonly RowSpan[]): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { start, end, fault } of rows) {
    if (fault === undefined) continue;
    // The line break stays: a blank line holds nothing.
    pieces.push(bytes.subarray(from, start));
    from = end;
  }
  pieces.push(bytes.subarray(from));
  return Buffer.concat(pieces);
}

interface FoundRow {
  readonly end: number;
  readonly next: number;
  readonly fault: string | undefined;
}

/** A bad row ends with its line, so that a stray quote does not take the rows behind it along. */
function rowAt(bytes: Buffer, start: number, delimiter: number, width: number): FoundRow {
  let found = 0;
  for (let at = start; ; at++) {
    const end = fieldEnd(bytes, at, delimiter);
    if (end === -1) return badLine(bytes, start, fieldProblem(bytes, at).problem);
    found++;
    at = end;
    if (bytes[end] === delimiter) continue;
    if (found !== width) return badLine(bytes, start, raggedProblem(found, width));
    return { end, next: bytes[end] === CR ? end + 2 : end + 1, fault: undefined };
  }
}

function badLine(bytes: Buffer, start: number, fault: string): FoundRow {
  const feed = bytes.indexOf(LF, start);
  return { end: bytes[feed - 1] === CR ? feed - 1 : feed, next: feed + 1, fault };
}

function countFeeds(bytes: Buffer, start: number, end: number): number {
  let feeds = 0;
  for (let at = bytes.indexOf(LF, start); at !== -1 && at < end; at = bytes.indexOf(LF, at + 1)) feeds++;
  return feeds;
}
