import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MlopsError } from '../errors/mlops-error.ts';
import { listSome } from '../errors/suggest.ts';
import type { ModelVersion } from './model-registry.ts';
import type { Stores } from './open-stores.ts';

export interface ResolvedModel {
  /** The model directory on this machine. */
  readonly directory: string;
  readonly name?: string;
  readonly version?: number;
  readonly modelId?: string;
  readonly runId?: string;
  readonly uri: string;
}

export interface ResolveOptions {
  readonly cwd: string;
  /** Where a remote model is downloaded to, in a folder of its own. */
  readonly into: string;
  /** Local folders by location: what was brought here before is not brought again. */
  readonly fetched?: Map<string, string>;
}

const FORMS =
  'models:/NAME/VERSION, models:/NAME@ALIAS, models:/NAME/latest, models:/m-ID, runs:/RUN_ID/NAME, or a folder';

/**
 * Finds the model that a URI means and brings its files to this machine.
 *
 * @throws MODEL_URI_INVALID, RUN_NOT_FOUND, MODEL_NOT_FOUND, MODEL_VERSION_NOT_FOUND, ALIAS_NOT_FOUND, ARTIFACT_NOT_FOUND
 */
export async function resolveModel(uri: string, stores: Stores, options: ResolveOptions): Promise<ResolvedModel> {
  if (uri.startsWith('models:')) return resolveModelsUri(uri, stores, options);
  if (uri.startsWith('runs:')) return resolveRunsUri(uri, stores, options);
  if (uri.startsWith('file:')) return resolveFolder(uri, fileURLToPath(uri));
  if (/^[A-Za-z][A-Za-z0-9+.-]+:/.test(uri) || uri === '') return invalid(uri);
  return resolveFolder(uri, resolve(options.cwd, uri));
}

async function resolveModelsUri(uri: string, stores: Stores, options: ResolveOptions): Promise<ResolvedModel> {
  const [, name, separator, rest] = /^models:\/([^/@]+)(?:([/@])([^/@]+))?$/.exec(decode(uri)) ?? invalid(uri);
  if (separator === undefined) {
    if (!/^m-[0-9a-f]{32}$/.test(name!)) return invalid(uri);
    return loggedModel(uri, name!, stores, options);
  }
  const version = await findVersion(uri, name!, separator, rest!, stores);
  const found = { name: version.name, version: version.version, runId: version.runId };
  const modelId = version.modelId === '' ? {} : { modelId: version.modelId };
  const directory = await fetchDirectory(stores, version.storageLocation, '', options);
  return { directory, ...found, ...modelId, uri: `models:/${version.name}/${version.version}` };
}

async function findVersion(
  uri: string,
  name: string,
  separator: string,
  rest: string,
  { registry }: Stores,
): Promise<ModelVersion> {
  if (separator === '@') {
    const found = await registry.findVersionByAlias(name, rest);
    if (found) return found;
    const model = await registry.getRegisteredModel(name);
    throw new MlopsError(
      'ALIAS_NOT_FOUND',
      `model "${name}" has no alias "${rest}". Aliases: ${listSome(Object.keys(model.aliases)) || 'none'}`,
    );
  }
  if (rest === 'latest') {
    const [newest] = await registry.listModelVersions(name);
    if (newest) return newest;
    throw new MlopsError('MODEL_VERSION_NOT_FOUND', `model "${name}" has no version yet`);
  }
  return /^[1-9]\d{0,8}$/.test(rest) ? registry.getModelVersion(name, Number(rest)) : invalid(uri);
}

async function resolveRunsUri(uri: string, stores: Stores, options: ResolveOptions): Promise<ResolvedModel> {
  const [, runId, path] = /^runs:\/([^/]+)\/(.+)$/.exec(decode(uri)) ?? invalid(uri);
  const run = await stores.tracking.getRun(runId!);
  const models = await stores.tracking.listLoggedModels(runId!);
  const logged = models.find((model) => model.name === path);
  if (logged) return { ...(await loggedModel(uri, logged.modelId, stores, options)), uri };
  // Before MLflow 3 a model was an artifact of its run.
  try {
    return { directory: await fetchDirectory(stores, run.artifactUri, path!, options), runId: runId!, uri };
  } catch (error) {
    if (!(error instanceof MlopsError) || error.code !== 'ARTIFACT_NOT_FOUND') throw error;
    const names = listSome(models.map((model) => model.name)) || 'none';
    throw new MlopsError('ARTIFACT_NOT_FOUND', `run ${runId} has no model "${path}". Its models: ${names}`, {
      cause: error,
    });
  }
}

async function loggedModel(
  uri: string,
  modelId: string,
  stores: Stores,
  options: ResolveOptions,
): Promise<ResolvedModel> {
  const model = await stores.tracking.getLoggedModel(modelId);
  if (model.status !== 'READY') {
    throw new MlopsError(
      'MODEL_NOT_FOUND',
      `logged model ${modelId} is ${model.status}, not READY: its files are not whole`,
    );
  }
  const directory = await fetchDirectory(stores, model.artifactLocation, '', options);
  return { directory, modelId, runId: model.sourceRunId, uri };
}

async function fetchDirectory(
  stores: Stores,
  location: string,
  path: string,
  options: ResolveOptions,
): Promise<string> {
  const shown = `${location}${path === '' ? '' : `/${path}`}`;
  const before = options.fetched?.get(shown);
  if (before !== undefined) return before;
  const into = join(options.into, location.replace(/[^A-Za-z0-9-]+/g, '_').slice(-150));
  const directory = await requireModelFile(await stores.tracking.artifacts(location).fetch(path, into), shown);
  options.fetched?.set(shown, directory);
  return directory;
}

async function resolveFolder(uri: string, directory: string): Promise<ResolvedModel> {
  if (!(await stat(directory).catch(() => undefined))?.isDirectory())
    throw new MlopsError('ARTIFACT_NOT_FOUND', `${directory} is not a folder. A model is given as ${FORMS}`);
  return { directory: await requireModelFile(directory, directory), uri };
}

async function requireModelFile(directory: string, shown: string): Promise<string> {
  if (await stat(join(directory, 'MLmodel')).catch(() => undefined)) return directory;
  throw new MlopsError('ARTIFACT_NOT_FOUND', `${shown} is not a model: it has no file "MLmodel"`);
}

function decode(uri: string): string {
  return uri.replace(/^(models|runs):\/+/, '$1:/');
}

function invalid(uri: string): never {
  throw new MlopsError('MODEL_URI_INVALID', `"${uri}" is not a model URI. Allowed: ${FORMS}`);
}
