import { MlopsError } from '../../errors/mlops-error.ts';
import type { TrackingStore } from '../../tracking/tracking-store.ts';
import type { ModelRegistry, ModelVersion, RegisteredModel } from '../model-registry.ts';
import type { CopiedIds } from './copy-runs.ts';

export interface CopyModels {
  readonly from: ModelRegistry;
  readonly to: ModelRegistry;
  /** Where the copies of the runs are. */
  readonly tracking: TrackingStore;
  readonly ids: CopiedIds;
  readonly signal: AbortSignal;
}

/**
 * Registered models with versions under their numbers, tags (the promotion history is among them) and aliases.
 *
 * @throws COPY_REFUSED when a number cannot be kept: a version was deleted, or the destination has versions of its own
 */
export async function copyModels(copy: CopyModels): Promise<number> {
  const models = await copy.from.listRegisteredModels();
  let copied = 0;
  for (const model of models) {
    copy.signal.throwIfAborted();
    const versions = (await copy.from.listModelVersions(model.name)).toSorted((a, b) => a.version - b.version);
    const there = await versionsThere(copy.to, model, versions);
    for (const version of versions) {
      if (there.has(version.version)) continue;
      await copyVersion(copy, version);
      copied++;
    }
    await copyNames(copy.to, model);
  }
  return copied;
}

/** What stands at the destination already, which must be copies of the same versions. */
async function versionsThere(
  to: ModelRegistry,
  model: RegisteredModel,
  versions: readonly ModelVersion[],
): Promise<Set<number>> {
  const { name } = model;
  const gap = versions.find(({ version }, i) => version !== i + 1);
  if (gap) {
    throw new MlopsError(
      'COPY_REFUSED',
      `version ${gap.version} of "${name}" follows a version that was deleted: the destination numbers versions without gaps, and would give it another number`,
    );
  }
  if (!(await to.findRegisteredModel(name))) {
    await to.createRegisteredModel(name, model.description);
    return new Set();
  }
  const there = await to.listModelVersions(name);
  const foreign = there.find(({ version, tags }) => {
    const source = versions[version - 1];
    return source === undefined || Object.entries(source.tags).some(([key, value]) => tags[key] !== value);
  });
  if (foreign) {
    throw new MlopsError(
      'COPY_REFUSED',
      `"${name}" v${foreign.version} in ${to.uri} is not a copy of the version with that number; rename one of the models`,
    );
  }
  return new Set(there.map(({ version }) => version));
}

async function copyVersion({ to, tracking, ids }: CopyModels, version: ModelVersion): Promise<void> {
  const modelId = ids.models.get(version.modelId);
  if (modelId === undefined) {
    throw new MlopsError(
      'COPY_REFUSED',
      `"${version.name}" v${version.version} names the logged model "${version.modelId}", which is not in the source's tracking store`,
    );
  }
  const { artifactLocation } = await tracking.getLoggedModel(modelId);
  const made = await to.createModelVersion({
    name: version.name,
    modelId,
    runId: ids.runs.get(version.runId) ?? '',
    storageLocation: artifactLocation,
    description: version.description,
    tags: version.tags,
  });
  if (made.version !== version.version) {
    throw new MlopsError(
      'COPY_REFUSED',
      `"${version.name}" v${version.version} became v${made.version} in ${to.uri}: somebody else registers there at the same time`,
    );
  }
}

async function copyNames(to: ModelRegistry, model: RegisteredModel): Promise<void> {
  const { name } = model;
  const { tags, aliases } = await to.getRegisteredModel(name);
  // In the order of their names, which is that of the promotion history.
  for (const key of Object.keys(model.tags).sort()) {
    if (tags[key] !== model.tags[key]) await to.setRegisteredModelTag(name, key, model.tags[key]!);
  }
  for (const [alias, version] of Object.entries(model.aliases)) {
    if (aliases[alias] !== version) await to.setAlias(name, alias, version);
  }
}
