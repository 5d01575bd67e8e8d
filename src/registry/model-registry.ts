/** MLflow's model registry: registered models, their numbered versions, and aliases that point to one version each. */

export interface RegisteredModel {
  readonly name: string;
  readonly description: string;
  readonly creationTime: number;
  readonly lastUpdatedTime: number;
  readonly tags: Readonly<Record<string, string>>;
  /** alias → version */
  readonly aliases: Readonly<Record<string, number>>;
}

export interface ModelVersion {
  readonly name: string;
  readonly version: number;
  readonly creationTime: number;
  readonly description: string;
  readonly runId: string;
  /** `models:/m-…` of the logged model. */
  readonly source: string;
  readonly modelId: string;
  /** Where the files are. */
  readonly storageLocation: string;
  readonly status: 'READY' | 'PENDING_REGISTRATION' | 'FAILED_REGISTRATION';
  readonly tags: Readonly<Record<string, string>>;
  readonly aliases: readonly string[];
}

export interface ModelRegistry {
  readonly uri: string;
  /** @throws MODEL_NOT_FOUND with the names there are */
  getRegisteredModel(name: string): Promise<RegisteredModel>;
  findRegisteredModel(name: string): Promise<RegisteredModel | undefined>;
  listRegisteredModels(): Promise<RegisteredModel[]>;
  createRegisteredModel(name: string, description: string): Promise<RegisteredModel>;
  setRegisteredModelTag(name: string, key: string, value: string): Promise<void>;
  /** Gives the next number. The model is created when it does not exist. */
  createModelVersion(version: {
    name: string;
    modelId: string;
    runId: string;
    storageLocation: string;
    description: string;
    tags: Readonly<Record<string, string>>;
  }): Promise<ModelVersion>;
  /** @throws MODEL_VERSION_NOT_FOUND with the versions there are */
  getModelVersion(name: string, version: number): Promise<ModelVersion>;
  /** Newest first. */
  listModelVersions(name: string): Promise<ModelVersion[]>;
  findVersionByAlias(name: string, alias: string): Promise<ModelVersion | undefined>;
  setAlias(name: string, alias: string, version: number): Promise<void>;
  deleteAlias(name: string, alias: string): Promise<void>;
  setModelVersionTag(name: string, version: number, key: string, value: string): Promise<void>;
  close(): Promise<void>;
}
