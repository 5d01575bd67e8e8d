/**
 * Builds actions/dist: tsc → ncc (one bundle with lazy chunks, and one bundle for each kind of worker thread) → esbuild
 * --minify. `npm run build`; `npm run check:dist` fails when what is committed is not what the sources give.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { ACTIONS } from '../src/commands/registry.ts';

const root = join(import.meta.dirname, '..');
const build = join(root, 'build');
const dist = join(root, 'actions', 'dist');
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

/** Native parts that are absent from a bundle; the driver does without them. */
const NATIVES = [
  'lz4-napi',
  ...[
    'darwin-arm64',
    'darwin-x64',
    'linux-arm64-gnu',
    'linux-arm64-musl',
    'linux-x64-gnu',
    'linux-x64-musl',
    'win32-x64-msvc',
    'win32-arm64-msvc',
  ].map((platform) => `@databricks/databricks-sql-kernel-${platform}`),
];

const WORKERS = { 'worker.js': 'forest/worker.js', 'batch-worker.js': 'batch/batch-worker.js' } as const;

function run(command: string, ...args: string[]): void {
  execFileSync(process.execPath, [bin(command), ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

function bundle(entry: string, out: string): void {
  run('ncc', 'build', join(build, entry), '-o', out, '--license', 'licenses.txt', ...NATIVES.flatMap((n) => ['-e', n]));
}

rmSync(build, { recursive: true, force: true });
rmSync(dist, { recursive: true, force: true });
run('tsc', '-p', 'tsconfig.build.json');
writeFileSync(join(build, 'package.json'), '{"type":"module"}\n');

const licenses = new Set<string>();
const temporary = join(build, 'bundle');
bundle('main.js', temporary);
mkdirSync(dist, { recursive: true });
collect(temporary, (name) => name);
for (const [name, entry] of Object.entries(WORKERS)) {
  const out = join(build, `bundle-${name}`);
  bundle(entry, out);
  collect(out, (file) => (file === 'index.js' ? name : file));
}
writeFileSync(join(dist, 'licenses.txt'), [...licenses].sort().join('\n\n'));
writeFileSync(join(dist, 'package.json'), '{"type":"module"}\n');
for (const name of ACTIONS) {
  writeFileSync(join(dist, `${name}.js`), `import { runAction } from './index.js';\nawait runAction('${name}');\n`);
}
cpSync(join(root, 'scripts', 'mlops-stub.js'), join(dist, 'mlops.js'));

/** Moves a bundle's files to dist, scripts minified. */
function collect(from: string, rename: (name: string) => string): void {
  for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(from, name);
    if (name === 'licenses.txt') {
      for (const part of readFileSync(path, 'utf8').split(/\n{3,}/)) if (part.trim()) licenses.add(part.trim());
    } else if (/\.m?js$/.test(name)) {
      const { code } = transformSync(readFileSync(path, 'utf8'), {
        minify: true,
        target: 'node24',
        legalComments: 'none',
      });
      writeFileSync(join(dist, rename(name)), code);
    } else if (name !== 'package.json') {
      try {
        renameSync(path, join(dist, rename(name)));
      } catch (error) {
        throw new Error(`cannot place ${name}`, { cause: error });
      }
    }
  }
}
