import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { buildSync } from 'esbuild';
import { pythonPeers } from '../tools/python-peers.ts';
import { mustRun } from '../tools/run-program.ts';
import type { ReadFigures } from './csv/read.ts';
import type { BenchResult } from './result.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Ours and the peers read in turns so often, each time in a process of its own, and each process so often. */
const TURNS = 3;
const READS = 3;
const THREADS = 2;
const MEGABYTES = 70;
/** csv-parse makes an object of every cell. */
const CSV_PARSE_MEGABYTES = 10;

export const peers = ['pandas 3.1.1', 'pyarrow as MLflow 3.17.2 brings it', 'csv-parse 7.0.3'];

/**
 * CSV files of 70 MB as typed columns, from the start of reading to the last column, beside pandas (its C reader) and pyarrow (two threads).
 * The least of all reads counts.
 */
export async function bench(): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-data-'));
  const cases = { adult: adultTimes20, bike: () => table(BIKE, bikeRow), doubles: () => table(SENSORS, sensorRow) };
  // As users have it: types are stripped before and not while it is measured.
  buildSync({
    entryPoints: [join(import.meta.dirname, 'csv/read.ts'), join(ROOT, 'src/data/csv/csv-worker.ts')],
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node24' },
    ...{ entryNames: '[name]', outdir: folder, external: ['csv-parse'] },
  });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  try {
    const results: BenchResult[] = [];
    for (const [name, text] of Object.entries(cases)) {
      const path = join(folder, `${name}.csv`);
      writeFileSync(path, text());
      results.push(...(await compare(name, path, join(folder, 'read.js'))));
    }
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(name: string, path: string, program: string): Promise<BenchResult[]> {
  const python = await pythonPeers();
  const script = join(import.meta.dirname, 'peers/read_csv.py');
  const ours = (threads: number) => [process.execPath, program, path, String(threads)];
  const commands = {
    two: ours(THREADS),
    one: ours(1),
    pandas: [python, script, 'pandas', path],
    pyarrow: [python, script, 'pyarrow', path],
  };
  const best: Record<string, ReadFigures> = {};
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [who, [command, ...args]] of Object.entries(commands)) {
      const found = JSON.parse(await mustRun(command!, [...args, String(READS)])) as ReadFigures;
      best[who] = least(found, best[who] ?? found);
    }
  }
  const { two, one, pandas, pyarrow } = best as Record<keyof typeof commands, ReadFigures>;
  const size = statSync(path).size / 1e6;
  const faster = (metric: string, mine: number, peer: number, peer_name: string, unit: string): BenchResult => ({
    ...{ bench: 'data', case: `CSV, ${name}`, metric, ours: size / mine, peer: size / peer, peer_name },
    ...{ ratio: peer / mine, unit },
  });
  const smaller = (metric: string, mine: number, peer: number, peer_name: string): BenchResult => ({
    ...{ bench: 'data', case: `CSV, ${name}`, metric, ours: mine / 2 ** 20, peer: peer / 2 ** 20, peer_name },
    ...{ ratio: peer / mine, unit: 'MB' },
  });
  const limit = 1.5 * two.columnBytes! + 64 * 2 ** 20;
  return [
    faster('2 threads', two.wallSeconds, pandas.wallSeconds, 'pandas.read_csv', 'MB/s'),
    faster('2 threads', two.wallSeconds, pyarrow.wallSeconds, 'pyarrow.csv, 2 threads', 'MB/s'),
    faster('1 thread', one.wallSeconds, pandas.wallSeconds, 'pandas.read_csv', 'MB/s'),
    faster('processor, 1 thread', one.cpuSeconds, pandas.cpuSeconds, 'pandas.read_csv', 'MB per CPU second'),
    faster('processor, 1 thread', one.cpuSeconds, csvParseSeconds(path), 'csv-parse', 'MB per CPU second'),
    smaller('peak memory', two.peakBytes, pandas.peakBytes, 'pandas.read_csv'),
    smaller('peak memory', two.peakBytes, limit, 'limit: 1.5 × columns + 64 MB'),
  ];
}

function least(a: ReadFigures, b: ReadFigures): ReadFigures {
  return {
    ...a,
    wallSeconds: Math.min(a.wallSeconds, b.wallSeconds),
    cpuSeconds: Math.min(a.cpuSeconds, b.cpuSeconds),
    peakBytes: Math.min(a.peakBytes, b.peakBytes),
  };
}

/** As if it read the whole file. */
function csvParseSeconds(path: string): number {
  const file = readFileSync(path);
  const start = file.subarray(0, file.lastIndexOf(10, CSV_PARSE_MEGABYTES * 1e6) + 1);
  const cpu = process.cpuUsage();
  parse(start, { cast: true });
  const { user, system } = process.cpuUsage(cpu);
  return (((user + system) / 1e6) * file.length) / start.length;
}

/** The census table "adult" as it came, twenty times. */
function adultTimes20(): string {
  const [train, test] = ['adult_train', 'adult_test'].map((name) =>
    gunzipSync(readFileSync(join(import.meta.dirname, 'data', `${name}.csv.gz`))).toString(),
  ) as [string, string];
  const header = train.slice(0, train.indexOf('\n') + 1);
  const rows = [train, test].map((text) => text.slice(text.indexOf('\n') + 1)).join('');
  return header + rows.repeat(20);
}

const BIKE =
  'instant,dteday,season,yr,mnth,hr,holiday,weekday,workingday,weathersit,temp,atemp,hum,windspeed,casual,registered,cnt';

/** Rows as in the hourly bike-sharing table: a date and many short numbers. */
function bikeRow(i: number): string {
  const day = new Date(Date.UTC(2011, 0, 1 + (Math.floor(i / 24) % 730))).toISOString().slice(0, 10);
  const at = (k: number): number => ((i * 2654435761 + k * 40503) >>> 7) % 101;
  const share = (k: number): string => (at(k) / 100).toFixed(2);
  const casual = at(5);
  const registered = at(6) * 3;
  const calendar = `${(i % 4) + 1},${i % 2},${(i % 12) + 1},${i % 24},${i % 30 === 0 ? 1 : 0},${i % 7},${i % 3 === 0 ? 0 : 1}`;
  return `${i + 1},${day},${calendar},${(i % 3) + 1},${share(1)},${share(2)}12,${share(3)},${share(4)}3,${casual},${registered},${casual + registered}`;
}

const SENSORS = 'a,b,c,d,e,f,g,h';

/** Measurements as programs print doubles. */
function sensorRow(i: number): string {
  return Array.from({ length: 8 }, (_, k) => Math.sin(i * 8 + k) * 10 ** ((k % 5) - 1)).join(',');
}

function table(header: string, row: (i: number) => string): string {
  const lines = [header];
  for (let size = 0, i = 0; size < MEGABYTES * 1e6; i++) size += lines[lines.push(row(i)) - 1]!.length + 1;
  return `${lines.join('\n')}\n`;
}
