import { userInfo } from 'node:os';
import process from 'node:process';
import type { CommandDefinition, CommandResult } from '../commands/command.ts';
import type { CommandContext } from '../commands/context.ts';
import { invoke } from '../commands/invoke.ts';
import { COMMANDS } from '../commands/registry.ts';
import { ERROR_CODES } from '../errors/codes.ts';
import { expectedError } from '../errors/from-system.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { holdsSecret, Redactor } from '../errors/redact.ts';
import type { Forge } from '../forge/forge.ts';
import { noForge } from '../forge/no-forge.ts';
import { renderTerminal } from '../reports/terminal.ts';
import { gitOrigin } from './git-origin.ts';
import { TerminalLog } from './log.ts';
import { type CliRequest, parseArguments } from './program.ts';

const SIGNAL_STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

/** The forge of the machine, where there is one; laptops have none. */
export type ForgeFactory = (redactor: Redactor) => Promise<Forge | undefined>;

/**
 * The `mlops` program: parses, runs one command, prints its outcome.
 *
 * @returns the exit status: 0 done, 1 failed, 2 wrong usage, 3 negative verdict, 130/143 interrupted
 */
export async function runCli(argv: readonly string[], forgeOf: ForgeFactory): Promise<number> {
  const color = process.stderr.isTTY === true && !process.env.NO_COLOR;
  const redactor = new Redactor();
  let log = new TerminalLog(process.stderr, { format: 'text', color, redactor });
  const abort = new AbortController();
  let interrupted: keyof typeof SIGNAL_STATUS | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    // A second signal means now.
    if (interrupted) process.exit(SIGNAL_STATUS[interrupted]);
    interrupted = signal as keyof typeof SIGNAL_STATUS;
    abort.abort(new MlopsError('INTERRUPTED', `stopped by ${signal}`));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const request = await parseArguments(argv, COMMANDS);
    if (request.kind === 'text') {
      process.stdout.write(request.text);
      return request.status;
    }
    log = new TerminalLog(process.stderr, { format: request.logFormat, color, redactor });
    const context = await contextFor(request, log, redactor, abort.signal, forgeOf);
    const result = await invoke(request.command, request.inputs, context);
    print(request, result, redactor);
    if (result.negative) log.warn(result.negative);
    return result.negative ? 3 : 0;
  } catch (thrown) {
    log.clear();
    if (interrupted) {
      log.error('INTERRUPTED', [`stopped by ${interrupted}; nothing half-written was kept`]);
      return SIGNAL_STATUS[interrupted];
    }
    return report(log, expectedError(thrown));
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

async function contextFor(
  request: CliRequest,
  log: TerminalLog,
  redactor: Redactor,
  signal: AbortSignal,
  forgeOf: ForgeFactory,
): Promise<CommandContext> {
  const cwd = process.cwd();
  const forge = (await forgeOf(redactor)) ?? noForge(await gitOrigin(cwd, actor()));
  return {
    cwd,
    credential: (name) => {
      const value = process.env[name];
      if (value && holdsSecret(name, value)) redactor.add(value);
      return value === '' ? undefined : value;
    },
    environment: process.env,
    signal,
    log,
    progress: log,
    forge,
    now: () => Date.now(),
    ephemeral: request.ephemeral,
  };
}

function print(request: CliRequest & { command: CommandDefinition }, result: CommandResult, redactor: Redactor): void {
  if (request.json) {
    process.stdout.write(`${redactor.redact(JSON.stringify(result.outputs))}\n`);
    return;
  }
  const width = process.stdout.columns ?? 100;
  const parts = [];
  const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
  if (result.summary) parts.push(renderTerminal(result.summary, { width, color }));
  else {
    const entries = Object.entries(result.outputs).map(([key, value]) => `${key}: ${textOf(value)}`);
    parts.push(entries.join('\n'));
  }
  if (result.next?.length) parts.push(['Next:', ...result.next.map((line) => `  ${line}`)].join('\n'));
  // Apart from the log, where both are on a terminal.
  const gap = process.stdout.isTTY === true ? '\n' : '';
  process.stdout.write(`${gap}${redactor.redact(parts.join('\n\n'))}\n`);
}

function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

function report(log: TerminalLog, error: unknown): number {
  if (error instanceof MlopsError) {
    const info = ERROR_CODES[error.code];
    log.error(error.code, error.faults);
    log.info(`  → ${info.remedy}`);
    return info.status;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.error('INTERNAL', ['this is a bug in the toolkit; please report it with the lines below'], stack);
  return 1;
}

function actor(): string {
  try {
    return userInfo().username;
  } catch {
    // Containers may run as a user id without a name.
    return 'unknown';
  }
}
