import { MlopsError } from '../errors/mlops-error.ts';
import type { ModelRegistry } from '../registry/model-registry.ts';
import { DIGEST_TAG } from './guards.ts';
import type { DeploymentTarget } from './target.ts';

export interface RegistryTarget {
  readonly registry: ModelRegistry;
  /** Of the registered model. */
  readonly name: string;
  readonly environment: string;
  /** Brings the files of a model URI to this machine. */
  readonly fetch: (uri: string) => Promise<string>;
}

/**
 * An environment that is an alias of the registered model: whoever serves it loads `models:/<name>@<environment>`. For machines
 * whose disk does not last. A version is proven where it was downloaded to; moving the alias is the swap, and losing the race for it
 * is the lock.
 */
export function registryTarget({ registry, name, environment, fetch }: RegistryTarget): DeploymentTarget {
  const uri = `models:/${name}@${environment}`;
  return {
    kind: 'registry',
    location: uri,

    async current() {
      const version = await registry.findVersionByAlias(name, environment);
      if (!version) return undefined;
      const digest = version.tags[DIGEST_TAG] ?? '';
      return { name, version: version.version, digest, deployedAt: version.creationTime };
    },

    async servedDirectory() {
      if (await registry.findVersionByAlias(name, environment)) return fetch(uri);
      throw new MlopsError('NOTHING_DEPLOYED', `environment "${environment}" has no version yet: there is no ${uri}`);
    },

    async stage(modelDirectory, model) {
      return { ...model, directory: modelDirectory };
    },

    // The alias is moved with the entry of the history, by whoever deploys.
    async activate() {},

    async discard() {},

    exclusively: (work) => work(),
  };
}
