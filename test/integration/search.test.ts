import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mlflowEnv } from '../tools/mlflow-server.ts';
import { interruptMlops, mlops, mlopsOutputs, workspace } from '../tools/mlops.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { mustRun } from '../tools/run-program.ts';

interface SeenRun {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly ended: boolean;
  readonly params: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, string>>;
}
interface Seen {
  readonly parent: SeenRun;
  readonly children: readonly SeenRun[];
}

/** Rows of two classes; a column says which are held out. @param heldOut what makes the held-out rows other ones */
function table(rows: number, heldOut = 0): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const test = i % 5 === 0;
    const a = ((i * 37) % 101) / 10 + (test ? heldOut : 0);
    const b = (i * 53) % 17;
    const label = a + b / 4 > 7 !== (i % 11 === 0) ? 'yes' : 'no';
    return `${a},${b},${['red', 'green', 'blue'][i % 3]},${label},${test ? 'test' : 'train'}`;
  });
  return `a,b,colour,label,side\n${lines.join('\n')}\n`;
}

const DATA = 'data: {source: t.csv, target: label, exclude: [side], split: {method: column, column: side}}\n';
const MODEL = 'model: {n-estimators: 12}\n';
/** Without bootstrap there is no drawing of rows: such trials fail. */
const SEARCH = `search:
  trials: 7
  random-state: 5
  split: {folds: 3}
  parameters:
    max-depth: {integer: [1, 12]}
    bootstrap: [true, false]
    max-samples: [null, 0.5]
`;
const HALVING = `search:
  method: halving
  trials: 6
  metric: log_loss
  split: {method: k-fold, folds: 2}
  halving: {resource: n-estimators, factor: 2, max-resources: 8}
  parameters: {min-samples-leaf: {log-integer: [1, 20]}}
`;
const LONG = `search: {trials: 500, split: {folds: 5}, parameters: {max-features: {uniform: [0.1, 0.9]}}}\n`;
const SHORT_TIME = `search: {max-time-minutes: 0.0001, parameters: {max-depth: [1, 2]}}\n`;

