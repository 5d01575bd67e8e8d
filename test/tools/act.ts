import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { goTool } from './go-tool.ts';
import { runProgram } from './run-program.ts';

const ACT = 'github.com/nektos/act@v0.2.89';

export interface ActRequest {
  /** The checkout that the workflow belongs to; act copies it for each job, without what git ignores. */
  readonly repository: string;
  /** Path of the workflow in it. */
  readonly workflow: string;
  readonly event: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Who started it. */
  readonly actor: string;
  readonly token: string;
  /** Folders that stand for repositories of actions, by `owner/name@ref`. */
  readonly actions: Readonly<Record<string, string>>;
  /** Variables of the runner, e.g. GITHUB_REPOSITORY and GITHUB_API_URL. */
  readonly env: Readonly<Record<string, string>>;
  /** URL of the artifact service. */
  readonly artifactService?: string;
  /** Repository variables, `vars.*`. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface ActRun {
  /** 0: every job succeeded. */
  readonly status: number;
  /** By job id; jobs that were skipped are not there. */
  readonly jobs: Readonly<Record<string, ActJob>>;
  /** All that the steps printed, and what act said about them. */
  readonly log: string;
}

export interface ActJob {
  readonly result: 'success' | 'failure';
  /** In the order in which they ran; a step that was skipped is not there. */
  readonly steps: readonly ActStep[];
}

export interface ActStep {
  /** Its `id`, or its number from 0 on. */
  readonly id: string;
  readonly name: string;
  readonly outcome: 'success' | 'failure' | undefined;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly annotations: readonly Annotation[];
}

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
}

/**
 * Runs a workflow with act, a runner that needs no GitHub, on this machine and without containers. Not as on GitHub:
 * protection of environments, permissions of the token and concurrency are not looked at.
 */
export async function runWorkflow(request: ActRequest): Promise<ActRun> {
  const act = await goTool(ACT);
  const scratch = mkdtempSync(join(tmpdir(), 'act-'));
  try {
    const event = join(scratch, 'event.json');
    writeFileSync(event, JSON.stringify(request.payload ?? {}));
    const { status, stdout, stderr } = await runProgram(act, argumentsOf(request, event, scratch), {
      cwd: request.repository,
      env: environmentOf(request, scratch),
    });
    const { jobs, log } = parseLog(stdout);
    return { status, jobs, log: `${log}\n${stderr}` };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function argumentsOf(request: ActRequest, event: string, scratch: string): string[] {
  const { actions, actor, env, token, variables = {}, artifactService } = request;
  const each = (flag: string, values: Readonly<Record<string, string>>): string[] =>
    Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);
  return [
    request.event,
    ...['--workflows', join(request.repository, request.workflow), '--eventpath', event],
    ...['--platform', 'ubuntu-latest=-self-hosted', '--json', '--actor', actor],
    ...['--secret', `GITHUB_TOKEN=${token}`, ...each('--env', env), ...each('--var', variables)],
    ...each('--local-repository', actions),
    ...['--no-cache-server', '--cache-server-addr', '127.0.0.1', '--artifact-server-addr', '127.0.0.1'],
    // act's own artifact server speaks an older protocol; it has to be on for act to hand out a token.
    ...(artifactService === undefined ? [] : ['--artifact-server-path', join(scratch, 'unused')]),
    ...(artifactService === undefined ? [] : ['--artifact-server-port', '0']),
  ];
}

/** What a runner has and no more: steps see neither the settings nor the secrets of who runs the tests. */
function environmentOf({ artifactService }: ActRequest, scratch: string): NodeJS.ProcessEnv {
  const [home, bin] = [join(scratch, 'home'), join(scratch, 'bin')];
  for (const directory of [home, bin]) mkdirSync(directory);
  // act stops reading a step's terminal as soon as its program has failed, and may miss its last lines.
  const patient = `#!/bin/sh\n'${process.execPath}' "$@" || { status=$?; sleep 1; exit $status; }\n`;
  writeFileSync(join(bin, 'node'), patient, { mode: 0o755 });
  return {
    // act runs actions with the first Node that it finds.
    PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter),
    HOME: home,
    XDG_CACHE_HOME: join(scratch, 'cache'),
    XDG_CONFIG_HOME: join(scratch, 'config'),
    ACT_DISABLE_VERSION_CHECK: '1',
    ...(artifactService === undefined ? {} : { ACTIONS_RUNTIME_URL: artifactService }),
  };
}

/** A line of `act --json`, as far as it is read. */
interface LogLine {
  readonly msg?: string;
  readonly jobID?: string;
  readonly jobResult?: 'success' | 'failure' | 'skipped';
  readonly step?: string;
  readonly stepID?: readonly string[];
  readonly stage?: 'Pre' | 'Main' | 'Post';
  readonly stepResult?: 'success' | 'failure' | 'skipped';
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly content?: string;
  readonly kvPairs?: Readonly<Record<string, string>> | null;
}

interface OpenStep extends ActStep {
  outcome: 'success' | 'failure' | undefined;
  readonly outputs: Record<string, string>;
  summary: string;
  readonly annotations: Annotation[];
}

function parseLog(text: string): Pick<ActRun, 'jobs' | 'log'> {
  const jobs: Record<string, { result: 'success' | 'failure'; steps: OpenStep[] }> = {};
  const log: string[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith('{')) {
      log.push(line);
      continue;
    }
    const entry = JSON.parse(line) as LogLine;
    log.push(`${entry.jobID ?? ''} | ${(entry.msg ?? '').trimEnd()}`);
    const { jobID, jobResult } = entry;
    if (jobID === undefined || jobResult === 'skipped') continue;
    const job = (jobs[jobID] ??= { result: 'failure', steps: [] });
    if (jobResult) job.result = jobResult;
    if (entry.stage === 'Main' && entry.stepID) readStepLine(job.steps, entry);
  }
  return { jobs, log: log.join('\n') };
}

function readStepLine(steps: OpenStep[], entry: LogLine): void {
  const id = entry.stepID!.join('/');
  if (entry.stepResult === 'skipped') return;
  let step = steps.find((other) => other.id === id);
  if (!step) {
    step = { id, name: entry.step ?? id, outcome: undefined, outputs: {}, summary: '', annotations: [] };
    steps.push(step);
  }
  if (entry.stepResult) step.outcome = entry.stepResult;
  switch (entry.command) {
    case 'set-output':
      step.outputs[entry.name!] = entry.arg ?? '';
      break;
    case 'summary':
      step.summary += entry.content ?? '';
      break;
    case 'error':
    case 'warning':
    case 'notice':
      step.annotations.push({ level: entry.command, title: entry.kvPairs?.title ?? '', message: entry.arg ?? '' });
  }
}
