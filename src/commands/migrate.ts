import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { openStores } from '../registry/open-stores.ts';
import { formatNumber } from '../reports/format.ts';
import { defineCommand, input } from './command.ts';

export const migrate = defineCommand({
  name: 'migrate',
  summary: 'Copy runs and models from one store to another.',
  description:
    'Copies experiments, runs with their metric histories, data and files, logged models, registered models, versions, aliases and the promotion history, and then compares the copy entry by entry. Broken off, it goes on where it stopped. Ids are kept in an SQLite store; a server gives its own, and the old ones become tags.',
  inputs: {
    from: input(z.string().min(1), 'Tracking URI of the store that is copied.', 'sqlite:///mlflow.db'),
    to: input(z.string().min(1), 'Tracking URI of the store that it is copied to.', 'http://127.0.0.1:5000'),
  },
  outputs: {
    runs: 'Runs that the copy has.',
    versions: 'Versions that were copied now.',
    differences: 'What the comparison found, a JSON list.',
  },
  run: async (inputs, project, context) => {
    const { cwd, credential, environment, signal, now } = context;
    const { s3 } = project.data;
    const scratch = await mkdtemp(join(tmpdir(), 'mlops-'));
    const open = (trackingUri: string) => openStores({ trackingUri, cwd, credential, environment, s3, signal, now });
    const from = await open(inputs.from);
    try {
      const to = await open(inputs.to);
      try {
        const [{ copyRuns }, { copyModels }, { compareStores }] = await Promise.all([
          import('../registry/migrate/copy-runs.ts'),
          import('../registry/migrate/copy-models.ts'),
          import('../registry/migrate/compare-stores.ts'),
        ]);
        const bar = context.progress.start('runs', 100);
        const onRun = (done: number, total: number) => bar.update((100 * done) / total, `${done} of ${total}`);
        const ids = await copyRuns({ from: from.tracking, to: to.tracking, scratch, signal, onRun });
        bar.done(`${formatNumber(ids.runs.size)} runs, ${formatNumber(ids.models.size)} models`);
        const models = context.progress.start('registry');
        const { tracking } = to;
        const versions = await copyModels({ from: from.registry, to: to.registry, tracking, ids, signal });
        models.done(`${formatNumber(versions)} versions`);
        const comparing = context.progress.start('compare');
        const differences = await compareStores(from, to, ids, scratch);
        comparing.done(differences.length === 0 ? 'the copy is complete' : `${differences.length} differences`);
        return {
          outputs: { runs: ids.runs.size, versions, differences },
          ...(differences.length === 0 ? {} : { negative: `the copy differs: ${differences.slice(0, 10).join('; ')}` }),
          next: [`set tracking.tracking-uri to ${inputs.to} in mlops.yaml`],
        };
      } finally {
        await to.close();
      }
    } finally {
      await from.close();
      await rm(scratch, { recursive: true, force: true });
    }
  },
});
