import { glob, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { throwFaults } from '../../errors/mlops-error.ts';
import { didYouMean, listSome } from '../../errors/suggest.ts';
import { parseDatabricksUri, type Statement } from '../databricks/parse-uri.ts';
import { isTableName, mixedFormats } from './format.ts';
import type { Part } from './part.ts';
import type { SourceOptions } from './source-options.ts';

const FORMS =
  'a path or glob of CSV, Parquet or NDJSON files, - for standard input, s3://bucket/key or s3://bucket/prefix/, sqlite:///file.db?table=t (or ?query=…), databricks://catalog.schema.table';

/**
 * The parts that sources mean, in the order of the sources; what a glob, folder or prefix matches is sorted by name. Each part
 * once.
 *
 * @throws INPUT_INVALID for every form that is not known · DATA_NOT_FOUND for every source that matches nothing
 */
export async function listParts(sources: readonly string[], options: SourceOptions): Promise<Part[]> {
  throwFaults('INPUT_INVALID', sources.flatMap(formFaults));
  const parts = new Map<string, Part>();
  const faults: string[] = [];
  const ambiguous: string[] = [];
  for (const source of sources) {
    const found = await partsOf(source, options);
    const mixed = namesMany(source) ? mixedFormats(found.map((part) => part.name)) : undefined;
    if (mixed !== undefined)
      ambiguous.push(
        `"data" is "${source}", which holds ${mixed} files; name those that are meant, such as ${source.replace(/\/*$/, '')}/*.csv`,
      );
    if (found.length === 0) faults.push(await notFound(source, options.cwd));
    for (const part of found) {
      const key = part.kind === 'file' ? part.path : part.name;
      if (!parts.has(key)) parts.set(key, part);
    }
  }
  throwFaults('DATA_NOT_FOUND', faults);
  throwFaults('INPUT_INVALID', ambiguous);
  return [...parts.values()];
}

/** A folder or prefix: nothing says which of its formats is meant. */
function namesMany(source: string): boolean {
  return schemeOf(source) === 's3' ? source.endsWith('/') : schemeOf(source) === undefined && !/[*?[{]/.test(source);
}

function schemeOf(source: string): string | undefined {
  return /^([a-z][a-z0-9+.-]+):\/\//.exec(source)?.[1];
}

function formFaults(source: string): readonly string[] {
  if (schemeOf(source) !== 'databricks') return [formFault(source) ?? []].flat();
  const statement = parseDatabricksUri(source);
  return 'faults' in statement ? statement.faults.map((fault) => `"data" is "${source}", ${fault}`) : [];
}

function formFault(source: string): string | undefined {
  const expected = (form: string): string => `"data" is "${source}", expected ${form}`;
  switch (schemeOf(source)) {
    case undefined:
      return undefined;
    case 's3':
      return /^s3:\/\/[^/]+\/./.test(source) ? undefined : expected('s3://bucket/key or s3://bucket/prefix/');
    case 'sqlite':
      return SQLITE.test(source)
        ? undefined
        : expected('sqlite:///file.db?table=t or sqlite:///file.db?query=select …');
    default:
      return `"data" is "${source}": "${schemeOf(source)}://" is not a source. Allowed: ${FORMS}`;
  }
}

async function partsOf(source: string, options: SourceOptions): Promise<Part[]> {
  if (source === '-' && options.standardInput) return [options.standardInput];
  switch (schemeOf(source)) {
    case 's3': {
      const { listObjects } = await import('../s3/list-objects.ts');
      return listObjects(source, options);
    }
    case 'sqlite':
      return [sqlitePart(source, options.cwd)];
    case 'databricks':
      return [{ kind: 'databricks', name: source, statement: parseDatabricksUri(source) as Statement }];
    default:
      return fileParts(source, options.cwd);
  }
}

async function fileParts(source: string, cwd: string): Promise<Part[]> {
  const path = resolve(cwd, source);
  const direct = await fileStat(path);
  if (direct?.isFile()) return [{ kind: 'file', name: source, path, bytes: direct.size }];
  if (direct) return matches('*', path, (match) => join(source, match), isTableName);
  if (!/[*?[{]/.test(source)) return [];
  return matches(source, cwd, (match) => (isAbsolute(source) ? match : relative(cwd, resolve(cwd, match))));
}

async function matches(
  pattern: string,
  cwd: string,
  nameOf: (match: string) => string,
  isMeant: (match: string) => boolean = () => true,
): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const match of glob(pattern, { cwd })) {
    if (!isMeant(match)) continue;
    const path = resolve(cwd, match);
    const info = await fileStat(path);
    if (info?.isFile()) parts.push({ kind: 'file', name: nameOf(match), path, bytes: info.size });
  }
  return parts.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function fileStat(path: string) {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ENAMETOOLONG') return undefined;
    throw error;
  });
}

const SQLITE = /^sqlite:\/\/\/([^?]+)\?(table|query)=(.+)$/s;

/** `sqlite:///relative.db?table=t`, `sqlite:////absolute.db?query=select …`: what stands after `=` is taken whole. */
function sqlitePart(source: string, cwd: string): Part {
  const [, path, by, text] = SQLITE.exec(source)!;
  const value = decoded(text!);
  const query = by === 'query' ? value : `select * from "${value.replaceAll('"', '""')}"`;
  return { kind: 'sqlite', name: source, path: resolve(cwd, path!), query };
}

/** Percent signs of a URI decoded; a text with others, such as `like '5%'`, is meant as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function notFound(source: string, cwd: string): Promise<string> {
  const said = `"data" is "${source}", but`;
  if (schemeOf(source) !== undefined) return `${said} no object is there`;
  const path = resolve(cwd, source);
  if (await fileStat(path)) return `${said} that folder holds no CSV, Parquet or NDJSON file`;
  const near: string[] = [];
  for await (const match of glob('*', { cwd: dirname(path) })) if (isTableName(match)) near.push(match);
  if (near.length === 0) return `${said} nothing is there`;
  const meant = didYouMean(basename(source), near);
  return `${said} nothing is there. Tables there: ${listSome(near.sort(), 10)}${meant === '' ? '' : `.${meant}`}`;
}
