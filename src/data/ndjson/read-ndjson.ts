import { isUtf8 } from 'node:buffer';
import { csvSettings } from '../../config/data-settings.ts';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { Fields } from '../csv/fields.ts';
import { readCsv } from '../csv/read-csv.ts';
import { type ColumnNames, NO_COLUMNS } from '../sources/source-options.ts';
import { JsonLines } from './json-lines.ts';

const LF = 10;
const RFC4180 = csvSettings.parse({});

export interface NdjsonOptions {
  readonly maxLineBytes?: number;
  /** Columns that are needed; default: all. */
  readonly columns?: (name: string) => boolean;
  /** Columns that are left out where they hold objects or lists, which are refused of others. */
  readonly exclude?: ColumnNames;
  /** Told of each of those. */
  readonly onLeftOut?: (name: string) => void;
}

/**
 * NDJSON as the text of a CSV file, so that cells become values in one place and by one set of rules: a column is numeric when all its
 * values are numbers, also in quotes, and so on. A key that an object lacks, null and the empty text are missing cells.
 *
 * @throws NDJSON_MALFORMED with up to ten lines · COLUMN_UNSUPPORTED naming every column of objects or lists · DATA_EMPTY
 */
export async function readNdjson(name: string, content: Buffer, options: NdjsonOptions = {}): Promise<Fields> {
  const { maxLineBytes = RFC4180['max-line-bytes'], columns = () => true, exclude = NO_COLUMNS, onLeftOut } = options;
  if (!isUtf8(content)) {
    throw new MlopsError(
      'NDJSON_MALFORMED',
      `${name}:${lineOfBadByte(content)}: bytes that are not UTF-8; write JSON in UTF-8`,
    );
  }
  const marked = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf;
  const text = marked ? content.subarray(3) : content;
  let lines = new JsonLines(name, text, columns, maxLineBytes);
  lines.scan();
  const unfit = [...lines.nested.keys()].filter((key) => exclude.includes(key));
  if (unfit.length > 0) {
    for (const key of unfit) onLeftOut?.(key);
    lines = new JsonLines(name, text, (key) => columns(key) && !unfit.includes(key), maxLineBytes);
    lines.scan();
  }
  return readCsv(name, lines.toCsv(), RFC4180);
}

function lineOfBadByte(bytes: Buffer): number {
  for (let line = 1, start = 0; ; line++) {
    const feed = bytes.indexOf(LF, start);
    if (feed === -1 || !isUtf8(bytes.subarray(start, feed))) return line;
    start = feed + 1;
  }
}
