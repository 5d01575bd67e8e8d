/**
 * Builds actions/dist, or the folder named: tsc → ncc (one bundle with lazy chunks, and stubs for actions and worker threads) →
 * esbuild --minify. `npm run build`; `npm run check:dist` fails when what is committed is not what the sources give.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { transformSync } from 'esbuild';
import { ACTIONS } from '../src/commands/registry.ts';

const root = join(import.meta.dirname, '..');
const build = join(root, 'build');
const dist = resolve(process.argv[2] ?? join(root, 'actions', 'dist'));
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

/** Nothing happens when they are imported, but their manifests do not say so; unsaid, every start would load an HTTP client. */
const WITHOUT_SIDE_EFFECTS = ['@actions/core', '@actions/http-client'] as const;

const WORKERS = ['forest', 'predict', 'batch', 'csv'] as const;

function run(command: string, ...args: string[]): void {
  execFileSync(process.execPath, [bin(command), ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

rmSync(build, { recursive: true, force: true });
run('tsc', '-p', 'tsconfig.build.json');
writeFileSync(join(build, 'package.json'), '{"type":"module"}\n');

for (const name of WITHOUT_SIDE_EFFECTS) markPure(name);
const bundle = join(build, 'bundle');
const externals = NATIVES.flatMap((name) => ['-e', name]);
run('ncc', 'build', join(build, 'main.js'), '-o', bundle, '--license', 'licenses.txt', ...externals);
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
for (const name of readdirSync(bundle, { recursive: true, encoding: 'utf8' }).sort()) place(name);
writeFileSync(join(dist, 'package.json'), '{"type":"module"}\n');
for (const name of ACTIONS) actionStub(name);
for (const name of WORKERS) workerStub(name);
cpSync(join(root, 'scripts', 'mlops-stub.js'), join(dist, 'mlops.js'));
// As npm makes it when it links the program.
chmodSync(join(dist, 'mlops.js'), 0o755);

/** Puts a copy of the package, with a manifest that says so, where the bundler looks first. */
function markPure(name: string): void {
  const [from, to] = [join(root, 'node_modules', name), join(build, 'node_modules', name)];
  cpSync(from, to, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as object;
  writeFileSync(join(to, 'package.json'), JSON.stringify({ ...manifest, sideEffects: false }));
}

/** Node keeps what V8 compiled in the machine's folder for temporary files: the later steps of a job start faster. */
function actionStub(name: string): void {
  const lines = [
    "import { enableCompileCache } from 'node:module';",
    'enableCompileCache();',
    "const { runAction } = await import('./index.js');",
    `await runAction('${name}');`,
  ];
  writeFileSync(join(dist, `${name}.js`), `${lines.join('\n')}\n`);
}

function workerStub(name: string): void {
  writeFileSync(
    join(dist, `${name}-worker.js`),
    `import { runWorker } from './index.js';\nawait runWorker('${name}');\n`,
  );
}

/** Puts a file of the bundle into dist, scripts minified. */
function place(name: string): void {
  const [from, to] = [join(bundle, name), join(dist, name)];
  if (name === 'package.json' || statSync(from).isDirectory()) return;
  mkdirSync(dirname(to), { recursive: true });
  const code = /\.m?js$/.test(name) ? minified(readFileSync(from, 'utf8')) : readFileSync(from);
  writeFileSync(to, code);
}

function minified(code: string): string {
  return transformSync(code, { minify: true, target: 'node24', legalComments: 'none' }).code;
}
