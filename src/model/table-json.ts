import { z } from 'zod';
import { Dictionary } from '../data/csv/fields.ts';
import { type Column, cellValue, type Table } from '../data/table.ts';

const column = z.union([
  z.strictObject({
    name: z.string(),
    kind: z.enum(['numeric', 'datetime']),
    integer: z.boolean().optional(),
    values: z.array(z.number().nullable()),
  }),
  z.strictObject({ name: z.string(), kind: z.literal('categorical'), values: z.array(z.string().nullable()) }),
]);

/** A small table as JSON, every number exact; instants in milliseconds, missing cells null. */
export const tableJson = z.strictObject({ nRows: z.int().min(0), columns: z.array(column) });

export type TableJson = z.output<typeof tableJson>;

export function tableToJson(table: Table): TableJson {
  const columns = table.columns.map((c) => {
    const { name } = c;
    if (c.kind === 'categorical') {
      return { name, kind: c.kind, values: Array.from(c.codes, (_, row) => cellValue(c, row) as string | null) };
    }
    const values = Array.from(c.values, (value) => (Number.isNaN(value) ? null : value));
    return c.kind === 'numeric' ? { name, kind: c.kind, integer: c.integer, values } : { name, kind: c.kind, values };
  });
  return { nRows: table.nRows, columns };
}

export function tableFromJson(json: TableJson): Table {
  const columns = json.columns.map((c): Column => {
    const { name } = c;
    if (c.kind === 'categorical') {
      const dictionary = new Dictionary();
      const codes = Int32Array.from(c.values, (text) => (text === null ? -1 : dictionary.codeOf(text)));
      return { kind: 'categorical', name, codes, categories: dictionary.texts };
    }
    const values = Float64Array.from(c.values, (value) => value ?? Number.NaN);
    if (c.kind === 'datetime') return { kind: 'datetime', name, values };
    return { kind: 'numeric', name, values, integer: c.integer ?? false };
  });
  return { nRows: json.nRows, columns };
}
