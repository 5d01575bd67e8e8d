import { z } from 'zod';
import { type HistoryEntry, readHistory, verifyHistory } from '../deployment/history.ts';
import { recordOutsideChanges } from '../deployment/outside-changes.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { defineCommand, field, input } from './command.ts';
import { modelName, type Session, withSession } from './session.ts';

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
      await noteOutsideChanges(session, name);
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
                      versions(entry),
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

/** Somebody who may only read the registry still gets to read the history. */
async function noteOutsideChanges({ project, context, stores }: Session, name: string): Promise<void> {
  const environments = Object.keys(project.environments);
  try {
    for (const entry of await recordOutsideChanges(stores.registry, name, environments, context.now)) {
      context.log.warn(`${entry.environment}: ${entry.reason} (${versions(entry)}); entered in the history`);
    }
  } catch (error) {
    if (!(error instanceof MlopsError)) throw error;
    context.log.warn(`an alias was changed outside of mlops, which could not be entered: ${error.message}`);
  }
}

function versions({ from, to }: HistoryEntry): string {
  const [before, after] = [from, to].map((version) => (version === null ? 'nothing' : `v${version}`));
  return from === null ? after! : `${before} → ${after}`;
}
