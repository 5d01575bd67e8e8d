import { CsvError, parse } from 'csv-parse/sync';
import type { CsvSettings } from '../../config/data-settings.ts';
import { MlopsError } from '../../errors/mlops-error.ts';
import { formatFaults } from '../fault-list.ts';
import type { Dictionary, Fields } from './fields.ts';
import { parseDecimal } from './number.ts';

/**
 * Reads every dialect that is not RFC 4180, with csv-parse.
 *
 * @throws CSV_MALFORMED · DATA_EMPTY
 */
export function parseDialect(name: string, text: string, settings: CsvSettings): Fields {
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parse(text, {
      delimiter: settings.delimiter,
      quote: settings.quote === '' ? false : settings.quote,
      escape: settings.escape === '' ? null : settings.escape,
      comment: settings.comment === '' ? null : settings.comment,
      comment_no_infix: true,
      skip_empty_lines: true,
      relax_column_count: true,
      info: true,
    }) as unknown as typeof records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new MlopsError('CSV_MALFORMED', `${name}:${String(error.lines ?? 1)}: ${error.message}`, { cause: error });
  }
  const [header, ...rows] = records;
  if (!header) throw new MlopsError('DATA_EMPTY', `${name} is empty: it has no header`);
  const width = header.record.length;
  const faults = rows
    .filter(({ record }) => record.length !== width)
    .map(({ record, info }) => `${name}:${info.lines}: ${record.length} fields, expected ${width} as in the header`);
  if (faults.length > 0) throw new MlopsError('CSV_MALFORMED', formatFaults(faults));
  return {
    name,
    header: header.record,
    nRows: rows.length,
    text: (column, row) => rows[row]!.record[column]!,
    isEmpty: (column, row) => rows[row]!.record[column] === '',
    line: (row) => rows[row]!.info.lines,
    number: (column, row) => parseDecimal(rows[row]!.record[column]!),
    encode(column: number, dictionary: Dictionary, missing, out, offset) {
      for (let row = 0; row < rows.length; row++) {
        const cell = rows[row]!.record[column]!;
        out[offset + row] = cell === '' || missing.has(cell) ? -1 : dictionary.codeOf(cell);
      }
    },
  };
}
