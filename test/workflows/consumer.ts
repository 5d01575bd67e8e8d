import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { MAJOR, REPOSITORY } from '../../scripts/generate/repository.ts';
import { type ActRun, runWorkflow } from '../tools/act.ts';
import { type ArtifactServiceStandIn, startArtifactService } from '../tools/artifact-service.ts';
import {
  BOT,
  type GithubApiOptions,
  type GithubApiStandIn,
  startGithubApi,
  TEST_TOKEN,
} from '../tools/github-api/start-github-api.ts';
import { mustRun } from '../tools/run-program.ts';
import { artifactActions } from './artifact-actions.ts';
import { exportActions } from './exported-actions.ts';
import { rentsCsv } from './rents.ts';
import { newRepository, type Repository } from './repository.ts';

const NAME = 'acme/rents';
const WORKFLOWS = '.github/workflows';

export interface RunOptions {
  readonly payload?: Readonly<Record<string, unknown>>;
  /** For GITHUB_RUN_ID; default: one of its own. */
  readonly runId?: number;
  /** For a pull request from a fork: whatever the workflow asks for, its token may only read. */
  readonly fork?: boolean;
}

/** A project that uses the templates, with all that it reaches on GitHub. */
export interface Consumer {
  readonly repository: Repository;
  readonly github: GithubApiStandIn;
  readonly artifacts: ArtifactServiceStandIn;
  /** Runs a workflow that `mlops init` wrote, with a token that may do what its jobs ask for and no more. */
  run(workflow: string, event: string, options?: RunOptions): Promise<ActRun>;
  stop(): Promise<void>;
}

export async function startConsumer(options: GithubApiOptions = {}): Promise<Consumer> {
  const folder = mkdtempSync(join(tmpdir(), 'consumer-'));
  const actions = join(folder, 'actions');
  mkdirSync(actions);
  await exportActions(actions);
  const thirdParty = artifactActions(join(folder, 'third-party'));
  const artifacts = await startArtifactService(join(folder, 'artifacts'));
  const github = await startGithubApi({ repository: NAME, artifacts, ...options });
  const repository = await newRepository(folder, NAME);
  await init(repository, join(actions, 'actions/dist/mlops.js'));

  let runs = 1000;
  return {
    repository,
    github,
    artifacts,
    run(workflow, event, { payload = {}, runId = ++runs, fork = false } = {}) {
      const path = join(WORKFLOWS, workflow);
      const permissions = fork ? [] : permissionsOf(readFileSync(join(repository.checkout, path), 'utf8'));
      github.grant(TEST_TOKEN, { ...BOT, permissions });
      repository.denyPushes(!permissions.includes('contents: write'));
      return runWorkflow({
        repository: repository.checkout,
        workflow: path,
        event,
        payload: { repository: { default_branch: 'main' }, ...payload },
        actor: 'ada',
        token: TEST_TOKEN,
        actions: { [`${REPOSITORY}@${MAJOR}`]: actions, ...thirdParty },
        env: { GITHUB_REPOSITORY: NAME, GITHUB_API_URL: github.url, GITHUB_RUN_ID: String(runId) },
        artifactService: artifacts.url,
      });
    },
    async stop() {
      await artifacts.stop();
      rmSync(folder, { recursive: true, force: true });
      await github.stop();
    },
  };
}

/** The project as `mlops init` makes it from a CSV, with a file to score. */
async function init({ checkout, push }: Repository, program: string): Promise<void> {
  writeFileSync(join(checkout, 'rents.csv'), rentsCsv({ rows: 600, seed: 1 }));
  const flags = ['--data', 'rents.csv', '--target', 'rent', '--name', 'rents'];
  await mustRun(process.execPath, [program, 'init', ...flags], { cwd: checkout });
  for (const name of readdirSync(join(checkout, WORKFLOWS))) {
    const path = join(checkout, WORKFLOWS, name);
    // A key of 2026-03 that act's schema does not have yet.
    writeFileSync(path, readFileSync(path, 'utf8').replace(/\n +deployment: false.*\n/, '\n'));
  }
  await push({ 'incoming/today.csv': rentsCsv({ rows: 200, seed: 2, unlabelled: true }) });
}

/** Lines under `permissions:` of all jobs: act runs them with one token. */
function permissionsOf(workflow: string): string[] {
  const { jobs } = parse(workflow) as { jobs: Record<string, { permissions: Record<string, string> }> };
  return Object.values(jobs).flatMap(({ permissions }) =>
    Object.entries(permissions).map(([name, level]) => `${name}: ${level}`),
  );
}
