/** How the content of a file or object is written. */
export type Format = 'csv' | 'parquet' | 'ndjson';

const TABLE = /\.(csv|tsv|parquet|pq|ndjson|jsonl)(\.(gz|zst))?$/i;
const FORMATS: Readonly<Record<string, Format>> = {
  parquet: 'parquet',
  pq: 'parquet',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
};

/** By the ending of its name; whatever has no known one is CSV. */
export function formatOf(name: string): Format {
  return FORMATS[endingOf(name) ?? ''] ?? 'csv';
}

/** Whether a folder or prefix that is named alone means this file. */
export function isTableName(name: string): boolean {
  return TABLE.test(name);
}

/** `csv, parquet` where names are of more than one format, so that a table that is there twice is not read twice. */
export function mixedFormats(names: readonly string[]): string | undefined {
  const formats = [...new Set(names.map(formatOf))].sort();
  return formats.length > 1 ? formats.join(' and ') : undefined;
}

function endingOf(name: string): string | undefined {
  return TABLE.exec(name)?.[1]?.toLowerCase();
}
