import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonPeers } from './python-peers.ts';
import { freePort, startProcess } from './start-process.ts';

export interface MlflowServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** All that it printed so far. */
  output(): string;
  /** Ends the server; its own folder goes with it. */
  stop(): Promise<void>;
}

/** Without telemetry, background jobs, and what the machine sets to mean another server; compiled Python is kept (5 s instead of 17). */
export function mlflowEnv(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    MLFLOW_DISABLE_TELEMETRY: 'true',
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
  };
  for (const name of ['MLFLOW_TRACKING_URI', 'MLFLOW_REGISTRY_URI', 'PYTHONDONTWRITEBYTECODE']) delete env[name];
  return env;
}

/** A real `mlflow server` that serves artifacts, on a new SQLite file or on `database` (a path). */
export async function startMlflowServer({ database }: { database?: string } = {}): Promise<MlflowServer> {
  const python = await pythonPeers();
  const directory = await mkdtemp(join(tmpdir(), 'mlflow-server-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const { port } = new URL(url);
  const args = [
    ...['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', port, '--workers', '1'],
    ...['--backend-store-uri', `sqlite:///${database ?? join(directory, 'mlflow.db')}`],
    ...['--artifacts-destination', join(directory, 'artifacts')],
  ];
  const started = await startProcess(python, args, {
    cwd: directory,
    env: mlflowEnv(),
    ready: `${url}/health`,
    timeoutMs: 240_000,
  });
  return {
    url,
    output: started.output,
    stop: async () => {
      await started.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
