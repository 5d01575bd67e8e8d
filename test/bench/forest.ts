import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { FOREST_PEERS, forestPeers } from '../tools/python-peers.ts';
import { mustRun } from '../tools/run-program.ts';
import { readCase, writeCases } from './forest/cases.ts';
import { type BenchResult, median } from './result.ts';

export const peers = FOREST_PEERS;

/** Seeds 0, 1, …: times are the middle of the rounds, scores their mean; one round for a large table. */
const ROUNDS = 5;
const TREES = 100;
/** Fitted by the peers that share our parameters in each round, by the others once: their scores are not compared. */
const PEERS = { 'scikit-learn': ROUNDS, oneDAL: ROUNDS, YDF: 1 } as const;
/** Above so many rows one round takes minutes, and the model is larger than the 2 GB that an ONNX file may have. */
const LARGE = 100_000;
/** Below the project, so that the programs find its packages. */
const PROGRAMS = join(import.meta.dirname, '../../.tools/bench-forest');
const GROWTH_TREES = 20;
const GROWTH_ROWS = [10_000, 100_000, 1_000_000, 2_000_000];

/** What a process measures: seconds, and scores of unseen rows by MLflow's name of the metric. */
interface Measured {
  readonly fit: number;
  readonly predict: number;
  readonly one: number;
  readonly scores: Readonly<Record<string, number>>;
  /** Bytes; of ours only. */
  readonly memory?: { readonly grown: number; readonly binned: number; readonly model: number };
}

/**
 * 100 fully grown trees on all cores, every engine in a process of its own, in turns: beside scikit-learn, oneDAL (scikit-learn-intelex),
 * YDF and, on the same trees, ONNX Runtime; ml-random-forest on 2,000 rows; and how time grows with rows.
 */
export async function bench(): Promise<BenchResult[]> {
  const python = await forestPeers();
  const folder = mkdtempSync(join(tmpdir(), 'bench-forest-'));
  await bundle(PROGRAMS);
  try {
    const cases = await writeCases(python, folder, [
      { rows: 50_000, features: 20, classes: 2 },
      { rows: 500_000, features: 30, classes: 4 },
    ]);
    const results: BenchResult[] = [];
    for (const item of cases) results.push(...(await compareEngines(python, item)));
    results.push(await compareSmall(cases[2]!));
    results.push(await growth(python, folder));
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(PROGRAMS, { recursive: true, force: true });
  }
}

