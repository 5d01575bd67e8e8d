import { parentPort, workerData } from 'node:worker_threads';
import { type BlockJob, scanBlocks } from './scan-blocks.ts';
import { type SharedCells, TableReading, type TableReadingOptions, type ThreadReading } from './table-reading.ts';

/** What a thread is asked for. */
export type CsvRequest =
  | { readonly scan: BlockJob; readonly header: readonly string[]; readonly cells: readonly SharedCells[] }
  /** All that was found since the last time. */
  | 'finish';

export type CsvAnswer = 'scanned' | ThreadReading;

/** A thread that reads blocks of files. */
const options = workerData as TableReadingOptions;
let reading = new TableReading(options);
parentPort!.on('message', async (request: CsvRequest) => {
  if (request === 'finish') {
    parentPort!.postMessage(reading.ofThread() satisfies CsvAnswer);
    reading = new TableReading(options);
    return;
  }
  const { scan, header, cells } = request;
  reading.share(header, cells);
  await scanBlocks(scan, reading);
  parentPort!.postMessage('scanned' satisfies CsvAnswer);
});
