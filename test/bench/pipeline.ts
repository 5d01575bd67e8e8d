import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { laptopEnv } from '../tools/mlops.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import type { BenchResult } from './result.ts';
import { median } from './result.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const DIST = join(ROOT, 'actions/dist');
const EXAMPLE = 'examples/bike-sharing';
const PIPELINE_RUNS = 3;
const START_RUNS = 31;

/** A process from its start to its end. */
interface Measured {
  readonly wallSeconds: number;
  /** User and system time of the process and its threads. */
  readonly cpuSeconds: number;
}

/**
 * The whole pipeline on the bike data, started cold, beside the same steps with pandas, scikit-learn and MLflow; and the start of an
 * action that finds nothing to do beside a bare Node.
 */
export async function bench(): Promise<BenchResult[]> {
  const python = await pythonPeers();
  const peerScript = join(import.meta.dirname, 'peers/pipeline.py');
  const data = join(ROOT, EXAMPLE, 'bike-sharing-hourly.csv');
  const incoming = join(ROOT, EXAMPLE, 'incoming/*.csv');
  const pairs = repeat(PIPELINE_RUNS, (folder) => {
    cpSync(join(ROOT, EXAMPLE), join(folder, EXAMPLE), { recursive: true });
    mkdirSync(join(folder, 'peer'));
    return {
      ours: measure(
        process.execPath,
        [join(DIST, 'mlops.js'), 'pipeline', '--config', `${EXAMPLE}/mlops.yaml`],
        folder,
      ),
      peer: measure(python, ['-W', 'ignore', peerScript, data, incoming, join(folder, 'peer')], folder),
    };
  });
  const starts = repeat(START_RUNS, (folder) => ({
    ours: measure(
      process.execPath,
      [join(DIST, 'validate.js')],
      folder,
      { GITHUB_ACTIONS: 'true', INPUT_NOTHING: 'x' },
      2,
    ),
    peer: measure(process.execPath, ['-e', '0'], folder),
  }));
  const peer_name = 'pandas + scikit-learn + MLflow';
  return [
    compare('bike-sharing, cold', 'wall time', pairs, (m) => m.wallSeconds, peer_name),
    compare('bike-sharing, cold', 'CPU time', pairs, (m) => m.cpuSeconds, peer_name),
    compare(
      'start of an action',
      'CPU time',
      starts.map(allowed),
      (m) => m.cpuSeconds,
      'node -e 0, times 1.5, and 60 ms',
    ),
  ];
}

/** What the start of an action may take. */
function allowed({ ours, peer }: Pair): Pair {
  return { ours, peer: { ...peer, cpuSeconds: 1.5 * peer.cpuSeconds + 0.06 } };
}

interface Pair {
  readonly ours: Measured;
  readonly peer: Measured;
}

/** In turn, so that a change of the machine's speed meets both alike; the first pair warms the disk's cache and is left out. */
function repeat(times: number, run: (folder: string) => Pair): Pair[] {
  const pairs: Pair[] = [];
  for (let i = 0; i <= times; i++) {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    try {
      pairs.push(run(folder));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  return pairs.slice(1);
}

/** Runs a program to its end by bash, whose `times` knows the CPU time of what it ran to the millisecond. */
function measure(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}, expected = 0): Measured {
  const begun = performance.now();
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-c', '"$@" >&2; status=$?; times; exit $status', 'bash', command, ...args],
    {
      cwd,
      env: laptopEnv(env),
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  const wallSeconds = (performance.now() - begun) / 1000;
  if (status !== expected) throw new Error(`${command} ${args.join(' ')}: exit status ${status}\n${stderr}`);
  const children = stdout.trim().split('\n').at(-1)!;
  const cpu = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds),
  );
  return { wallSeconds, cpuSeconds: cpu.reduce((sum, seconds) => sum + seconds, 0) };
}

function compare(
  what: string,
  metric: string,
  pairs: readonly Pair[],
  figure: (measured: Measured) => number,
  peer_name: string,
): BenchResult {
  const ours = median(pairs.map((pair) => figure(pair.ours)));
  const peer = median(pairs.map((pair) => figure(pair.peer)));
  return { bench: 'pipeline', case: what, metric, ours, peer, peer_name, ratio: peer / ours, unit: 's' };
}
