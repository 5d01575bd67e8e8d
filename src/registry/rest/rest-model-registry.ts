import { z } from 'zod';
import { MlopsError } from '../../errors/mlops-error.ts';
import { didYouMean, listSome } from '../../errors/suggest.ts';
import { inParallel } from '../../tracking/artifacts/in-parallel.ts';
import { checkRegistryTags } from '../../tracking/limits.ts';
import { pairs } from '../../tracking/rest/batches.ts';
import { isRefusal, orUndefined } from '../../tracking/rest/refusal.ts';
import type { RestClient } from '../../tracking/rest/rest-client.ts';
import { allPages, nothing, page } from '../../tracking/rest/wire.ts';
import type { ModelRegistry, ModelVersion, RegisteredModel } from '../model-registry.ts';
import { checkAlias, checkModelName, WRITTEN_ONCE } from '../names.ts';
import { type StoredVersion, wireModel, wireVersion } from './wire.ts';

const MODELS_PAGE = 1_000;
const VERSIONS_PAGE = 10_000;
const LOOKUPS_AT_ONCE = 8;
const REPEATABLE = { repeatable: true };

export interface RestRegistryOptions {
  readonly client: RestClient;
  /** The runs and logged models are in the same server, so that a version may name its logged model as its source. */
  readonly knowsLoggedModels: boolean;
}

/** MLflow's model registry behind its REST API. */
export class RestModelRegistry implements ModelRegistry {
  readonly uri: string;
  readonly #client: RestClient;
  readonly #knowsLoggedModels: boolean;
  /** Where the files of a version are never changes. */
  readonly #locations = new Map<string, string>();

  constructor({ client, knowsLoggedModels }: RestRegistryOptions) {
    this.uri = client.url;
    this.#client = client;
    this.#knowsLoggedModels = knowsLoggedModels;
  }

  async getRegisteredModel(name: string): Promise<RegisteredModel> {
    const found = await this.findRegisteredModel(name);
    if (found) return found;
    const names = (await this.listRegisteredModels()).map((model) => model.name);
    throw new MlopsError(
      'MODEL_NOT_FOUND',
      `there is no registered model "${name}". Registered models: ${listSome(names) || 'none'}.${didYouMean(name, names)}`,
    );
  }

