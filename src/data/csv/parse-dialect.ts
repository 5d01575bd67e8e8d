import { CsvError, parse } from 'csv-parse/sync';
import type { CsvSettings } from '../../config/data-settings.ts';
import { MlopsError } from '../../errors/mlops-error.ts';
import { MalformedLines, raggedProblem } from './malformed.ts';
import { quoted } from './write-csv.ts';

/**
 * Turns any dialect that csv-parse reads into RFC 4180 with commas, so that cells become values in one place.
 *
 * @throws CSV_MALFORMED with up to ten lines of the original
 */
export function toRfc4180(name: string, text: Buffer, settings: CsvSettings): Buffer {
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parse(text, {
      delimiter: settings.delimiter,
      quote: settings.quote === '' ? false : settings.quote,
      // Without quotes there is nothing to escape.
      escape: settings.quote === '' || settings.escape === '' ? null : settings.escape,
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
  const malformed = new MalformedLines();
  const width = records[0]?.record.length ?? 0;
  for (const { record, info } of records) {
    if (record.length !== width) malformed.add(name, () => info.lines, raggedProblem(record.length, width));
  }
  malformed.throwIfAny();
  return Buffer.from(records.map(({ record }) => `${line(record)}\n`).join(''));
}

function line(record: readonly string[]): string {
  // A blank line would be skipped as one that holds no row.
  if (record.length === 1 && record[0] === '') return '""';
  return record.map(quoted).join(',');
}
