import { closeSync, openSync, readSync } from 'node:fs';
import { MlopsError } from '../../errors/mlops-error.ts';
import { type BlockQueue, passQuotes, passRows, stopOf, stopQueue, takeBlock } from './block-queue.ts';
import { countFeeds, RowFinder } from './find-rows.ts';
import { LEAD } from './part-reader.ts';
import type { TableReading } from './table-reading.ts';
import { checkText } from './text-check.ts';

const QUOTE = 34;
const LF = 10;
/** Bytes read behind a block, so that the row that it ends in is there as a rule. */
const TAIL = 4096;
/** A thread works so long before it looks after its messages. */
const BREATH_MS = 20;

/** A file whose rows threads read into shared columns. Plain data: it can be handed to a thread. */
export interface BlockJob {
  readonly name: string;
  readonly path: string;
  /** Where the rows begin. */
  readonly begin: number;
  readonly size: number;
  readonly delimiter: number;
  readonly width: number;
  readonly maxLineBytes: number;
  readonly blockBytes: number;
  /** Rows that the columns have room for. */
  readonly capacity: number;
  readonly queue: BlockQueue;
}

/**
 * Reads blocks until none is left, or the queue is stopped: by a fault in the text, which a reader that begins at the first byte can
 * name better, or because there are more rows than room.
 */
export async function scanBlocks(job: BlockJob, reading: TableReading, onBlock: () => void = () => {}): Promise<void> {
  const { queue } = job;
  const file = openSync(job.path, 'r');
  try {
    const reader = new BlockReader(job, file, reading);
    let breath = performance.now();
    for (let block = takeBlock(queue); block !== undefined; block = takeBlock(queue)) {
      await reader.read(block);
      if (performance.now() - breath < BREATH_MS) continue;
      onBlock();
      await new Promise(setImmediate);
      breath = performance.now();
    }
  } catch (error) {
    stopQueue(queue, 'fault');
    // It is told by who reads the text once more.
    if (!(error instanceof MlopsError)) throw error;
  } finally {
    closeSync(file);
  }
}

class BlockReader {
  readonly #job: BlockJob;
  readonly #file: number;
  readonly #reading: TableReading;
  readonly #finder: RowFinder;
  #buffer: Buffer;

  constructor(job: BlockJob, file: number, reading: TableReading) {
    this.#job = job;
    this.#file = file;
    this.#reading = reading;
    this.#buffer = Buffer.allocUnsafe(LEAD + 1 + job.blockBytes + TAIL + 1);
    this.#finder = new RowFinder(job.width, job.delimiter, () => stopQueue(job.queue, 'fault'));
  }

  /** The rows that begin in the block; the last of them may end behind it. */
  async read(block: number): Promise<void> {
    const { name, begin, size, blockBytes, queue, capacity } = this.#job;
    const start = begin + block * blockBytes;
    const bytes = Math.min(blockBytes, size - start);
    // With the byte before it, which tells whether a row begins with the block.
    const first = LEAD + 1;
    const limit = first + bytes;
    let filled = this.#fill(LEAD, start - 1, limit + TAIL);
    if (filled < limit) throw changed(name);
    const inQuotes = await passQuotes(queue, block, isOdd(this.#buffer, first, limit));
    if (inQuotes === undefined) return;
    const from = block === 0 ? first : rowStart(this.#buffer, first, limit, inQuotes);
    const finder = this.#finder;
    finder.start(this.#buffer, 0);
    let next = from;
    for (;;) {
      const final = start - 1 + filled - LEAD >= size;
      if (next < limit) next = finder.find(next, limit, filled, final);
      if (next >= limit || final) break;
      if (filled - next > this.#job.maxLineBytes || stopOf(queue) !== undefined) return stopQueue(queue, 'fault');
      filled = this.#fill(filled, start - 1 + filled - LEAD, filled + (filled - LEAD));
      finder.move(this.#buffer);
    }
    const end = Math.min(next, filled);
    checkText(name, this.#buffer.subarray(from, Math.max(from, end)), 0);
    const before = countFeeds(this.#buffer, first, Math.min(from, limit));
    const behind = countFeeds(this.#buffer, limit, end);
    const place = await passRows(queue, block, finder.count, before + finder.lines - behind);
    if (!place || finder.count === 0) return;
    if (place.row + finder.count > capacity) return stopQueue(queue, 'overflow');
    this.#reading.addRowsAt(finder, place.row, place.line + before);
  }

  /** Reads the file from `offset` on into bytes `at` … `to` - 1, as far as it goes. @returns where the bytes end */
  #fill(at: number, offset: number, to: number): number {
    if (to + 1 > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(to + 1);
      larger.set(this.#buffer.subarray(0, at));
      this.#buffer = larger;
    }
    const { size } = this.#job;
    const end = Math.min(to, at + size - offset);
    let filled = at;
    while (filled < end) {
      const read = readSync(this.#file, this.#buffer, filled, end - filled, offset + filled - at);
      if (read === 0) throw changed(this.#job.name);
      filled += read;
    }
    return filled;
  }
}

function isOdd(bytes: Buffer, from: number, to: number): boolean {
  if (!bytes.subarray(from, to).includes(QUOTE)) return false;
  let quotes = 0;
  for (let at = from; at < to; at++) quotes += bytes[at] === QUOTE ? 1 : 0;
  return quotes % 2 === 1;
}

/** Where the first row begins in bytes `from` … `limit` - 1; `limit` when none does. */
function rowStart(bytes: Buffer, from: number, limit: number, inQuotes: boolean): number {
  let quoted = inQuotes;
  for (let at = from - 1; at < limit - 1; at++) {
    const byte = bytes[at];
    if (byte === LF && !quoted) return at + 1;
    // The byte before the block is counted already.
    if (byte === QUOTE && at >= from) quoted = !quoted;
  }
  return limit;
}

function changed(name: string): MlopsError {
  return new MlopsError('DATA_CHANGED', `${name} changed while it was read; run again when nothing writes to it`);
}
