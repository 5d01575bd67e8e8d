import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import type { CsvSettings } from '../config/data-settings.ts';
import type { UnparsedCell } from '../data/csv/column-builder.ts';
import { parseDecimal } from '../data/csv/number.ts';
import { csvText } from '../data/csv/write-csv.ts';
import { tableDigest } from '../data/digest.ts';
import { type Column, columnNames, findColumn, type Table } from '../data/table.ts';
import { conformColumn } from '../model/conform.ts';
import { type PredictingParts, predictionTable } from '../model/predict.ts';
import { encodeRows, type LogRecord } from '../serving/log-record.ts';
import { predictChunks } from './predict-chunks.ts';
import { type ReadRows, type RejectedRow, readRows, requireColumns } from './read-rows.ts';
import { rejectCells } from './reject-cells.ts';
import { writeWhole } from './whole-file.ts';

/** Rows that are scored, written and logged at a time. */
export const CHUNK_ROWS = 8192;

/** What is to be scored and where the result goes. Plain data: it is handed to threads. */
export interface FileJob {
  readonly name: string;
  readonly content:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
    | { readonly kind: 'table'; readonly table: Table; readonly unparsed: readonly UnparsedCell[] };
  /** Absolute paths. */
  readonly output: string;
  readonly rejected: string;
  readonly temporary: string;
  readonly keepColumns: readonly string[];
  /** Further columns that are logged when they are there. */
  readonly keyColumns: readonly string[];
  readonly csv: CsvSettings;
  /** Encode what is to be logged. */
  readonly logged: boolean;
  /** Threads that predict its rows. */
  readonly nJobs: number;
  /** SHA-256 of an input that was scored before with the same model and settings, and of what was written then. */
  readonly done: EarlierRun | undefined;
}

export interface EarlierRun {
  readonly input: string;
  readonly output: string;
  readonly rejected: string | undefined;
  /** What was written is elsewhere, and was found there. */
  readonly stands?: boolean;
}

export type LoggedChunk = Pick<LogRecord, 'rows' | 'inputs' | 'outputs' | 'latencyMs'>;

export interface FileResult {
  /** What was written before stands, and nothing was done. */
  readonly reused: boolean;
  readonly rows: number;
  readonly rejectedRows: number;
  readonly inputDigest: string;
  readonly outputDigest: string;
  readonly rejectedDigest: string | undefined;
  readonly log: readonly LoggedChunk[];
}

/**
 * Scores a file into another one, which appears whole or not at all.
 *
 * @throws what `readRows` throws
 */
export async function scoreFile(model: PredictingParts, job: FileJob, signal?: AbortSignal): Promise<FileResult> {
  const { content, done } = job;
  const bytes = await bytesOf(content);
  const inputDigest = content.kind === 'table' ? tableDigest(content.table) : sha256(bytes!);
  if (
    done?.input === inputDigest &&
    (done.stands || ((await stands(job.output, done.output)) && (await stands(job.rejected, done.rejected))))
  ) {
    const { output: outputDigest, rejected: rejectedDigest } = done;
    return { reused: true, rows: 0, rejectedRows: 0, inputDigest, outputDigest, rejectedDigest, log: [] };
  }
  const read = await rowsOf(job, model, bytes);
  const log: LoggedChunk[] = [];
  // The rejects first: where predictions stand, they stand beside them.
  const rejectedDigest = await writeRejected(job, read.rejected);
  const outputDigest = await writeWhole(job.output, job.temporary, async (file) => {
    let isFirst = true;
    const chunks = predictChunks(model, read.table, CHUNK_ROWS, { nJobs: job.nJobs, signal });
    for await (const { rows, predictions, latencyMs } of chunks) {
      const kept = job.keepColumns.map((name) => findColumn(rows, name)!);
      const columns = [...kept, ...predictionTable(predictions).columns];
      await file.write(csvText({ nRows: rows.nRows, columns }, isFirst));
      isFirst = false;
      if (job.logged && rows.nRows > 0)
        log.push({ latencyMs, ...encodeRows(loggedColumns(model, job, rows), predictions) });
    }
  });
  return {
    reused: false,
    rows: read.table.nRows,
    rejectedRows: read.rejected.length,
    inputDigest,
    outputDigest,
    rejectedDigest,
    log,
  };
}

async function bytesOf(content: FileJob['content']): Promise<Buffer | undefined> {
  if (content.kind === 'file') return readFile(content.path);
  return content.kind === 'bytes'
    ? Buffer.from(content.bytes.buffer as ArrayBuffer, content.bytes.byteOffset, content.bytes.length)
    : undefined;
}

async function rowsOf(job: FileJob, model: PredictingParts, bytes: Buffer | undefined): Promise<ReadRows> {
  const { name, content, csv, keepColumns } = job;
  if (content.kind !== 'table') return readRows(bytes!, { name, csv, inputs: model.features.inputs, keepColumns });
  requireColumns({ name, header: columnNames(content.table) }, model.features.inputs, keepColumns);
  return rejectCells(content.table, content.unparsed, model.features.inputs);
}

async function writeRejected(job: FileJob, rejected: readonly RejectedRow[]): Promise<string | undefined> {
  if (rejected.length === 0) {
    // Of an earlier state of the input.
    await rm(job.rejected, { force: true });
    return undefined;
  }
  const texts = (name: string, values: readonly string[]): Column => ({
    kind: 'categorical',
    name,
    codes: Int32Array.from(values, (_, row) => row),
    categories: values,
  });
  const lines = Float64Array.from(rejected, ({ line }) => line);
  const columns: Column[] = [
    { kind: 'numeric', name: 'line', values: lines, integer: true },
    texts(
      'reason',
      rejected.map(({ reason }) => reason),
    ),
    texts(
      'content',
      rejected.map(({ content }) => content),
    ),
  ];
  return writeWhole(job.rejected, job.temporary, (file) => file.write(csvText({ nRows: rejected.length, columns })));
}

/** The inputs of the model, and what the caller keeps or joins by. */
function loggedColumns(model: PredictingParts, job: FileJob, rows: Table): Table {
  const names = new Set([...model.features.inputs.map(({ name }) => name), ...job.keepColumns, ...job.keyColumns]);
  const columns = [...names].map((name) => findColumn(rows, name)).filter((column) => column !== undefined);
  return { nRows: rows.nRows, columns: columns.map(narrowed) };
}

/** Kept columns are read as they are written; numbers among them are logged as numbers, as labels are read. */
function narrowed(column: Column): Column {
  if (column.kind !== 'categorical' || column.categories.length === 0) return column;
  const isNumber = column.categories.every((text) => text === '' || String(parseDecimal(text)) === text);
  return isNumber ? conformColumn(column, 'numeric') : column;
}

/** Whether a file is there with that content; without a digest, whether there is none. */
async function stands(path: string, digest: string | undefined): Promise<boolean> {
  try {
    return sha256(await readFile(path)) === digest;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return digest === undefined;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
