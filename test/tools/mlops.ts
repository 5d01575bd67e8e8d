import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Ran, runProgram } from './run-program.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** From the sources; test/bundle starts what is committed. */
const MAIN = join(ROOT, 'src/cli/main.ts');

/** What a laptop has: no runner, no colours, this Node. */
export function laptopEnv(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(GITHUB_|ACTIONS_|RUNNER_|INPUT_|CI$)/.test(name));
  return {
    ...Object.fromEntries(kept),
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    NO_COLOR: '1',
    ...more,
  };
}

/** Runs `mlops` to its end. */
export function mlops(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return runProgram(process.execPath, [MAIN, ...args], { cwd, env: laptopEnv(env) });
}

/** Runs `mlops` as the last words of another command, such as `unshare`. */
export function mlopsBelow(
  cwd: string,
  [command, ...words]: readonly [string, ...string[]],
  args: readonly string[],
): Promise<Ran> {
  return runProgram(command, [...words, process.execPath, MAIN, ...args], { cwd, env: laptopEnv() });
}

/** Runs `mlops … --json` and answers its outputs. A status beyond 0 and 3 throws with what was printed. */
export async function mlopsOutputs(cwd: string, args: readonly string[]): Promise<Record<string, unknown>> {
  const { status, stdout, stderr } = await mlops(cwd, [...args, '--json']);
  if (status !== 0 && status !== 3) throw new Error(`mlops ${args.join(' ')}: status ${status}\n${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Starts `mlops`, sends `signal` as soon as `when` appears on standard error, and waits for its end. */
export async function interruptMlops(
  cwd: string,
  args: readonly string[],
  { when, signal }: { when: RegExp; signal: NodeJS.Signals },
): Promise<{ status: number | null; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: laptopEnv(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  let sent = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    if (!sent && when.test(stderr)) {
      sent = true;
      child.kill(signal);
    }
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stderr };
}

/** A folder with the files given, or copies of those of the fixture folder, removed when `await using` ends. */
export async function workspace(
  files: Readonly<Record<string, string>>,
  fixture?: string,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'mlops-test-'));
  if (fixture !== undefined) await cp(join(ROOT, fixture), path, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