  async findRegisteredModel(name: string): Promise<RegisteredModel | undefined> {
    const schema = z.object({ registered_model: wireModel });
    const found = await orUndefined(this.#client.get('mlflow/registered-models/get', { name }, schema));
    return found?.registered_model;
  }

  async listRegisteredModels(): Promise<RegisteredModel[]> {
    const schema = page('registered_models', wireModel);
    const models = await allPages((token) =>
      this.#client.get('mlflow/registered-models/search', { max_results: MODELS_PAGE, page_token: token }, schema),
    );
    return models.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async createRegisteredModel(name: string, description: string): Promise<RegisteredModel> {
    checkModelName(name);
    try {
      // A name is given once, so that a repeated request finds what the first one made.
      await this.#client.send('POST', 'mlflow/registered-models/create', { name, description }, nothing, REPEATABLE);
    } catch (error) {
      if (!isRefusal(error, 'RESOURCE_ALREADY_EXISTS')) throw error;
    }
    return this.getRegisteredModel(name);
  }

  /**
   * An entry of a promotion history is written once. The server has no compare-and-swap: what another run has written is seen
   * before and after, and a race in between is for the ledger's claim to prevent.
   */
  async setRegisteredModelTag(name: string, key: string, value: string): Promise<void> {
    checkRegistryTags({ [key]: value });
    const { tags } = await this.getRegisteredModel(name);
    if (key.startsWith(WRITTEN_ONCE)) {
      if (tags[key] === value) return;
      requireSame(name, key, tags[key] ?? value, value);
    }
    await this.#client.send('POST', 'mlflow/registered-models/set-tag', { name, key, value }, nothing, REPEATABLE);
    if (key.startsWith(WRITTEN_ONCE)) {
      const after = (await this.getRegisteredModel(name)).tags[key];
      requireSame(name, key, after ?? '', value);
    }
  }

  async createModelVersion(version: Parameters<ModelRegistry['createModelVersion']>[0]): Promise<ModelVersion> {
    checkModelName(version.name);
    checkRegistryTags(version.tags);
    const { name, modelId, runId, storageLocation, description } = version;
    const asLoggedModel = this.#knowsLoggedModels && modelId !== '';
    if (!asLoggedModel) requireReachable(storageLocation, this.uri);
    if (!(await this.findRegisteredModel(name))) await this.createRegisteredModel(name, '');
    const body = {
      name,
      source: asLoggedModel ? `models:/${modelId}` : storageLocation,
      ...(asLoggedModel ? { model_id: modelId } : {}),
      run_id: runId,
      description,
      tags: pairs(version.tags),
    };
    const schema = z.object({ model_version: wireVersion });
    const options = { repeatable: false };
    const created = await this.#client.send('POST', 'mlflow/model-versions/create', body, schema, options);
    return this.#complete(created.model_version, {});
  }

  async getModelVersion(name: string, version: number): Promise<ModelVersion> {
    const schema = z.object({ model_version: wireVersion });
    const query = { name, version };
    const found = await orUndefined(this.#client.get('mlflow/model-versions/get', query, schema));
    const { aliases } = await this.getRegisteredModel(name);
    if (found) return this.#complete(found.model_version, aliases);
    return this.#noVersion(name, version);
  }

  async listModelVersions(name: string): Promise<ModelVersion[]> {
    const { aliases } = await this.getRegisteredModel(name);
    const versions = await this.#versions(name);
    return inParallel(versions, LOOKUPS_AT_ONCE, (version) => this.#complete(version, aliases));
  }

  async findVersionByAlias(name: string, alias: string): Promise<ModelVersion | undefined> {
    const version = (await this.findRegisteredModel(name))?.aliases[alias];
    return version === undefined ? undefined : this.getModelVersion(name, version);
  }

  async setAlias(name: string, alias: string, version: number): Promise<void> {
    checkAlias(alias);
    const body = { name, alias, version: String(version) };
    const sent = this.#client.send('POST', 'mlflow/registered-models/alias', body, nothing, REPEATABLE);
    if (!(await orUndefined(sent))) await this.#noVersion(name, version);
  }

  async deleteAlias(name: string, alias: string): Promise<void> {
    const { aliases } = await this.getRegisteredModel(name);
    if (!(alias in aliases)) return;
    await this.#client.send('DELETE', 'mlflow/registered-models/alias', { name, alias }, nothing, REPEATABLE);
  }

  async setModelVersionTag(name: string, version: number, key: string, value: string): Promise<void> {
    checkRegistryTags({ [key]: value });
    const body = { name, version: String(version), key, value };
    const sent = this.#client.send('POST', 'mlflow/model-versions/set-tag', body, nothing, REPEATABLE);
    if (!(await orUndefined(sent))) await this.#noVersion(name, version);
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  /** Newest first, without what takes a request each. */
  async #versions(name: string): Promise<StoredVersion[]> {
    const schema = page('model_versions', wireVersion);
    const filter = filterByName(name);
    const query = { max_results: VERSIONS_PAGE, ...(filter === undefined ? {} : { filter }) };
    const found = await allPages((token) =>
      this.#client.get('mlflow/model-versions/search', { ...query, page_token: token }, schema),
    );
    return found.filter((version) => version.name === name).sort((a, b) => b.version - a.version);
  }

  async #noVersion(name: string, version: number): Promise<never> {
    await this.getRegisteredModel(name);
    const there = (await this.#versions(name)).map((known) => String(known.version));
    throw new MlopsError(
      'MODEL_VERSION_NOT_FOUND',
      `model "${name}" has no version ${version}. Versions: ${listSome(there) || 'none'}`,
    );
  }

  async #complete(version: StoredVersion, aliases: Readonly<Record<string, number>>): Promise<ModelVersion> {
    return {
      ...version,
      storageLocation: await this.#location(version),
      aliases: Object.keys(aliases).filter((alias) => aliases[alias] === version.version),
    };
  }

  /** MLflow keeps the location beside the source, and tells it only for one version at a time. */
  async #location({ name, version, source }: StoredVersion): Promise<string> {
    if (!source.startsWith('models:')) return source;
    const key = `${name}/${version}`;
    const known = this.#locations.get(key);
    if (known !== undefined) return known;
    const schema = z.object({ artifact_uri: z.string().default(source) });
    const query = { name, version };
    const { artifact_uri: location } = await this.#client.get('mlflow/model-versions/get-download-uri', query, schema);
    this.#locations.set(key, location);
    return location;
  }
}

function requireSame(name: string, key: string, known: string, value: string): void {
  if (known === value) return;
  throw new MlopsError(
    'LEDGER_CONFLICT',
    `"${key}" of model "${name}" has been written by another run in the meantime: ${known.slice(0, 200)}`,
  );
}

/** A registry beside other stores keeps the place of the files only, and MLflow takes no folder and nothing that a server serves. */
function requireReachable(location: string, uri: string): void {
  if (/^(?!file:|mlflow-artifacts:)[A-Za-z][A-Za-z0-9+.-]+:/.test(location)) return;
  throw new MlopsError(
    'ARTIFACT_LOCATION_UNSUPPORTED',
    `the registry ${uri} cannot reach the files of a version in "${location}". Keep runs in the same server (tracking-uri), or artifacts at a place that both reach, e.g. s3://`,
  );
}

/** MLflow's filters have no escape, so that a name with both kinds of quotes cannot be said. */
function filterByName(name: string): string | undefined {
  const quote = [`'`, '"'].find((mark) => !name.includes(mark));
  return quote === undefined ? undefined : `name = ${quote}${name}${quote}`;
}
