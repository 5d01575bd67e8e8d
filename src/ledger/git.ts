import { spawn } from 'node:child_process';
import { MlopsError } from '../errors/mlops-error.ts';
import type { Redactor } from '../errors/redact.ts';

export interface GitRan {
  readonly status: number;
  readonly stdout: Buffer;
  /** Without secrets. */
  readonly stderr: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** One entry of git's configuration; both are given to git by its environment, so that no process list shows them. */
export type GitSetting = readonly [key: string, value: string];

/** What a hook or another git sets to mean its own repository; `git rev-parse --local-env-vars` lists them. */
const OF_ANOTHER_REPOSITORY =
  /^GIT_(ALTERNATE_OBJECT_DIRECTORIES|CONFIG|OBJECT_DIRECTORY|DIR|WORK_TREE|IMPLICIT_WORK_TREE|GRAFT_FILE|INDEX_FILE|NO_REPLACE_OBJECTS|REPLACE_REF_BASE|PREFIX|SHALLOW_FILE|COMMON_DIR|NAMESPACE)$/;

/** The program `git`, with an environment of its own. */
export class Git {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #redactor: Redactor;

  constructor(environment: Environment, redactor: Redactor, settings: readonly GitSetting[] = []) {
    this.#environment = gitEnvironment(environment, settings);
    this.#redactor = redactor;
  }

  /** Runs git to its end, whatever its exit status. @throws LEDGER_UNREACHABLE when there is no git */
  run(args: readonly string[], input: string | Buffer = ''): Promise<GitRan> {
    return new Promise((resolve, reject) => {
      // A session of its own on POSIX: Ctrl-C in a terminal stops the command, which then ends its pushes by itself.
      const child = spawn('git', args, {
        env: this.#environment,
        detached: process.platform !== 'win32',
        windowsHide: true,
        stdio: 'pipe',
      });
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      child.stdout.on('data', (part: Buffer) => stdout.push(part));
      child.stderr.on('data', (part: Buffer) => stderr.push(part));
      // A git that ends early closes its input; its exit status and words tell why.
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
      child.on('error', (cause: NodeJS.ErrnoException) =>
        reject(
          cause.code === 'ENOENT'
            ? new MlopsError('LEDGER_UNREACHABLE', 'the ledger needs the program "git", which is not on the PATH', {
                cause,
              })
            : cause,
        ),
      );
      child.on('close', (status) =>
        resolve({
          status: status ?? 1,
          stdout: Buffer.concat(stdout),
          stderr: this.#redactor.redact(Buffer.concat(stderr).toString().trim()),
        }),
      );
    });
  }

  /** As `run`, but a git that fails throws. @throws LEDGER_UNREACHABLE with git's reason */
  async must(what: string, args: readonly string[], input?: string | Buffer): Promise<Buffer> {
    const ran = await this.run(args, input);
    if (ran.status !== 0) throw unreachable(what, ran.stderr || `git ended with ${ran.status}`);
    return ran.stdout;
  }
}

export function unreachable(what: string, reason: string): MlopsError {
  const advice = isDenied(reason) ? '. The job needs "permissions: contents: write", or the remote a credential' : '';
  return new MlopsError('LEDGER_UNREACHABLE', `${what}: ${reasonOf(reason)}${advice}`);
}

/** Git's own words without its hints for people at a prompt. */
export function reasonOf(stderr: string): string {
  return stderr
    .split('\n')
    .map((line) => line.replace(/^(fatal|error|remote):\s*/, '').trim())
    .filter((line) => line !== '' && !/^(hint|warning):/.test(line))
    .join('; ');
}

/** Whether the host said that this credential, or none, may not do it: trying again does not help. */
export function isDenied(reason: string): boolean {
  return /error: 40[13]\b|denied|not allowed|Authentication failed|could not read (Username|Password)|protected branch|Write access/i.test(
    reason,
  );
}

function gitEnvironment(environment: Environment, settings: readonly GitSetting[]): NodeJS.ProcessEnv {
  const own: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && !OF_ANOTHER_REPOSITORY.test(name)) own[name] = value;
  }
  // Settings that were given by the environment already keep their numbers.
  const first = Number(own.GIT_CONFIG_COUNT ?? 0);
  settings.forEach(([key, value], i) => {
    own[`GIT_CONFIG_KEY_${first + i}`] = key;
    own[`GIT_CONFIG_VALUE_${first + i}`] = value;
  });
  own.GIT_CONFIG_COUNT = String(first + settings.length);
  own.GIT_TERMINAL_PROMPT = '0';
  own.LC_ALL = 'C';
  return own;
}
