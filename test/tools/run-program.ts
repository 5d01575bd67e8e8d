import { execFile } from 'node:child_process';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Uint8Array;
}

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever its exit status. */
export function runProgram(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { cwd, env, input } = options;
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { ...(cwd === undefined ? {} : { cwd }), env: env ?? process.env, maxBuffer: 256 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error && typeof error.code !== 'number') reject(error);
        else resolve({ status: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
    // A program may end before it has read its input.
    child.stdin?.on('error', () => undefined).end(input ?? '');
  });
}

/** As `runProgram`, but a program that fails throws with all that it printed. Returns its standard output. */
export async function mustRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await runProgram(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit status ${status}\n${stdout}${stderr}`);
  return stdout;
}
