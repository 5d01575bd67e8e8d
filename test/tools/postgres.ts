import { execFile } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, startProcess } from './start-process.ts';

export interface Postgres {
  /** Of an empty database, as SQLAlchemy reads it. */
  readonly uri: string;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root; any other user will do. */
const NOBODY = 65_534;

/** A real PostgreSQL server on 127.0.0.1 with an empty database. Needs its programs: `missingTools(['postgres'])`. */
export async function startPostgres(): Promise<Postgres> {
  const bin = programs();
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if ('uid' in user) chownSync(folder, NOBODY, NOBODY);
  const data = join(folder, 'data');
  const made = ['--pgdata', data, '--username', 'mlflow', '--auth', 'trust', '--no-sync', '--encoding', 'UTF8'];
  await promisify(execFile)(join(bin, 'initdb'), made, { ...user, cwd: folder });
  const port = await freePort();
  const settings = ['fsync=off', 'unix_socket_directories=', 'listen_addresses=127.0.0.1'];
  const server = await startProcess(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...user, cwd: folder, ready: /ready to accept connections/ },
  );
  return {
    uri: `postgresql+psycopg2://mlflow@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await server.stop('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The folder of the newest version that is there. */
function programs(): string {
  const root = '/usr/lib/postgresql';
  const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return join(root, versions[0]!, 'bin');
}
