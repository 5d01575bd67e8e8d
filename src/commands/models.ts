import { z } from 'zod';
import { VERDICT_TAG } from '../deployment/guards.ts';
import { formatTime } from '../reports/format.ts';
import { defineCommand, field, input } from './command.ts';
import { withSession } from './session.ts';

export const models = defineCommand({
  name: 'models',
  summary: 'Registered models, their versions and where they are served.',
  description: 'Lists registered models with versions, verdicts and aliases.',
  inputs: {
    model: input(z.string().min(1).optional(), 'Only this model.', 'bikes'),
    'tracking-uri': field('tracking.tracking-uri'),
    'registry-uri': field('tracking.registry-uri'),
  },
  outputs: { models: 'The versions, a JSON list.' },
  run: async (inputs, project, context) =>
    withSession(project, context, async ({ stores }) => {
      const registered = inputs.model
        ? [await stores.registry.getRegisteredModel(inputs.model)]
        : await stores.registry.listRegisteredModels();
      const versions = (await Promise.all(registered.map((m) => stores.registry.listModelVersions(m.name)))).flat();
      return {
        outputs: { models: versions as unknown as readonly string[] },
        summary: {
          title: 'Registered models',
          ...(versions.length === 0 ? { lead: 'None yet. Register one with: mlops register' } : {}),
          sections:
            versions.length === 0
              ? []
              : [
                  {
                    title: 'Versions, newest first',
                    blocks: [
                      {
                        kind: 'table',
                        columns: ['Model', 'Version', 'Created', 'Verdict', 'Aliases', 'Run'].map((label) => ({
                          label,
                        })),
                        rows: versions.map((v) => [
                          v.name,
                          `v${v.version}`,
                          formatTime(v.creationTime),
                          v.tags[VERDICT_TAG] ?? '',
                          v.aliases.join(', '),
                          { text: v.runId, code: true },
                        ]),
                      },
                    ],
                  },
                ],
        },
      };
    }),
});