describeWith(['python'], 'the hyperparameter search', () => {
  const folders: Awaited<ReturnType<typeof workspace>>[] = [];
  const seen = new Map<string, Seen[]>();
  let report = '';
  let interrupted: { status: number | null; stderr: string };
  let timeUp = '';
  let listed: Record<string, unknown>;
  let trials: Record<string, unknown>;

  beforeAll(async () => {
    const folder = async (name: string, yaml: string) => {
      const made = await workspace({ 'mlops.yaml': yaml, 't.csv': table(300) });
      folders.push(made);
      seen.set(name, []);
      return made.path;
    };
    const random = await folder('random', DATA + MODEL + SEARCH);
    report = (await mlops(random, ['train'])).stdout;
    await writeFile(join(random, 't.csv'), table(300, 50));
    await mlopsOutputs(random, ['train', '--n-jobs', '1']);
    await mlopsOutputs(random, ['train', '--search', 'off']);
    listed = await mlopsOutputs(random, ['runs', '--max-results', '3']);
    trials = await mlopsOutputs(random, ['runs', '--filter', "params.max_samples = '0.5'"]);
    await mlopsOutputs(await folder('halving', DATA + MODEL + HALVING), ['train']);
    const killed = await folder('killed', DATA + MODEL + LONG);
    interrupted = await interruptMlops(killed, ['train'], { when: /✓ features/, signal: 'SIGINT' });
    timeUp = (await mlops(await folder('time', DATA + MODEL + SHORT_TIME), ['train'])).stderr;

    const uris = folders.map(({ path }) => `sqlite:///${join(path, 'mlflow.db')}`);
    const script = resolve(import.meta.dirname, 'search_runs.py');
    const printed = await mustRun(await pythonPeers(), [script, ...uris], { cwd: folders[0]!.path, env: mlflowEnv() });
    const read = JSON.parse(printed.trim().split('\n').at(-1)!) as Seen[][];
    for (const [i, name] of [...seen.keys()].entries()) seen.set(name, read[i]!);
  });
  afterAll(async () => {
    for (const folder of folders) await folder[Symbol.asyncDispose]();
  });

  test('each trial is a run below the run of the training, with its parameters and its score on each fold', () => {
    const [{ parent, children }] = seen.get('random') as [Seen];
    expect(parent.status).toBe('FINISHED');
    expect(children.map(({ name }) => name)).toEqual(Array.from({ length: 8 }, (_, i) => `trial-${i}`));
    for (const { tags, params, metrics, status } of children) {
      expect(tags['mlflow.parentRunId']).toBe(parent.id);
      expect(tags['mlops.training']).toBeUndefined();
      expect(params.n_estimators).toBe('12');
      const fails = params.bootstrap === 'false' && params.max_samples !== 'None';
      expect(status).toBe(fails ? 'FAILED' : 'FINISHED');
      if (fails) {
        expect(tags['mlops.search.failure']).toBe(
          '"max-samples" is set, but without bootstrap every tree sees all rows',
        );
        continue;
      }
      const folds = [0, 1, 2].map((fold) => metrics[`split${fold}_test_roc_auc`]!);
      expect(metrics.mean_test_roc_auc).toBeCloseTo(folds.reduce((sum, score) => sum + score, 0) / 3, 12);
      expect(metrics.mean_test_score).toBe(metrics.mean_test_roc_auc);
      expect(metrics.mean_test_accuracy).toBeGreaterThan(0.5);
    }
    expect(new Set(children.map(({ status }) => status))).toEqual(new Set(['FINISHED', 'FAILED']));
  });

  test('the model gets the best parameters, which the run of the training names with their score', () => {
    const [{ parent, children }] = seen.get('random') as [Seen];
    const score = ({ metrics }: SeenRun): number => metrics.mean_test_roc_auc ?? 0;
    const best = children.reduce((a, b) => (score(b) > score(a) ? b : a));
    for (const name of ['max_depth', 'bootstrap', 'max_samples']) {
      expect([parent.params[`best_${name}`], parent.params[name]]).toEqual([best.params[name], best.params[name]]);
    }
    const { best_cv_score, own_cv_roc_auc, search_trials, search_failed_trials } = parent.metrics;
    expect(best_cv_score).toBe(score(best));
    expect(own_cv_roc_auc).toBe(score(children[0]!));
    expect([search_trials, search_failed_trials]).toEqual([
      8,
      children.filter(({ status }) => status === 'FAILED').length,
    ]);
    expect(report).toContain(`Trial ${best.name.slice('trial-'.length)} of 8 is the best: roc_auc`);
    expect(report).toContain('better than with the settings of mlops.yaml');
    expect(report).toContain('failed: "max-samples" is set, but without bootstrap every tree sees all rows');
  });

  test('a seed gives the same trials and scores at any n-jobs, and held-out rows change none of them', () => {
    const [first, second, off] = seen.get('random')!;
    const untimed = ({ children }: Seen) =>
      children.map(({ name, status, params, metrics: { mean_fit_time: _, ...metrics } }) => ({
        name,
        status,
        params,
        metrics,
      }));
    expect(untimed(second!)).toEqual(untimed(first!));
    expect(second!.parent.metrics.roc_auc).not.toBe(first!.parent.metrics.roc_auc);
    // --search off
    expect([off!.children.length, off!.parent.params.best_max_depth, off!.parent.params.max_depth]).toEqual([
      0,
      undefined,
      'None',
    ]);
  });

  test('trials are not listed among the runs unless a filter asks for them', () => {
    const names = (outputs: Record<string, unknown>) =>
      (outputs.runs as { runName: string }[]).map(({ runName }) => runName);
    expect(names(listed).map((name) => name.replace(/-.*/, ''))).toEqual(['train', 'train', 'train']);
    expect(names(trials).some((name) => name.startsWith('trial-'))).toBe(true);
  });

  test('of halving each trial of a round is a run with its resources, and the model keeps its own number of trees', () => {
    const [{ parent, children }] = seen.get('halving') as [Seen];
    const rounds = children.map(({ params }) => `${params.iter}: ${params.n_resources} ${params.n_estimators}`);
    expect(rounds).toEqual([...Array(7).fill('0: 2 2'), ...Array(4).fill('1: 4 4'), ...Array(3).fill('2: 8 8')]);
    expect(children.map(({ name }) => name).filter((name) => name.startsWith('trial-0-'))).toEqual(
      [0, 1, 2].map((round) => `trial-0-round-${round}`),
    );
    const last = children.filter(({ params }) => params.iter === '2');
    const best = last.reduce((a, b) => (b.metrics.mean_test_log_loss! < a.metrics.mean_test_log_loss! ? b : a));
    expect(parent.params.best_min_samples_leaf).toBe(best.params.min_samples_leaf);
    expect(parent.params.n_estimators).toBe('12');
  });

  test('an interrupted search leaves a killed run, one killed trial and finished ones, none under way', () => {
    expect(interrupted.status).toBe(130);
    const [{ parent, children }] = seen.get('killed') as [Seen];
    expect([parent.status, parent.ended]).toEqual(['KILLED', true]);
    expect(children.length).toBeLessThan(500);
    expect(children.every(({ ended }) => ended)).toBe(true);
    expect(children.slice(0, -1).every(({ status }) => status === 'FINISHED')).toBe(true);
    expect(['FINISHED', 'KILLED']).toContain(children.at(-1)?.status ?? 'KILLED');
  });

  test('when the time is up the best so far is trained, and a warning says how many trials there were', () => {
    const [{ parent, children }] = seen.get('time') as [Seen];
    expect(timeUp).toContain('the search was ended after 0.0001 minutes (search.max-time-minutes) with 1 of 3 trials');
    expect([parent.status, parent.params.best_max_depth, children[0]!.status]).toEqual([
      'FINISHED',
      'None',
      'FINISHED',
    ]);
    expect(children.slice(1).every(({ status }) => status === 'KILLED')).toBe(true);
  });
});

