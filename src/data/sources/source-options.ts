import type { CsvSettings } from '../../config/data-settings.ts';
import type { S3Access } from '../s3/access.ts';
import type { FilePart } from './part.ts';

/** Names of columns: a list, or whatever else can tell them. */
export interface ColumnNames {
  includes(name: string): boolean;
}

export const NO_COLUMNS: ColumnNames = [];

/** What reading a source needs beside its name. */
export interface SourceOptions extends S3Access {
  readonly cwd: string;
  readonly csv: CsvSettings;
  /** What `-` means. */
  readonly standardInput?: FilePart;
  /** Filled with the versions of the objects that are read, by the name of the part. */
  readonly versions?: Map<string, string>;
}
