import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { interruptMlops, mlops, mlopsBelow, mlopsOutputs, workspace } from '../tools/mlops.ts';
import { describeWith } from '../tools/require-tool.ts';

/** Enough rows for every check that looks at their number. */
const rows = (line: (i: number) => string): string => Array.from({ length: 40 }, (_, i) => `${line(i)}\n`).join('');
const GOOD = `a,b,y\n${rows((i) => `${i},${i % 7},${i * 2}`)}`;

interface Case {
  readonly what: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly status: number;
  /** All that is said: a line a fault, then what to do. */
  readonly says: readonly string[];
}

const TRAIN = ['train', '--data', 'table.csv', '--target', 'y', '--n-estimators', '3'];

const CASES: readonly Case[] = [
  {
    what: 'a file that is not there is named beside those that are',
    files: { 'other.csv': GOOD },
    args: TRAIN,
    status: 1,
    says: ['DATA_NOT_FOUND  "data" is "table.csv", but nothing is there. Tables there: other.csv'],
  },
  {
    what: 'an empty file has no header',
    files: { 'table.csv': '' },
    args: TRAIN,
    status: 1,
    says: ['DATA_EMPTY  table.csv is empty: it has no header'],
  },
  {
    what: 'a header alone is no table',
    files: { 'table.csv': 'a,b,y\n' },
    args: TRAIN,
    status: 1,
    says: ['DATA_EMPTY  table.csv: a header and no row'],
  },
  {
    what: 'a ragged line is named by its number',
    files: { 'table.csv': `${GOOD}1,2\n` },
    args: TRAIN,
    status: 1,
    says: ['CSV_MALFORMED  table.csv:42: 2 fields, expected 3 as in the header'],
  },
  {
    what: 'a column that is there twice is named',
    files: { 'table.csv': GOOD.replace('a,b,y', 'a,a,y') },
    args: TRAIN,
    status: 1,
    says: ['COLUMN_DUPLICATE  table.csv: the header names "a" twice; rename one of them'],
  },
  {
    what: 'a target that is not there is named beside the columns',
    files: { 'table.csv': GOOD },
    args: ['train', '--data', 'table.csv', '--target', 'Y'],
    status: 1,
    says: [
      'COLUMN_NOT_FOUND  "data.target" is "Y", but table.csv has no such column. Columns: a, b, y. Did you mean "y"?',
    ],
  },
  {
    what: 'a constant target cannot be learned',
    files: { 'table.csv': `a,y\n${rows((i) => `${i},5`)}` },
    args: TRAIN,
    status: 1,
    says: ['TARGET_INVALID  "target" is "y", but all its 40 values are "5": there is nothing to learn'],
  },
  {
    what: 'a target of missing cells cannot be learned',
    files: { 'table.csv': `a,y\n${rows((i) => `${i},`)}` },
    args: TRAIN,
    status: 1,
    says: [
      '! target present: column "y" has 40 missing cells (100 %), expected none; such rows are left out',
      'TARGET_INVALID  "target" is "y", but that column has no value in any row',
    ],
  },
  {
    what: 'a target of one class cannot be learned',
    files: { 'table.csv': `a,y\n${rows((i) => `${i},yes`)}` },
    args: TRAIN,
    status: 1,
    says: ['TARGET_INVALID  "target" is "y", but all its 40 values are "yes": there is nothing to learn'],
  },
  {
    what: 'every fault of mlops.yaml and of the flags is said at once, with its place',
    files: {
      'table.csv': GOOD,
      'mlops.yaml': 'data:\n  source: table.csv\n  taget: y\nmodel:\n  n-estimators: many\n',
    },
    args: ['train', '--max-depth', '0', '--nestimators', '5'],
    status: 2,
    says: [
      expect.stringMatching(
        /^CONFIG_INVALID {2}"nestimators" is not an input of train\. Did you mean "n-estimators"\? /,
      ),
      expect.stringMatching(
        /^CONFIG_INVALID {2}mlops\.yaml:3:3: "data\.taget" is not known here\. Did you mean "target"\? /,
      ),
      'CONFIG_INVALID  mlops.yaml:5:3: "model.n-estimators" is "many", expected an integer from 1 to 100000',
      'CONFIG_INVALID  "max-depth" is "0", expected an integer from 1 up or null',
    ],
  },
  {
    what: 'a number that is none is refused, not read as far as it goes',
    files: { 'table.csv': GOOD },
    args: [...TRAIN.slice(0, 5), '--n-estimators', '3O'],
    status: 2,
    says: ['INPUT_INVALID  "n-estimators" is "3O", expected an integer from 1 to 100000'],
  },
  {
    what: 'a command that is not known suggests the nearest',
    args: ['trian'],
    status: 2,
    says: ['INPUT_INVALID  "trian" is not a command. Did you mean "train"? See mlops --help'],
  },
  {
    what: 'a configuration file that was asked for must be there',
    args: ['train', '--config', 'prod.yaml'],
    status: 2,
    says: ['CONFIG_NOT_FOUND  "config" is "prod.yaml", but there is no such file'],
  },
];

