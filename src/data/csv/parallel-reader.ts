import type { ByteSource } from '../sources/byte-source.ts';
import { blockQueue, blocksDone, rowsRead, type Stop, stopOf, stopQueue } from './block-queue.ts';
import { CsvThreads } from './csv-threads.ts';
import type { Rows } from './find-rows.ts';
import type { Header } from './header.ts';
import { BLOCK_BYTES, PartReader, type RowSink } from './part-reader.ts';
import { type BlockJob, scanBlocks } from './scan-blocks.ts';
import type { TableReading, TableReadingOptions } from './table-reading.ts';

/** Of fewer blocks the main thread has read most before another one has started. */
const LEAST_BLOCKS = 128;
/** More rows than the first ones let expect. */
const MARGIN = 1.2;

export interface ParallelOptions extends TableReadingOptions {
  readonly signal: AbortSignal;
  /** One byte. */
  readonly delimiter: number;
  /** All of them, the main one included. */
  readonly threads: number;
  /** Makes room for as many rows as the bytes can hold at most; memory that is not written to is not taken. */
  readonly forMost: boolean;
  readonly blockBytes?: number;
}

/** Reads files by several threads, each row at its place among all rows, so that the table is the one that a single thread reads. */
export class ParallelReader {
  readonly #options: ParallelOptions;
  #threads: CsvThreads | undefined;

  constructor(options: ParallelOptions) {
    this.#options = options;
  }

  /**
   * The rows of a file of RFC 4180 in UTF-8.
   *
   * @param bytes of this file and those behind it, which columns are to have room for
   * @returns why it was not read, to the end or at all: then a single thread is to read it all, and says what is wrong
   */
  async read(
    source: ByteSource,
    path: string,
    reading: TableReading,
    bytes: number,
    onBytes: (bytes: number) => void,
  ): Promise<Stop | 'small' | undefined> {
    const { threads, signal, delimiter, csv, blockBytes = BLOCK_BYTES } = this.#options;
    if (source.bytes < LEAST_BLOCKS * blockBytes) return 'small';
    this.#threads ??= new CsvThreads(threads - 1, this.#options);
    const head = await headOf(source, reading, delimiter, csv['max-line-bytes']);
    if (!head) return 'fault';
    const { header, begin, rows, rowBytes } = head;
    const expected = Math.ceil((MARGIN * bytes) / rowBytes);
    const most = Math.floor(bytes / Math.max(2, header.names.length));
    const capacity = reading.nRows + rows + (this.#options.forMost ? most : Math.min(most, expected)) + 1;
    reading.reserve(capacity, threads > 1);
    const job: BlockJob = {
      ...{ name: source.name, path, begin, size: source.bytes, delimiter, capacity },
      width: header.names.length,
      ...{ maxLineBytes: csv['max-line-bytes'], blockBytes },
      queue: blockQueue(Math.ceil((source.bytes - begin) / blockBytes), reading.nRows, header.line),
    };
    const abort = (): void => stopQueue(job.queue, 'aborted');
    signal.addEventListener('abort', abort);
    try {
      await Promise.all([
        this.#threads.scan(job, header.names, reading.sharedCells()),
        scanBlocks(job, reading, () => onBytes(Math.min(source.bytes, begin + blocksDone(job.queue) * blockBytes))),
      ]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
    signal.throwIfAborted();
    reading.nRows = rowsRead(job.queue);
    return stopOf(job.queue);
  }

  /** To be called when all parts have been gone through. */
  async finish(reading: TableReading): Promise<void> {
    if (this.#threads) reading.adopt(await this.#threads.finish());
  }

  async end(): Promise<void> {
    await this.#threads?.end();
  }
}

interface Head {
  readonly header: Header;
  /** Where the rows begin in the file. */
  readonly begin: number;
  /** Of the first block, and the mean of their bytes. */
  readonly rows: number;
  readonly rowBytes: number;
}

/** The header, and kinds guessed from the first rows. */
async function headOf(
  source: ByteSource,
  reading: TableReading,
  delimiter: number,
  maxLineBytes: number,
): Promise<Head | undefined> {
  const text = Buffer.from(await source.read(0, Math.min(BLOCK_BYTES, source.bytes)));
  let header: Header | undefined;
  let sample: { rows: number; bytes: number } | undefined;
  let good = true;
  const sink: RowSink = {
    startPart(name, found) {
      header = found;
      return reading.startPart(name, found);
    },
    addRows(rows: Rows) {
      reading.guessKinds(rows);
      sample = { rows: rows.count, bytes: rows.bounds[(rows.width + 1) * rows.count - 1]! - rows.bounds[0]! };
    },
    malformed: () => (good = false),
  };
  // Room for all of it, so that it is gone through at once.
  const blockBytes = text.length + 1;
  const reader = new PartReader(sink, { name: source.name, delimiter, maxLineBytes, blockBytes });
  reader.push(text);
  reader.peek();
  if (!header || !sample || !good || !reader.wanted) return undefined;
  const mark = text[0] === 0xef ? 3 : 0;
  return { header, begin: mark + header.body, rows: sample.rows, rowBytes: sample.bytes / sample.rows };
}
