import type { Project } from '../config/project.ts';
import { readTable } from '../data/read-table.ts';
import type { ColumnNames } from '../data/sources/source-options.ts';
import type { Table } from '../data/table.ts';
import { formatBytes, formatNumber } from '../reports/format.ts';
import type { CommandContext } from './context.ts';

export type LoadedData = Awaited<ReturnType<typeof readTable>> & { readonly sources: readonly string[] };

type Kinds = Readonly<Record<string, 'numeric' | 'categorical' | 'datetime'>>;

/** How sources are read for this project; the same for training, evaluation, prediction and monitoring. */
export function readOptions(project: Project, context: CommandContext, kinds?: Kinds) {
  return {
    cwd: context.cwd,
    csv: project.data.csv,
    s3: project.data.s3,
    exclude: project.data.exclude,
    credential: context.credential,
    signal: context.signal,
    ...(kinds === undefined ? {} : { kinds }),
  };
}

/** Reads the sources whole, with a progress bar. */
export async function loadData(
  project: Project,
  context: CommandContext,
  sources: readonly string[],
  options: { label?: string; kinds?: Kinds; needed?: (column: string) => boolean; exclude?: ColumnNames } = {},
): Promise<LoadedData> {
  const bar = context.progress.start(options.label ?? 'ingest', 100);
  const loaded = await readTable(sources, {
    ...readOptions(project, context, options.kinds),
    ...(options.needed === undefined ? {} : { columns: options.needed }),
    ...(options.exclude === undefined ? {} : { exclude: options.exclude }),
    onProgress: (done, total) => bar.update((100 * done) / total, formatBytes(done)),
  });
  bar.done(`${shape(loaded.table)} from ${describeSources(sources)}, ${formatBytes(loaded.bytes)}`);
  return { ...loaded, sources };
}

/** `17,379 rows × 17 columns` */
export function shape(table: Table): string {
  return `${formatNumber(table.nRows)} rows × ${table.columns.length} columns`;
}

export function describeSources(sources: readonly string[]): string {
  return sources.length === 1 ? sources[0]! : `${sources[0]} and ${sources.length - 1} more`;
}

export function sourcesOf(source: string | readonly string[]): string[] {
  return [source].flat() as string[];
}
