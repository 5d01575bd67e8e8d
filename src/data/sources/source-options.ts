import type { CsvSettings } from '../../config/data-settings.ts';

/** What reading a source needs beside its name. */
export interface SourceOptions {
  readonly cwd: string;
  readonly csv: CsvSettings;
  readonly credential: (name: string) => string | undefined;
  readonly signal: AbortSignal;
}