describe('bad input', () => {
  test.each(CASES)('$what', async ({ files = {}, args, status, says }) => {
    await using folder = await workspace(files);
    const ran = await mlops(folder.path, args);
    const said = ran.stderr.split('\n').filter((line) => line !== '' && !/^( {2}→|✓)/.test(line));
    expect({ status: ran.status, stdout: ran.stdout, said }).toEqual({ status, stdout: '', said: says });
    expect(ran.stderr).toMatch(/^ {2}→ .+\.$/m);
    // Nothing but the record of the failure.
    const left = readdirSync(folder.path).filter((name) => !(name in files));
    expect(left.filter((name) => !/^mlflow\.db(-shm|-wal)?$/.test(name))).toEqual([]);
  });

  test('a training that failed is a FAILED run, and the next one goes on beside it', async () => {
    await using folder = await workspace({ 'table.csv': GOOD, 'flat.csv': `a,y\n${rows((i) => `${i},5`)}` });
    await mlops(folder.path, ['train', '--data', 'flat.csv', '--target', 'y', '--name', 'flats']);
    await mlopsOutputs(folder.path, [...TRAIN, '--name', 'flats']);
    const { runs } = await mlopsOutputs(folder.path, ['runs', '--experiment-name', 'flats']);
    expect((runs as { status: string }[]).map((run) => run.status).sort()).toEqual(['FAILED', 'FINISHED']);
  });
});

describeWith(['unshare'], 'a disk that takes nothing', () => {
  /** Trains where `out` is a file system of its own, made by the mount command; `after` sees the same one. */
  const trainOn = (cwd: string, mount: string, after: string) =>
    mlopsBelow(
      cwd,
      ['unshare', '-rm', 'sh', '-c', `mkdir out && ${mount} && { "$@"; echo "status $?"; ${after}; }`, 'sh'],
      [
        'train',
        '--data',
        'adult.csv',
        '--target',
        'income',
        '--n-estimators',
        '400',
        '--tracking-uri',
        'sqlite:///out/mlflow.db',
        '--json',
      ],
    );

  test('that is full ends in a clear error, a FAILED run, and no half-written model', async () => {
    await using folder = await workspace({}, 'test/fixtures/adult');
    const after = 'find out -name "*.tmp*" -o -name "*.bin"; cp out/mlflow.db .';
    const { stdout, stderr } = await trainOn(folder.path, 'mount -t tmpfs -o size=2m tmpfs out', after);
    expect(stderr).toMatch(/^DISK_FULL {2}no space left to write .*; nothing half-written was kept$/m);
    expect(stdout).toBe('status 1\n');
    const { runs } = await mlopsOutputs(folder.path, ['runs']);
    expect((runs as { status: string }[]).map((run) => run.status)).toEqual(['FAILED']);
  });

  test('that is read-only is named', async () => {
    await using folder = await workspace({}, 'test/fixtures/adult');
    const { stdout, stderr } = await trainOn(folder.path, 'mount -t tmpfs -o ro tmpfs out', 'ls out');
    expect(stderr).toMatch(/^PERMISSION_DENIED {2}.*out\/mlflow\.db cannot be opened or created by this user$/m);
    expect(stdout).toBe('status 1\n');
  });
});

describe('an interrupted run', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends it with status %i, KILLED, and nothing half-written', async (signal, status) => {
    await using folder = await workspace({}, 'test/fixtures/adult');
    const args = ['train', '--data', 'adult.csv', '--target', 'income', '--n-estimators', '5000'];
    const ended = await interruptMlops(folder.path, args, { when: /features/, signal });
    expect(ended.status).toBe(status);
    expect(ended.stderr).toContain(`INTERRUPTED  stopped by ${signal}; nothing half-written was kept`);
    const { runs } = await mlopsOutputs(folder.path, ['runs']);
    expect((runs as { status: string; metrics: object }[]).map((run) => [run.status, run.metrics])).toEqual([
      ['KILLED', {}],
    ]);
    const files = readdirSync(folder.path, { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => /\.tmp$|forest\.bin$/.test(name))).toEqual([]);
    // The store is whole and goes on.
    const again = await mlopsOutputs(folder.path, [...args.slice(0, 5), '--n-estimators', '5']);
    expect(again['run-id']).toMatch(/^[0-9a-f]{32}$/);
  });
});
