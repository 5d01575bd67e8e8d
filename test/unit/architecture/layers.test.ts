import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../../../src');

/** Lowest first; a folder imports only from itself and from folders before it. */
const LAYERS = [
  ...['errors', 'config', 'data', 'features', 'forest', 'metrics', 'model', 'search', 'tracking', 'registry', 'ledger'],
  ...['forge', 'reports', 'evaluation', 'serving', 'monitoring', 'batch', 'deployment', 'commands'],
];
const TOP = ['github', 'cli'];

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly { readonly specifier: string; readonly typeOnly: boolean; readonly dynamic: boolean }[];
}

const files: SourceFile[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .sort()
  .map((path) => {
    const text = readFileSync(join(SRC, path), 'utf8');
    const statics = [...text.matchAll(/^(import|export)( type)?\s[^;]*?from '([^']+)';/gms)].map((match) => ({
      specifier: match[3]!,
      typeOnly: match[2] !== undefined,
      dynamic: false,
    }));
    const dynamics = [...text.matchAll(/\bimport\('([^']+)'\)/g)].map((match) => ({
      specifier: match[1]!,
      typeOnly: false,
      dynamic: true,
    }));
    return { path, text, imports: [...statics, ...dynamics] };
  });

const folderOf = (path: string): string => (path.includes('/') ? path.split('/')[0]! : '');
const targetOf = (file: SourceFile, specifier: string): string =>
  relative(SRC, resolve(SRC, dirname(file.path), specifier));

function found(test: (file: SourceFile) => readonly string[]): string[] {
  return files.flatMap((file) => test(file).map((what) => `${file.path}: ${what}`));
}

describe('the layers', () => {
  test('every folder of src is a layer', () => {
    const folders = new Set(files.map((file) => folderOf(file.path)).filter((folder) => folder !== ''));
    expect([...folders].filter((folder) => ![...LAYERS, ...TOP].includes(folder))).toEqual([]);
  });

  test('imports go down only', () => {
    const upward = found((file) => {
      const from = folderOf(file.path);
      if (from === '') return [];
      return file.imports
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => folderOf(targetOf(file, specifier)))
        .filter((to) => to !== from && to !== '' && !allowed(from, to));
    });
    expect(upward).toEqual([]);
  });

  test('no import cycle', () => {
    const graph = new Map(
      files.map((file) => [
        file.path,
        file.imports.filter((i) => i.specifier.startsWith('.') && !i.dynamic).map((i) => targetOf(file, i.specifier)),
      ]),
    );
    expect(cycles(graph)).toEqual([]);
  });

  test('only github/ imports @actions/*', () => {
    const importers = found((file) =>
      folderOf(file.path) === 'github'
        ? []
        : file.imports.map((i) => i.specifier).filter((s) => s.startsWith('@actions/')),
    );
    expect(importers).toEqual([]);
  });

  test('each heavy package has one importer, and nothing imports that one statically from another folder', () => {
    const heavy = [
      '@aws-sdk/client-s3',
      '@databricks/sql',
      'hyparquet',
      'hyparquet-compressors',
      'echarts',
      'axios',
      'fastify',
      'csv-parse',
      'ml-random-forest',
    ];
    const faults: string[] = [];
    for (const name of heavy) {
      const isIt = (s: string): boolean => s === name || s.startsWith(`${name}/`);
      const importers = files.filter((f) => f.imports.some((i) => isIt(i.specifier) && !i.typeOnly)).map((f) => f.path);
      const folders = new Set(importers.map((path) => dirname(path)));
      if (folders.size > 1) faults.push(`${name}: ${importers.join(', ') || 'no importer'}`);
      for (const file of files) {
        const statics = file.imports.filter((i) => !i.dynamic && !i.typeOnly && i.specifier.startsWith('.'));
        for (const { specifier } of statics) {
          const target = targetOf(file, specifier);
          if (importers.includes(target) && dirname(target) !== dirname(file.path))
            faults.push(`${file.path} → ${target}`);
        }
      }
    }
    expect(faults).toEqual([]);
  });

  test('only github/, cli/ and the entry read the environment', () => {
    const readers = found((file) =>
      ['github', 'cli', ''].includes(folderOf(file.path)) || !/process\.env\b/.test(file.text) ? [] : ['process.env'],
    );
    expect(readers).toEqual([]);
  });

  test('forest, metrics and features do no input or output, and read no clock or global random numbers', () => {
    const impure = found((file) => {
      if (!['forest', 'metrics', 'features'].includes(folderOf(file.path))) return [];
      const code = file.text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      const builtins = file.imports
        .map((i) => i.specifier)
        .filter((s) => s.startsWith('node:') && !/^node:(worker_threads|os|path|process)$/.test(s));
      return [...builtins, ...(code.match(/Math\.random|Date\.now|console\./g) ?? [])];
    });
    // `max-train-time` is the one clock, and it only ends growing early.
    expect(impure.filter((what) => what !== 'forest/fit.ts: Date.now')).toEqual([]);
  });

  test('a file holds at most 300 lines', () => {
    const long = found((file) => {
      const lines = file.text.split('\n').length - 1;
      return lines > 300 ? [`${lines} lines`] : [];
    });
    expect(long).toEqual([]);
  });

  test('nothing is called utils, helpers, common or types', () => {
    expect(
      files.map((f) => f.path).filter((path) => /(^|\/)(utils?|helpers?|common|types)(\.ts$|\/)/.test(path)),
    ).toEqual([]);
  });
});

function allowed(from: string, to: string): boolean {
  if (TOP.includes(from)) return LAYERS.includes(to);
  return LAYERS.includes(to) && LAYERS.indexOf(to) < LAYERS.indexOf(from);
}

/** Each strongly connected group of files of more than one, found by walking from every file. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const faults: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      faults.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) walk(path, []);
  return faults;
}
