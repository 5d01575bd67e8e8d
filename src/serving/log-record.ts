import { z } from 'zod';
import type { Table } from '../data/table.ts';
import type { Predictions } from '../metrics/predictions.ts';
import { predictionTable } from '../model/predict.ts';
import { type TableJson, tableFromJson, tableToJson } from '../model/table-json.ts';

/** Rows that were predicted together: those of a request, or a stretch of a batch file. */
export interface LogRecord {
  /** Written twice it is one record: the first time and the last content count. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly latencyMs: number;
  readonly rows: number;
  /** Raw columns, and the key columns of the caller, as `TableJson`. */
  readonly inputs: string;
  /** `prediction` and `probability_<class>`, as `TableJson`. */
  readonly outputs: string;
}

/** Which model predicted. */
export interface LogOrigin {
  readonly model: string;
  readonly version: number;
  readonly digest: string;
}

export type StoredRecord = LogRecord & LogOrigin;

/** Where records are kept. */
export interface LogStore {
  /** Writes all or none. */
  write(records: readonly StoredRecord[]): Promise<void>;
  has(id: string): Promise<boolean>;
  /** What a model of that name and digest predicted since `from`, in the order in which it was first written. */
  read(of: { model: string; digest: string; from: number }): Promise<StoredRecord[]>;
  close(): Promise<void>;
}

/** Cells column by column, so that a thousand rows cost little more than their bytes. */
export function encodeRows(inputs: Table, predictions: Predictions): Pick<LogRecord, 'rows' | 'inputs' | 'outputs'> {
  return {
    rows: inputs.nRows,
    inputs: JSON.stringify(tableToJson(inputs)),
    outputs: JSON.stringify(tableToJson(predictionTable(predictions))),
  };
}

/** `TableJson` but for the cells, of which there may be millions. */
const rowsShape = z.strictObject({
  nRows: z.int().min(0),
  columns: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(['numeric', 'categorical', 'datetime']),
      integer: z.boolean().optional(),
      values: z.custom<readonly unknown[]>(Array.isArray, 'expected an array'),
    }),
  ),
});

/** The reverse of `encodeRows`, for either side. @throws SyntaxError · ZodError · TypeError */
export function decodeRows(text: string, rows: number): Table {
  const { nRows, columns } = rowsShape.parse(JSON.parse(text));
  if (nRows !== rows) throw new TypeError(`has ${nRows} rows, expected ${rows}`);
  for (const { name, kind, values } of columns) {
    const type = kind === 'categorical' ? 'string' : 'number';
    if (values.length !== rows) throw new TypeError(`column "${name}" has ${values.length} rows, expected ${rows}`);
    if (!values.every((value) => value === null || typeof value === type)) {
      throw new TypeError(`column "${name}" holds other things than ${type}s`);
    }
  }
  return tableFromJson({ nRows, columns } as TableJson);
}
