import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Project } from '../config/project.ts';
import { readHistory, verifyHistory } from '../deployment/history.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import type { LedgerBranch } from '../ledger/branch.ts';
import { SqliteModelRegistry } from '../registry/sqlite/sqlite-model-registry.ts';
import { formatBytes, formatNumber, formatTime } from '../reports/format.ts';
import type { StoreDatabase } from '../tracking/sqlite/store-database.ts';
import { defineCommand, field, input } from './command.ts';
import type { CommandContext } from './context.ts';

const BRANCH_INPUTS = { branch: field('ledger.branch'), remote: field('ledger.remote') } as const;

export const ledgerLog = defineCommand({
  name: 'ledger log',
  summary: 'What was written to the ledger branch, by whom and when.',
  description:
    'Lists the pushes to the ledger branch of the repository, newest first, with what each of them recorded.',
  inputs: {
    ...BRANCH_INPUTS,
    'max-results': input(z.int().min(1).max(100_000).default(20), 'Most entries that are listed.'),
  },
  outputs: { entries: 'The entries, newest first, a JSON list.' },
  run: async (inputs, project, context) =>
    withBranch(project, context, async ({ branch }) => {
      const { ledgerEntries } = await import('../ledger/ledger-log.ts');
      const entries = await ledgerEntries(branch, inputs['max-results']);
      return {
        outputs: { entries: entries as unknown as readonly string[] },
        summary: {
          title: `Ledger ${branch.name}`,
          lead: entries.length === 0 ? 'There is no such branch yet.' : 'Newest first',
          sections: [
            {
              title: 'Entries',
              blocks: [
                {
                  kind: 'table',
                  columns: [{ label: 'Entry', align: 'right' }, ...['When', 'Who', 'What'].map((label) => ({ label }))],
                  rows: entries.map((entry) => [
                    String(entry.sequence),
                    formatTime(Date.parse(entry.time)),
                    entry.actor,
                    entry.what.join(', ') || `${entry.operations} operations`,
                  ]),
                },
              ],
            },
          ],
        },
      };
    }),
});

export const ledgerPull = defineCommand({
  name: 'ledger pull',
  summary: 'Bring the ledger here as an SQLite store that mlflow ui opens.',
  description:
    'Writes the ledger branch as mlflow.db in MLflow’s schema with all artifacts beside it. The folder is a copy: what is written to it does not reach the branch.',
  inputs: {
    ...BRANCH_INPUTS,
    into: input(z.string().min(1).default('ledger'), 'The folder; one that an earlier pull has made is replaced.'),
  },
  outputs: { 'tracking-uri': 'URI of the store that was written.', files: 'Number of artifact files.' },
  run: async (inputs, project, context) =>
    withBranch(project, context, async ({ branch }) => {
      const { pullLedger } = await import('../ledger/pull.ts');
      const into = resolve(context.cwd, inputs.into);
      const bar = context.progress.start('pull', 100);
      const pulled = await pullLedger(branch, into, (done, total) =>
        bar.update((100 * done) / total, formatBytes(done)),
      );
      if (pulled === undefined) {
        bar.done('nothing');
        return { outputs: { files: 0 }, negative: `there is no ledger branch "${branch.name}" yet` };
      }
      bar.done(
        `${formatNumber(pulled.sequence)} entries, ${formatNumber(pulled.files)} files, ${formatBytes(pulled.bytes)}`,
      );
      const uri = `sqlite:///${join(inputs.into, 'mlflow.db')}`;
      return {
        outputs: { 'tracking-uri': uri, files: pulled.files },
        next: [`mlflow ui --backend-store-uri ${uri}`, `mlops runs --tracking-uri ${uri}`],
      };
    }),
});

export const ledgerVerify = defineCommand({
  name: 'ledger verify',
  summary: 'Prove that the ledger branch is whole.',
  description:
    'Replays the log from its beginning and compares the state with the snapshot, every file with its digest, and the promotion history of every model with its chain of hashes.',
  inputs: BRANCH_INPUTS,
  outputs: { segments: 'Entries of the log.', files: 'Artifact files.', faults: 'What is damaged, a JSON list.' },
  run: async (_inputs, project, context) =>
    withBranch(project, context, async ({ branch, scratch }) => {
      const { verifyLedger } = await import('../ledger/verify.ts');
      const bar = context.progress.start('verify', 100);
      const verified = await verifyLedger(branch, scratch, (done, total) => bar.update((100 * done) / total));
      const faults = [...verified.faults, ...(verified.db ? await historyFaults(verified.db) : [])];
      verified.db?.close();
      const { segments, files } = verified;
      const count = `${formatNumber(segments)} entries and ${formatNumber(files)} files`;
      bar.done(faults.length === 0 ? `${count} are whole` : `${faults.length} faults in ${count}`);
      return {
        outputs: { segments, files, faults },
        ...(faults.length === 0 ? {} : { negative: `the ledger ${branch.name} is damaged: ${faults.join('; ')}` }),
      };
    }),
});

export const ledgerCompact = defineCommand({
  name: 'ledger compact',
  summary: 'Go on with a new branch that holds the present state alone.',
  description:
    'Starts a branch with the present state and the files that it names. The old branch gets a last commit that names the new one, which every later run follows; set ledger.branch to it, and delete the old one when you no longer need it.',
  inputs: {
    ...BRANCH_INPUTS,
    successor: input(z.string().min(1), 'Name of the new branch.', 'mlops-ledger-2027'),
  },
  outputs: {
    branch: 'The branch that goes on.',
    segments: 'Entries that were left behind.',
    files: 'Files that it holds.',
  },
  run: async (inputs, project, context) =>
    withBranch(project, context, async ({ branch, scratch }) => {
      const { compactLedger } = await import('../ledger/compact.ts');
      const bar = context.progress.start('compact');
      const { origin } = context.forge;
      const { successor } = inputs;
      const done = await compactLedger(branch, { successor, directory: scratch, origin, now: context.now });
      bar.done(`${done.branch} goes on as ${done.successor}: ${formatNumber(done.files)} files`);
      return {
        outputs: { branch: done.successor, segments: done.sequence, files: done.files },
        next: [`set ledger.branch to ${done.successor} in mlops.yaml`, `git push origin --delete ${done.branch}`],
      };
    }),
});

async function withBranch<T>(
  project: Project,
  context: CommandContext,
  work: (opened: { branch: LedgerBranch; scratch: string }) => Promise<T>,
): Promise<T> {
  const { openBranch } = await import('../ledger/open-branch.ts');
  const scratch = await mkdtemp(join(tmpdir(), 'mlops-'));
  try {
    const { cwd, credential, environment } = context;
    const repository = join(scratch, 'repository.git');
    const { branch, remote } = project.ledger;
    const opened = await openBranch({ cwd, branch, remote, credential, environment, repository });
    return await work({ branch: opened.branch, scratch });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function historyFaults(db: StoreDatabase): Promise<string[]> {
  const registry = new SqliteModelRegistry({ uri: 'ledger', db, now: Date.now });
  const faults: string[] = [];
  for (const { name } of await registry.listRegisteredModels()) {
    try {
      const found = verifyHistory(await readHistory(registry, name));
      faults.push(...found.map((fault) => `history of ${name}: ${fault}`));
    } catch (error) {
      if (!(error instanceof MlopsError) || error.code !== 'HISTORY_DAMAGED') throw error;
      faults.push(...error.faults);
    }
  }
  return faults;
}
