import { statSync } from 'node:fs';
import { z } from 'zod';
import { type Column, findColumn, isMissing, type Table } from '../data/table.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import type { Model } from '../model/load-model.ts';
import { type Predictions, predictionsFromTable } from '../model/predict.ts';
import { readKinds } from '../model/read-kinds.ts';
import { decodeRows, type LogOrigin, type LogRecord, type LogStore } from './log-record.ts';
import { openNdjsonLog } from './ndjson-log.ts';
import { openSqliteLog, readSqliteLog } from './sqlite-log.ts';
import { stackTables } from './stack-tables.ts';

/** The record of predictions that one model makes in this process. */
export interface PredictionLog {
  readonly origin: LogOrigin;
  readonly now: () => number;
  /** Writes all or none. @throws STORE_LOCKED · DISK_FULL */
  write(records: readonly LogRecord[]): Promise<void>;
  has(id: string): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens a log for writing, created when it is not there: an SQLite file when the path ends in `.db`, `.sqlite` or
 * `.sqlite3`, else a folder of NDJSON segments.
 *
 * @throws LOG_DAMAGED when something else is there
 */
export function openPredictionLog(path: string, options: LogOrigin & { now: () => number }): PredictionLog {
  const { now, ...origin } = options;
  const store = isSqlite(path) ? openSqliteLog(path) : openNdjsonLog(path, now);
  return {
    origin,
    now,
    write: (records) => store.write(records.map((record) => ({ ...record, ...origin }))),
    has: (id) => store.has(id),
    close: () => store.close(),
  };
}

export interface LoggedPredictions {
  /** The inputs of the model, and what else its callers sent along for later joins. */
  readonly table: Table;
  readonly predictions: Predictions;
  /** Milliseconds since the epoch, one a row. */
  readonly times: Float64Array;
}

/**
 * What a model (by name and digest, whatever its version number) predicted, in the order of writing. A log that is not
 * there has no rows.
 *
 * @param of.from milliseconds since the epoch; default: all
 * @throws LOG_DAMAGED
 */
export async function readPredictionLog(
  path: string,
  of: { readonly model: Model; readonly name: string; readonly from?: number },
): Promise<LoggedPredictions> {
  const { model, name, from = Number.MIN_SAFE_INTEGER } = of;
  const store = openForReading(path);
  try {
    const records = (await store?.read({ model: name, digest: model.digest, from })) ?? [];
    const inputs = records.map((record) => decode(path, record, record.inputs));
    const kinds = outputKinds(model.info);
    const outputs = records.map((record) => decode(path, record, record.outputs, kinds));
    const times = new Float64Array(records.reduce((sum, record) => sum + record.rows, 0));
    let at = 0;
    for (const { time, rows } of records) times.fill(time, at, (at += rows));
    return {
      table: stackTables(inputs, readKinds(model.inputs)),
      predictions: predictionsFromTable(stackTables(outputs, kinds), model.info.task, model.info.classes),
      times,
    };
  } finally {
    await store?.close();
  }
}

function isSqlite(path: string): boolean {
  return /\.(db|sqlite3?)$/i.test(path) && !statSync(path, { throwIfNoEntry: false })?.isDirectory();
}

function openForReading(path: string): LogStore | undefined {
  return isSqlite(path) ? readSqliteLog(path) : openNdjsonLog(path, () => 0);
}

/** @param whole columns that must be there, without a gap */
function decode(path: string, record: LogRecord, text: string, whole: Kinds = {}): Table {
  try {
    const table = decodeRows(text, record.rows);
    for (const [name, kind] of Object.entries(whole)) {
      const column = findColumn(table, name);
      if (column?.kind !== kind) throw new TypeError(`has no ${kind} column "${name}"`);
      const gap = firstGap(column, table.nRows);
      if (gap !== -1) throw new TypeError(`has no "${name}" in row ${gap}`);
    }
    return table;
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new MlopsError('LOG_DAMAGED', `${path}: record ${record.id} cannot be read: ${why}`, { cause: error });
  }
}

function firstGap(column: Column, nRows: number): number {
  for (let row = 0; row < nRows; row++) if (isMissing(column, row)) return row;
  return -1;
}

type Kinds = Readonly<Record<string, Column['kind']>>;

/** The columns of the predictions of a model. */
function outputKinds({ task, classes }: Model['info']): Kinds {
  if (task === 'regression') return { prediction: 'numeric' };
  const probabilities = classes.map((label) => [`probability_${label}`, 'numeric'] as const);
  return { prediction: 'categorical', ...Object.fromEntries(probabilities) };
}
