import { checkRegistryTags } from '../../tracking/limits.ts';
import type { Row, StoreDatabase } from '../../tracking/sqlite/store-database.ts';
import type { ModelRegistry, ModelVersion, RegisteredModel } from '../model-registry.ts';
import { checkAlias, checkModelName } from '../names.ts';
import {
  applyRegistry,
  modelNames,
  nextVersion,
  type RegistryOperation,
  requireModel,
  requireVersion,
  versionRows,
} from './operations.ts';

export interface SqliteRegistryOptions {
  readonly uri: string;
  readonly db: StoreDatabase;
  readonly now: () => number;
  /** Told of every operation once it is committed. */
  readonly onCommit?: (operation: RegistryOperation) => void;
}

/** MLflow's model registry on its own tables in one SQLite file. */
export class SqliteModelRegistry implements ModelRegistry {
  readonly uri: string;
  readonly #db: StoreDatabase;
  readonly #now: () => number;
  readonly #onCommit: (operation: RegistryOperation) => void;

  constructor({ uri, db, now, onCommit }: SqliteRegistryOptions) {
    this.uri = uri;
    this.#db = db;
    this.#now = now;
    this.#onCommit = onCommit ?? (() => undefined);
  }

  async getRegisteredModel(name: string): Promise<RegisteredModel> {
    const row = requireModel(this.#db, name);
    return {
      name,
      description: String(row.description ?? ''),
      creationTime: Number(row.creation_time),
      lastUpdatedTime: Number(row.last_updated_time),
      tags: pairs(this.#rows('SELECT key, value FROM registered_model_tags', name, 'key')),
      aliases: Object.fromEntries(this.#aliases(name)),
    };
  }

  async findRegisteredModel(name: string): Promise<RegisteredModel | undefined> {
    return modelNames(this.#db).includes(name) ? this.getRegisteredModel(name) : undefined;
  }

  async listRegisteredModels(): Promise<RegisteredModel[]> {
    return Promise.all(modelNames(this.#db).map((name) => this.getRegisteredModel(name)));
  }

  async createRegisteredModel(name: string, description: string): Promise<RegisteredModel> {
    checkModelName(name);
    this.#commit(() => ({ op: 'createRegisteredModel', name, description, time: this.#now() }));
    return this.getRegisteredModel(name);
  }

  async setRegisteredModelTag(name: string, key: string, value: string): Promise<void> {
    checkRegistryTags({ [key]: value });
    this.#commit(() => ({ op: 'setRegisteredModelTag', name, key, value }));
  }

  async createModelVersion(version: Parameters<ModelRegistry['createModelVersion']>[0]): Promise<ModelVersion> {
    checkModelName(version.name);
    checkRegistryTags(version.tags);
    const { name } = version;
    const operation = this.#commit(() => ({
      op: 'createModelVersion',
      ...version,
      version: nextVersion(this.#db, name),
      time: this.#now(),
    }));
    return this.getModelVersion(name, operation.op === 'createModelVersion' ? operation.version : 0);
  }

  async getModelVersion(name: string, version: number): Promise<ModelVersion> {
    return this.#toVersion(name, requireVersion(this.#db, name, version));
  }

  async listModelVersions(name: string): Promise<ModelVersion[]> {
    requireModel(this.#db, name);
    return versionRows(this.#db, name).map((row) => this.#toVersion(name, row));
  }

  async findVersionByAlias(name: string, alias: string): Promise<ModelVersion | undefined> {
    const version = this.#aliases(name).find(([known]) => known === alias)?.[1];
    return version === undefined ? undefined : this.getModelVersion(name, version);
  }

  async setAlias(name: string, alias: string, version: number): Promise<void> {
    checkAlias(alias);
    this.#commit(() => ({ op: 'setAlias', name, alias, version, time: this.#now() }));
  }

  async deleteAlias(name: string, alias: string): Promise<void> {
    this.#commit(() => ({ op: 'deleteAlias', name, alias, time: this.#now() }));
  }

  async setModelVersionTag(name: string, version: number, key: string, value: string): Promise<void> {
    checkRegistryTags({ [key]: value });
    this.#commit(() => ({ op: 'setModelVersionTag', name, version, key, value }));
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  #commit(decide: () => RegistryOperation): RegistryOperation {
    const operation = this.#db.write(() => {
      const decided = decide();
      applyRegistry(this.#db, decided);
      return decided;
    });
    this.#onCommit(operation);
    return operation;
  }

  #rows(select: string, name: string, order: string): Row[] {
    return this.#db.all(`${select} WHERE name = ? AND ${this.#db.ownWorkspace.models} ORDER BY ${order}`, name);
  }

  #aliases(name: string): [string, number][] {
    const rows = this.#rows('SELECT alias, version FROM registered_model_aliases', name, 'alias');
    return rows.map((row) => [String(row.alias), Number(row.version)]);
  }

  #toVersion(name: string, row: Row): ModelVersion {
    const version = Number(row.version);
    const source = String(row.source ?? '');
    return {
      name,
      version,
      creationTime: Number(row.creation_time),
      description: String(row.description ?? ''),
      runId: String(row.run_id ?? ''),
      source,
      modelId: /^models:\/(m-[0-9a-f]{32})$/.exec(source)?.[1] ?? '',
      storageLocation: String(row.storage_location ?? source),
      status: String(row.status) as ModelVersion['status'],
      tags: pairs(
        this.#db.all(
          `SELECT key, value FROM model_version_tags
           WHERE name = ? AND version = ? AND ${this.#db.ownWorkspace.models} ORDER BY key`,
          name,
          version,
        ),
      ),
      aliases: this.#aliases(name)
        .filter(([, target]) => target === version)
        .map(([alias]) => alias),
    };
  }
}

function pairs(rows: readonly Row[]): Record<string, string> {
  return Object.fromEntries(rows.map((row) => [String(row.key), String(row.value ?? '')]));
}
