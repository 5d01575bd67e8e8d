import { z } from 'zod';
import { DIGEST_TAG, METRICS_TAG, REASON_TAG, VERDICT_TAG } from '../deployment/guards.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { verifyModel } from '../model/load-model.ts';
import type { ModelVersion } from '../registry/model-registry.ts';
import { defineCommand, field, input } from './command.ts';
import { findModel, modelName, type Session, withSession } from './session.ts';

export const register = defineCommand({
  name: 'register',
  summary: 'Make a trained model the next version in the registry.',
  description:
    'Gives the model of a run the next version number, with its digest, verdict and metrics as tags that the guards of the environments read.',
  inputs: {
    'model-uri': input(z.string().min(1), 'The model of a run: runs:/<run-id>/model.', 'runs:/…/model'),
    name: field('name', { example: 'bikes' }),
    alias: input(
      z
        .string()
        .regex(/^[A-Za-z0-9_-]+$/)
        .optional(),
      'An alias that is moved to the new version.',
      'challenger',
    ),
    description: input(z.string().default(''), 'A description of the version, for people.'),
    'tracking-uri': field('tracking.tracking-uri'),
    'registry-uri': field('tracking.registry-uri'),
  },
  outputs: {
    'model-name': 'Name of the registered model.',
    'model-version': 'The number of the new version.',
    'model-uri': 'models:/<name>/<version>.',
  },
  permissions: { contents: 'write: to keep the version on the ledger branch (not with an MLflow server)' },
  branding: { icon: 'tag', color: 'green' },
  run: async (inputs, project, context) =>
    withSession(project, context, async (session) => {
      const version = await registerModel(session, inputs['model-uri'], inputs);
      const uri = `models:/${version.name}/${version.version}`;
      return {
        outputs: { 'model-name': version.name, 'model-version': version.version, 'model-uri': uri },
        summary: {
          title: `Registered ${version.name} v${version.version}`,
          facts: [
            { label: 'run', value: version.runId },
            { label: 'verdict', value: version.tags[VERDICT_TAG] ?? 'not evaluated' },
            { label: 'model', value: (version.tags[DIGEST_TAG] ?? '').slice(0, 12) },
          ],
          sections: [],
        },
        next: [`mlops deploy --model ${uri} --environment ${Object.keys(project.environments)[0] ?? 'staging'}`],
      };
    }),
});

/** Registers the model of a run; its verdict and metrics come from the tags that `evaluate` left on the run. */
export async function registerModel(
  session: Session,
  modelUri: string,
  options: { alias?: string | undefined; description: string },
): Promise<ModelVersion> {
  const { registry, tracking } = session.stores;
  const bar = session.context.progress.start('register');
  const found = await findModel(session, modelUri);
  const { runId, modelId } = found;
  if (runId === undefined || modelId === undefined) {
    throw new MlopsError(
      'INPUT_INVALID',
      `"model-uri" is "${modelUri}", expected the model of a run: runs:/<run-id>/model`,
    );
  }
  const digest = await verifyModel(found.directory);
  const [run, logged] = await Promise.all([tracking.getRun(runId), tracking.getLoggedModel(modelId)]);
  const kept = [VERDICT_TAG, REASON_TAG, METRICS_TAG].flatMap((key) => {
    const value = run.tags[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  const version = await registry.createModelVersion({
    name: modelName(session.project),
    modelId,
    runId,
    storageLocation: logged.artifactLocation,
    description: options.description,
    tags: { ...Object.fromEntries(kept), [DIGEST_TAG]: digest },
  });
  if (options.alias !== undefined) await registry.setAlias(version.name, options.alias, version.version);
  bar.done(`${version.name} v${version.version}`);
  return version;
}
