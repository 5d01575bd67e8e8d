import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { csvSettings } from '../../src/config/data-settings.ts';
import { readCsv } from '../../src/data/csv/read-csv.ts';
import { tableOfFields } from '../../src/data/read-table.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { mustRun } from '../tools/run-program.ts';
import type { BenchResult } from './result.ts';

const MEGABYTES = 100;
/** csv-parse makes an object of every cell. */
const CSV_PARSE_MEGABYTES = 10;
const REPEATS = 3;

const PANDAS = `
import sys, time
import pandas
best = 1e9
for _ in range(int(sys.argv[2])):
    start = time.process_time()
    pandas.read_csv(sys.argv[1])
    best = min(best, time.process_time() - start)
print(best)
`;

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

const BIKE =
  'instant,dteday,season,yr,mnth,hr,holiday,weekday,workingday,weathersit,temp,atemp,hum,windspeed,casual,registered,cnt';

/** Rows as in the census table "adult": mostly words of few different values. */
function adultRow(i: number): string {
  const pick = (words: readonly string[], k: number): string =>
    words[((i * 2654435761 + k * 40503) >>> 9) % words.length]!;
  const education = pick(['HS-grad', 'Some-college', 'Bachelors', 'Masters', '7th-8th', 'Assoc-acdm'], 2);
  const family = `${pick(['Married-civ-spouse', 'Never-married', 'Divorced', 'Widowed'], 3)},${pick(['Machine-op-inspct', 'Exec-managerial', 'Craft-repair', 'Sales', ''], 4)},${pick(['Husband', 'Not-in-family', 'Own-child', 'Wife'], 5)}`;
  const person = `${pick(['White', 'Black', 'Asian-Pac-Islander'], 6)},${pick(['Male', 'Female'], 7)}`;
  const money = `${i % 11 === 0 ? 7688 : 0},${i % 23 === 0 ? 1902 : 0},${20 + (i % 41)}`;
  return `${17 + (i % 70)},${pick(['Private', 'Self-emp-not-inc', 'Local-gov', ''], 1)},${12285 + ((i * 7919) % 1000000)},${education},${1 + (i % 16)},${family},${person},${money},${pick(['United-States', 'Mexico', 'Dominican-Republic'], 8)},${pick(['<=50K', '>50K'], 9)}`;
}

const ADULT =
  'age,workclass,fnlwgt,education,education_num,marital_status,occupation,relationship,race,sex,capital_gain,capital_loss,hours_per_week,native_country,income';

/** Measurements as programs print doubles. */
function sensorRow(i: number): string {
  return Array.from({ length: 8 }, (_, k) => Math.sin(i * 8 + k) * 10 ** ((k % 5) - 1)).join(',');
}

function table(header: string, row: (i: number) => string): string {
  const lines = [header];
  for (let size = 0, i = 0; size < MEGABYTES * 1e6; i++) size += lines[lines.push(row(i)) - 1]!.length + 1;
  return `${lines.join('\n')}\n`;
}

/**
 * Reading a CSV file of 100 MB into typed columns, in MB of text for each second of processor time (all threads): the best of
 * three.
 */
export async function bench(): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-csv-'));
  const python = await pythonPeers();
  const results: BenchResult[] = [];
  const cases = { adult: [ADULT, adultRow], bike: [BIKE, bikeRow], doubles: ['a,b,c,d,e,f,g,h', sensorRow] } as const;
  try {
    for (const [name, [header, row]] of Object.entries(cases)) {
      const path = join(folder, `${name}.csv`);
      writeFileSync(path, table(header, row));
      const megabytes = readFileSync(path).length / 1e6;
      const ours = await bestOf(() => readOurs(path), megabytes);
      const start = readFileSync(path).subarray(0, CSV_PARSE_MEGABYTES * 1e6);
      const whole = start.subarray(0, start.lastIndexOf(10) + 1);
      const csvParse = await bestOf(async () => parse(whole, { cast: true }), whole.length / 1e6);
      const pandas = megabytes / Number(await mustRun(python, ['-c', PANDAS, path, String(REPEATS)]));
      for (const [peer_name, peer] of [
        ['csv-parse', csvParse],
        ['pandas.read_csv', pandas],
      ] as const) {
        results.push({
          bench: 'csv',
          case: name,
          metric: 'read',
          ours,
          peer,
          peer_name,
          ratio: ours / peer,
          unit: 'MB per CPU second',
        });
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return results;
}

async function readOurs(path: string): Promise<void> {
  const csv = csvSettings.parse({});
  tableOfFields([await readCsv(path, readFileSync(path), csv)], { csv }, []);
}

async function bestOf(run: () => Promise<unknown>, megabytes: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < REPEATS; i++) {
    const start = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1e6);
  }
  return megabytes / best;
}
