import { z } from 'zod';
import { readHistory, verifyHistory } from '../deployment/history.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { defineCommand, field, input } from './command.ts';
import { modelName, withSession } from './session.ts';

export const history = defineCommand({
  name: 'history',
  summary: 'Who put which version where, when and why.',
  description: 'Lists the promotion history of a model and verifies that no entry was changed or removed.',
  inputs: {
    model: input(z.string().min(1).optional(), 'Name of the registered model; default: name of mlops.yaml.', 'bikes'),
    environment: input(z.string().min(1).optional(), 'Only this environment.'),
    'tracking-uri': field('tracking.tracking-uri'),
    'registry-uri': field('tracking.registry-uri'),
  },
  outputs: { entries: 'The entries, oldest first, a JSON list.' },
  run: async (inputs, project, context) =>
    withSession(project, context, async (session) => {
      const name = inputs.model ?? modelName(project);
      await session.stores.registry.getRegisteredModel(name);
      const all = await readHistory(session.stores.registry, name);
      const faults = verifyHistory(all);
      if (faults.length > 0) throw new MlopsError('HISTORY_DAMAGED', faults);
      const entries = all.filter((e) => inputs.environment === undefined || e.environment === inputs.environment);
      return {
        outputs: { entries: entries as unknown as readonly string[] },
        summary: {
          title: `History of ${name}`,
          lead: all.length === 0 ? 'Nothing was deployed yet.' : `${all.length} entries; the chain is whole.`,
          sections: [
            {
              title: 'Entries, newest first',
              blocks: [
                {
                  kind: 'table',
                  columns: ['When', 'Environment', 'What', 'Version', 'Who', 'Why'].map((label) => ({ label })),
                  rows: entries
                    .toReversed()
                    .map((entry) => [
                      entry.time.slice(0, 16).replace('T', ' '),
                      entry.environment,
                      entry.action,
                      entry.from === null ? `v${entry.to}` : `v${entry.from} → v${entry.to}`,
                      entry.actor,
                      entry.reason,
                    ]),
                },
              ],
            },
          ],
        },
      };
    }),
});