test('what does not fit the data is refused before the first trial, every value by its name', async () => {
  const yaml = `${DATA}search:
  parameters: {criterion: [gini, squared_error], max-features: [2, 9], class-weight: [null, {maybe: 2}]}
`;
  await using folder = await workspace({ 'mlops.yaml': yaml, 't.csv': table(60) });
  const { status, stderr } = await mlops(folder.path, ['train']);
  expect(status).toBe(2);
  expect(stderr.split('\n').filter((line) => line.startsWith('INPUT_INVALID'))).toEqual([
    'INPUT_INVALID  search.parameters.criterion: "criterion" is "squared_error", expected gini or entropy for classification',
    'INPUT_INVALID  search.parameters.max-features: "max-features" is "9", but there are only 3 features',
    expect.stringContaining('search.parameters.class-weight: "class-weight" names "maybe", which is no class'),
  ]);
});

test('a metric that is not measured and more folds than rows of a class are refused', async () => {
  const yaml = `${DATA}search: {metric: rsme, parameters: {max-depth: [2]}}\n`;
  await using folder = await workspace({ 'mlops.yaml': yaml, 't.csv': table(60) });
  expect((await mlops(folder.path, ['train'])).stderr).toContain(
    'INPUT_INVALID  "search.metric" is "rsme", which is not measured for classification.',
  );
  await writeFile(
    join(folder.path, 'mlops.yaml'),
    `${DATA}search: {split: {folds: 40}, parameters: {max-depth: [2]}}\n`,
  );
  const { status, stderr } = await mlops(folder.path, ['train']);
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /"search.split.folds" is "40", but class "no" has only \d+ different training rows, class "yes" has only/,
  );
});
