import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { REPOSITORY, usesOf } from '../../scripts/generate/repository.ts';
import { ACTIONS } from '../../src/commands/registry.ts';
import { goTool } from '../tools/go-tool.ts';
import { pythonEnv } from '../tools/python-env.ts';
import { describeWith } from '../tools/require-tool.ts';
import { runProgram } from '../tools/run-program.ts';

const ROOT = join(import.meta.dirname, '../..');
const TEMPLATES = join(ROOT, 'workflows-templates');
const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12';
const ZIZMOR = 'zizmor==1.32.0';

const templates = readdirSync(TEMPLATES).filter((name) => name.endsWith('.yml'));
const pathOf = (action: string): string => (action === 'pipeline' ? '.' : `actions/${action}`);

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lint-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What actionlint finds in the workflows of a repository, in words; empty when nothing. */
async function actionlint(repository: string): Promise<string> {
  // It looks for a repository to find local actions and reusable workflows.
  mkdirSync(join(repository, '.git'), { recursive: true });
  const program = await goTool(ACTIONLINT);
  const { stdout, stderr } = await runProgram(program, ['-shellcheck=', '-pyflakes=', '-no-color', '-oneline'], {
    cwd: repository,
  });
  return stdout + stderr;
}

describeWith(['go'], 'actionlint', () => {
  test("finds nothing in this project's own workflows", async () => {
    const repository = temporaryFolder();
    cpSync(join(ROOT, '.github'), join(repository, '.github'), { recursive: true });
    expect(await actionlint(repository)).toBe('');
  });

  test('finds that the templates use actions, inputs and outputs that there are', async () => {
    const repository = temporaryFolder();
    for (const action of ACTIONS) {
      cpSync(join(ROOT, pathOf(action), 'action.yml'), join(repository, pathOf(action), 'action.yml'));
    }
    cpSync(join(ROOT, 'actions/dist'), join(repository, 'actions/dist'), { recursive: true });
    const workflows = join(repository, '.github/workflows');
    mkdirSync(workflows, { recursive: true });
    for (const name of templates) {
      // As local actions they are looked into.
      const text = ACTIONS.reduce(
        (at, action) => at.replaceAll(`uses: ${usesOf(action)}\n`, `uses: ./${pathOf(action).replace(/^\.$/, '')}\n`),
        readFileSync(join(TEMPLATES, name), 'utf8'),
      );
      expect(text).not.toContain(REPOSITORY);
      writeFileSync(join(workflows, name), text);
    }
    expect(await actionlint(repository)).toBe('');
  });
});

describeWith(['python'], 'zizmor', () => {
  test('finds no risk in workflows, templates and actions', async () => {
    const python = await pythonEnv([ZIZMOR]);
    const actions = ACTIONS.map((action) => join(pathOf(action), 'action.yml'));
    expect(actions.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const { status, stdout, stderr } = await runProgram(
      join(dirname(python), 'zizmor'),
      [
        ...['--offline', '--strict-collection', '--quiet', '--color=never', '--config=.github/zizmor.yml'],
        ...['.github', ...templates.map((name) => `workflows-templates/${name}`), ...actions],
      ],
      { cwd: ROOT },
    );
    expect(stdout + stderr).toContain('No findings to report');
    expect(status).toBe(0);
  });
});

test('every third-party step is pinned to a commit and says which version that is', () => {
  const files = [
    ...templates.map((name) => join(TEMPLATES, name)),
    ...readdirSync(join(ROOT, '.github/workflows')).map((name) => join(ROOT, '.github/workflows', name)),
  ];
  const uses = files.flatMap((file) => readFileSync(file, 'utf8').match(/uses: .*/g) ?? []);
  const others = uses.filter((line) => !line.startsWith(`uses: ${REPOSITORY}`) && !line.startsWith('uses: ./'));
  expect(others.filter((line) => !/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  // One version of each, so that templates and project move together.
  const versions = new Map(others.map((line) => [line.split('@')[0], line]));
  expect(new Set(others)).toEqual(new Set(versions.values()));
});

test('ML report follows ML CI by its name, and Monitor calls the retraining that there is', () => {
  const read = (name: string) => parse(readFileSync(join(TEMPLATES, name), 'utf8'));
  expect(read('ml-report.yml').on.workflow_run.workflows).toEqual([read('ml-ci.yml').name]);
  expect(read('monitor.yml').jobs.retrain.uses).toBe('./.github/workflows/retrain.yml');
  expect(Object.keys(read('retrain.yml').on)).toContain('workflow_call');
});
