import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonPeers, storageExtras } from './python-peers.ts';
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

export interface ServerOptions {
  /** Path of an SQLite file, or a URI such as `postgresql://…`; default: a new SQLite file. */
  readonly database?: string;
  /** Where the artifacts are that it serves; default: a new folder. */
  readonly artifacts?: string;
  /** The location of artifacts that it hands out and does not serve, e.g. `s3://bucket/prefix`. */
  readonly artifactRoot?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A real `mlflow server`; with `env` or a URI as the database also with what it needs for S3 and PostgreSQL. */
export async function startMlflowServer(options: ServerOptions = {}): Promise<MlflowServer> {
  const { database, artifacts, artifactRoot, env = {} } = options;
  const python = await pythonPeers();
  const more = options.env || database?.includes('://') ? { PYTHONPATH: await storageExtras() } : {};
  const directory = await mkdtemp(join(tmpdir(), 'mlflow-server-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const { port } = new URL(url);
  const args = [
    ...['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', port, '--workers', '1'],
    ...[
      '--backend-store-uri',
      database?.includes('://') ? database : `sqlite:///${database ?? join(directory, 'mlflow.db')}`,
    ],
    ...(artifactRoot === undefined
      ? ['--artifacts-destination', artifacts ?? join(directory, 'artifacts')]
      : ['--default-artifact-root', artifactRoot, '--no-serve-artifacts']),
  ];
  const started = await startProcess(python, args, {
    cwd: directory,
    env: { ...mlflowEnv(), ...more, ...env },
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
