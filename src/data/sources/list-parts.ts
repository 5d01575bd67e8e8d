import { glob, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { Part } from './part.ts';
import type { SourceOptions } from './source-options.ts';

const FORMS =
  'a path or glob of CSV files, s3://bucket/key-or-prefix*, sqlite:///file.db?table=t (or ?query=…), databricks://catalog.schema.table';

/**
 * The parts that sources mean, globs and prefixes expanded and sorted by name; each file once.
 *
 * @throws DATA_NOT_FOUND for every source that matches nothing · INPUT_INVALID for a form that is not known
 */
export async function listParts(sources: readonly string[], options: SourceOptions): Promise<Part[]> {
  const parts: Part[] = [];
  const faults: string[] = [];
  for (const source of sources) {
    const found = await partsOf(source, options);
    if (found.length === 0) faults.push(await notFound(source, options.cwd));
    parts.push(...found);
  }
  if (faults.length > 0) throw new MlopsError('DATA_NOT_FOUND', faults);
  const seen = new Set<string>();
  return parts.filter((part) => {
    const fresh = !seen.has(part.name);
    seen.add(part.name);
    return fresh;
  });
}

async function partsOf(source: string, options: SourceOptions): Promise<Part[]> {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//.exec(source)?.[1];
  switch (scheme) {
    case undefined:
      return fileParts(source, options.cwd);
    case 's3': {
      const { listObjects } = await import('./s3.ts');
      return listObjects(source, options);
    }
    case 'sqlite':
      return [sqlitePart(source, options.cwd)];
    case 'databricks':
      return [databricksPart(source)];
    default:
      throw new MlopsError('INPUT_INVALID', `"data" is "${source}": "${scheme}://" is not a source. Allowed: ${FORMS}`);
  }
}

async function fileParts(source: string, cwd: string): Promise<Part[]> {
  const direct = await fileStat(resolve(cwd, source));
  if (direct?.isFile()) return [filePart(resolve(cwd, source), source, direct.size)];
  if (direct?.isDirectory()) return fileParts(`${source.replace(/\/+$/, '')}/*.csv`, cwd);
  if (!/[*?[{]/.test(source)) return [];
  const parts: Part[] = [];
  for await (const match of glob(source, { cwd })) {
    const path = resolve(cwd, match);
    const info = await fileStat(path);
    if (info?.isFile()) parts.push(filePart(path, isAbsolute(source) ? path : relative(cwd, path), info.size));
  }
  return parts.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function filePart(path: string, name: string, bytes: number): Part {
  return { kind: 'file', name, path, bytes };
}

async function fileStat(path: string) {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

/** `sqlite:///relative.db?table=t`, `sqlite:////absolute.db?query=select …` */
function sqlitePart(source: string, cwd: string): Part {
  const [, path, search] = /^sqlite:\/\/\/([^?]+)\?(.*)$/.exec(source) ?? [];
  const parameters = new URLSearchParams(search ?? '');
  const table = parameters.get('table');
  const query =
    parameters.get('query') ?? (table === null ? undefined : `select * from "${table.replaceAll('"', '""')}"`);
  if (path === undefined || query === undefined) {
    throw new MlopsError(
      'INPUT_INVALID',
      `"data" is "${source}", expected sqlite:///file.db?table=t or ?query=select …`,
    );
  }
  return { kind: 'sqlite', name: source, path: resolve(cwd, path), query };
}

/** `databricks://catalog.schema.table`, or `databricks://?query=select …` */
function databricksPart(source: string): Part {
  const rest = source.slice('databricks://'.length);
  if (rest.startsWith('?')) {
    const query = new URLSearchParams(rest.slice(1)).get('query');
    if (query) return { kind: 'databricks', name: source, query };
  }
  const names = rest.split('.');
  if (rest === '' || names.length > 3 || names.includes('')) {
    throw new MlopsError(
      'INPUT_INVALID',
      `"data" is "${source}", expected databricks://catalog.schema.table or databricks://?query=select …`,
    );
  }
  const quoted = names.map((name) => `\`${name.replaceAll('`', '``')}\``).join('.');
  return { kind: 'databricks', name: source, query: `SELECT * FROM ${quoted}` };
}

async function notFound(source: string, cwd: string): Promise<string> {
  const near: string[] = [];
  if (!source.includes('://')) {
    for await (const match of glob('*.csv', { cwd: resolve(cwd, source, '..') })) near.push(match);
  }
  const there = near.length > 0 ? `. CSV files there: ${near.sort().slice(0, 10).join(', ')}` : '';
  return `"data" is "${source}", but nothing is there${there}`;
}
