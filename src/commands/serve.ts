import { once } from 'node:events';
import { resolve } from 'node:path';
import { z } from 'zod';
import { defineCommand, field, input } from './command.ts';
import { modelLabel, servedModel } from './predict-files.ts';
import { withSession } from './session.ts';

export const serve = defineCommand({
  name: 'serve',
  summary: 'Predictions over HTTP.',
  description:
    'Serves a model with MLflow’s scoring protocol (POST /invocations) and a stricter one (POST /predict) until it is stopped. The bearer token comes from the environment variable MLOPS_SERVE_TOKEN.',
  inputs: {
    model: input(
      z.string().min(1).optional(),
      'Model URI or folder; default: what the environment serves.',
      'models:/bikes@production',
    ),
    environment: input(
      z.string().min(1).optional(),
      'The environment whose model is served; default: the last one of mlops.yaml.',
    ),
    host: input(z.string().min(1).default('127.0.0.1'), 'Address to listen on.'),
    port: input(z.int().min(0).max(65_535).default(8080), 'Port to listen on; 0: a free one.'),
    'tracking-uri': field('tracking.tracking-uri'),
    'registry-uri': field('tracking.registry-uri'),
  },
  outputs: { url: 'Where it listened.' },
  run: async (inputs, project, context) =>
    withSession(project, context, async (session) => {
      const { startServer } = await import('../serving/server.ts');
      const { openPredictionLog } = await import('../serving/prediction-log.ts');
      const served = await servedModel(session, inputs);
      const logSettings = project['prediction-log'];
      const token = context.credential('MLOPS_SERVE_TOKEN');
      const server = await startServer({
        load: async () => (await servedModel(session, inputs)).model,
        name: served.name,
        version: served.version,
        host: inputs.host,
        port: inputs.port,
        log: context.log,
        keyColumns: [project.monitoring.key ?? []].flat(),
        ...(token === undefined ? {} : { token }),
        ...(logSettings.enabled
          ? {
              predictionLog: openPredictionLog(resolve(context.cwd, logSettings.path), {
                model: served.name,
                version: served.version,
                digest: served.model.digest,
                now: context.now,
              }),
            }
          : {}),
      });
      context.log.info(`${modelLabel(served)} on ${server.url} (POST /invocations, POST /predict); stop with Ctrl-C`);
      if (!context.signal.aborted) await once(context.signal, 'abort');
      await server.close();
      return { outputs: { url: server.url }, summary: { title: `Served ${modelLabel(served)}`, sections: [] } };
    }),
});
