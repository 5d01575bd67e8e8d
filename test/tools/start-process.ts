import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;
/** After this a process that was asked to end is killed. */
const PATIENCE_MS = 10_000;

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Another user, which only root may choose. */
  readonly uid?: number;
  readonly gid?: number;
  /** A line of its output, or a URL that answers with a status below 500. */
  readonly ready: RegExp | string;
  readonly timeoutMs?: number;
}

export interface StartedProcess {
  readonly pid: number;
  /** All that it printed so far, on both streams. */
  output(): string;
  /** Asks it and its children to end, and waits until it has. Answers its exit status, null when killed by a signal. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a server and waits until it is ready; one that ends before that throws with its output. */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: StartOptions,
): Promise<StartedProcess> {
  const { cwd, env, uid, gid, ready, timeoutMs = 60_000 } = options;
  // Its own process group, so that what it starts ends with it.
  const child = spawn(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    env: env ?? process.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let ended: { status: number | null } | undefined;
  let failure: Error | undefined;
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  child.on('error', (error) => (failure = error));
  const closed = new Promise<void>((resolve) => {
    child.on('error', () => resolve());
    child.on('close', (status) => {
      ended = { status };
      resolve();
    });
  });
  const killGroup = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-child.pid!, signal);
    } catch {
      // The group is gone already.
    }
  };
  const onExit = () => killGroup('SIGKILL');
  process.once('exit', onExit);
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    if (!ended && !failure) {
      killGroup(signal);
      const timer = setTimeout(() => killGroup('SIGKILL'), PATIENCE_MS);
      await closed;
      clearTimeout(timer);
    }
    process.removeListener('exit', onExit);
    return ended?.status ?? null;
  };

  const deadline = Date.now() + timeoutMs;
  while (!(await isReady(ready, output))) {
    const why = failure ? failure.message : ended ? `ended with ${ended.status}` : undefined;
    if (why === undefined && Date.now() < deadline) {
      await sleep(POLL_MS);
      continue;
    }
    await stop();
    throw new Error(`${command} ${args.join(' ')}: ${why ?? `not ready after ${timeoutMs} ms`}\n${output}`);
  }
  return { pid: child.pid!, output: () => output, stop };
}

async function isReady(ready: RegExp | string, output: string): Promise<boolean> {
  if (typeof ready !== 'string') return ready.test(output);
  try {
    return (await fetch(ready)).status < 500;
  } catch {
    return false;
  }
}
