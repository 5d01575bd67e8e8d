import { join, relative, resolve } from 'node:path';
import { predictFiles } from '../batch/predict-files.ts';
import { isRemote, openSink } from '../data/sinks/open-sink.ts';
import { listParts } from '../data/sources/list-parts.ts';
import { loadModel, type Model } from '../model/load-model.ts';
import { formatNumber } from '../reports/format.ts';
import { openPredictionLog } from '../serving/prediction-log.ts';
import { targetOf } from './deploy-version.ts';
import { readOptions } from './load-data.ts';
import { findModel, type Session } from './session.ts';

export interface ServedModel {
  readonly model: Model;
  readonly name: string;
  /** `0`: not a registered version. */
  readonly version: number;
  readonly uri: string;
}

/** For people: `bikes v3`, or `bikes` for a model that is not registered. */
export function modelLabel({ name, version }: ServedModel): string {
  return version === 0 ? name : `${name} v${version}`;
}

/** The model named by URI or folder, or the one that an environment serves. */
export async function servedModel(
  session: Session,
  which: { model: string | undefined; environment: string | undefined },
): Promise<ServedModel> {
  if (which.model !== undefined) {
    const found = await findModel(session, which.model);
    const model = await loadModel(found.directory);
    return { model, name: found.name ?? model.info.name, version: found.version ?? 0, uri: found.uri };
  }
  const { project } = session;
  const environment = which.environment ?? Object.keys(project.environments).at(-1)!;
  const target = targetOf(session, environment);
  const model = await loadModel(await target.servedDirectory());
  const { name, version } = (await target.current())!;
  return { model, name, version, uri: `models:/${name}/${version}` };
}

export interface Predicted {
  readonly rows: number;
  readonly rejected: number;
  readonly outputs: readonly string[];
  readonly reused: number;
  /** Where the predictions were logged; undefined: nowhere. */
  readonly log: string | undefined;
}

/** Scores files in parallel into the output folder and logs the predictions. */
export async function scoreFiles(
  session: Session,
  served: ServedModel,
  request: { sources: readonly string[]; output: string; keepColumns: readonly string[] },
): Promise<Predicted> {
  const { project, context } = session;
  const options = readOptions(project, context);
  const parts = await listParts(request.sources, options);
  // What goes to an object store is made in the scratch folder first.
  const sink = isRemote(request.output) ? await openSink(request.output, options) : undefined;
  const output = sink ? join(session.scratch, 'predictions') : resolve(context.cwd, request.output);
  const bar = context.progress.start('predict', parts.length);
  const log = project['prediction-log'];
  const done = await predictFiles({
    model: served.model,
    parts,
    output,
    ...(sink ? { sink } : {}),
    keepColumns: request.keepColumns,
    keyColumns: [project.monitoring.key ?? []].flat(),
    format: 'csv',
    nJobs: project.model['n-jobs'],
    read: options,
    signal: context.signal,
    onProgress: (files: number) => bar.update(files, `${files} of ${parts.length} files`),
    ...(log.enabled
      ? {
          predictionLog: openPredictionLog(resolve(context.cwd, log.path), {
            model: served.name,
            version: served.version,
            digest: served.model.digest,
            now: context.now,
          }),
        }
      : {}),
  }).finally(() => sink?.close());
  const again = done.reused > 0 ? `, ${done.reused} files were done before` : '';
  bar.done(`${formatNumber(done.rows)} rows of ${parts.length} files with ${modelLabel(served)}${again}`);
  return {
    ...done,
    outputs: done.outputs.map((path) => (sink ? path : relative(context.cwd, path))),
    log: log.enabled ? log.path : undefined,
  };
}