/** Programs in JavaScript, as users have them: Node takes 0.15 s of each thread to read TypeScript. */
async function bundle(outdir: string): Promise<void> {
  const { build } = await import('esbuild');
  const source = (path: string): string => join(import.meta.dirname, path);
  await build({
    entryPoints: {
      ours: source('forest/ours.ts'),
      small: source('forest/small.ts'),
      'forest-worker': source('../../src/forest/forest-worker.ts'),
      'predict-worker': source('../../src/forest/predict-worker.ts'),
    },
    outdir,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
}

async function compareEngines(python: string, folder: string): Promise<BenchResult[]> {
  const { file } = readCase(folder);
  const jobs = availableParallelism();
  const onnx = join(folder, 'model.onnx');
  const ours: Measured[] = [];
  const measuredOf = new Map<keyof typeof PEERS, Measured[]>();
  const seeds = file.train > LARGE ? 1 : ROUNDS;
  for (let seed = 0; seed < seeds; seed++) {
    const model = seed === 0 && file.train <= LARGE ? [onnx] : [];
    ours.push(await runOurs('ours.js', [folder, seed, TREES, ...model]));
    for (const [name, rounds] of Object.entries(PEERS) as [keyof typeof PEERS, number][]) {
      // YDF takes many minutes for the large table.
      if (seed >= rounds || (name === 'YDF' && file.train > LARGE)) continue;
      const measured: Measured = await runPython(python, 'forest.py', [name, folder, seed, jobs]);
      measuredOf.set(name, [...(measuredOf.get(name) ?? []), measured]);
    }
    console.error(`${file.name}: round ${seed + 1} of ${seeds}`);
  }

  const unseen = file.rows - file.train;
  const results: BenchResult[] = [];
  const add = (metric: string, peer_name: string, values: { ours: number; peer: number }, unit: string): void => {
    // Of scores more is better, of all else less.
    const ratio = unit === '' ? values.ours / values.peer : values.peer / values.ours;
    results.push({ bench: 'forest', case: file.name, metric, ...values, peer_name, ratio, unit });
  };
  const timed = (what: 'fit' | 'predict' | 'one', of: readonly Measured[]): number => median(of.map((m) => m[what]));
  for (const [name, measured] of measuredOf) {
    const both = (what: 'fit' | 'predict' | 'one', scale: number) => ({
      ours: scale * timed(what, ours),
      peer: scale * timed(what, measured),
    });
    add(`fit, ${TREES} trees`, name, both('fit', 1), 's');
    add(`predict ${unseen.toLocaleString('en-US')} rows`, name, both('predict', 1e3), 'ms');
    add('predict one row', name, both('one', 1e6), 'µs');
  }
  if (existsSync(onnx)) {
    const measured: Measured = await runPython(python, 'forest_onnx.py', [onnx, folder, jobs]);
    const name = 'ONNX Runtime, same trees';
    add(
      `predict ${unseen.toLocaleString('en-US')} rows`,
      name,
      { ours: 1e3 * timed('predict', ours), peer: 1e3 * measured.predict },
      'ms',
    );
    add('predict one row', name, { ours: 1e6 * timed('one', ours), peer: 1e6 * measured.one }, 'µs');
  }
  const reference = measuredOf.get('scikit-learn')!;
  for (const score of Object.keys(ours[0]!.scores)) {
    const of = (measured: readonly Measured[]): number => mean(measured.map((m) => m.scores[score]!));
    add(
      seeds === 1 ? score : `${score}, mean of ${seeds} seeds`,
      'scikit-learn',
      { ours: of(ours), peer: of(reference) },
      '',
    );
  }
  const { grown, binned, model } = ours[0]!.memory!;
  const allowed = { ours: grown / 2 ** 20, peer: (2 * binned + model) / 2 ** 20 };
  add('memory of a fit', '2 × binned table + model', allowed, 'MB');
  return results;
}

async function compareSmall(folder: string): Promise<BenchResult> {
  const { ours, peer, rows }: { ours: number; peer: number; rows: number } = await runOurs('small.js', [folder]);
  return {
    bench: 'forest',
    case: `${rows.toLocaleString('en-US')} rows of it`,
    metric: `fit, ${TREES} trees`,
    ours,
    peer,
    peer_name: 'ml-random-forest',
    ratio: peer / ours,
    unit: 's',
  };
}

/** The exponent with which the time of a fit follows n·log n. */
async function growth(python: string, folder: string): Promise<BenchResult> {
  const points: { x: number; y: number }[] = [];
  for (const rows of GROWTH_ROWS) {
    const own = mkdtempSync(join(folder, 'growth-'));
    const shape = { rows, features: 20, classes: 2, folder: own };
    await runPython(python, 'forest_cases.py', [JSON.stringify([shape])]);
    const { fit }: Measured = await runOurs('ours.js', [own, 0, GROWTH_TREES]);
    console.error(`${GROWTH_TREES} trees on ${rows.toLocaleString('en-US')} rows: ${fit.toFixed(2)} s`);
    points.push({ x: Math.log(rows * Math.log(rows)), y: Math.log(fit) });
    rmSync(own, { recursive: true });
  }
  const [x, y] = [mean(points.map((p) => p.x)), mean(points.map((p) => p.y))];
  const slope = mean(points.map((p) => (p.x - x) * (p.y - y))) / mean(points.map((p) => (p.x - x) * (p.x - x)));
  return {
    bench: 'forest',
    case: `${GROWTH_ROWS.map((rows) => rows.toLocaleString('en-US')).join(', ')} rows × 20`,
    metric: `exponent of the time of a fit, ${GROWTH_TREES} trees`,
    ours: slope,
    peer: 1.1,
    peer_name: 'allowed, of n·log n',
    ratio: 1.1 / slope,
    unit: ' ',
  };
}

async function runOurs<T>(script: string, args: readonly unknown[]): Promise<T> {
  const path = join(PROGRAMS, script);
  return JSON.parse(await mustRun(process.execPath, [path, ...args.map(String)])) as T;
}

async function runPython<T>(python: string, script: string, args: readonly unknown[]): Promise<T> {
  const path = join(import.meta.dirname, 'peers', script);
  const text = await mustRun(python, ['-W', 'ignore', path, ...args.map(String)]);
  return (text.trim() === '' ? undefined : JSON.parse(text)) as T;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
