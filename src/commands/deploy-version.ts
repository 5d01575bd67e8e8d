import { join, resolve } from 'node:path';
import type { Project } from '../config/project.ts';
import { type DeployOutcome, type DeployRequest, deploy } from '../deployment/deploy.ts';
import { rollbackVersion } from '../deployment/guards.ts';
import { readHistory } from '../deployment/history.ts';
import { localTarget } from '../deployment/local-target.ts';
import { registryTarget } from '../deployment/registry-target.ts';
import type { DeploymentTarget } from '../deployment/target.ts';
import { validateStaged } from '../deployment/validate-staged.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { didYouMean, listSome } from '../errors/suggest.ts';
import { openModelFiles } from '../model/model-files.ts';
import { findModel, modelName, type Session } from './session.ts';

export type EnvironmentSettings = Project['environments'][string];

/** @throws ENVIRONMENT_NOT_FOUND */
export function environmentOf(project: Project, name: string): EnvironmentSettings {
  const settings = project.environments[name];
  if (settings) return settings;
  const names = Object.keys(project.environments);
  throw new MlopsError(
    'ENVIRONMENT_NOT_FOUND',
    `"environment" is "${name}", but mlops.yaml has no such environment. Environments: ${listSome(names)}.${didYouMean(name, names)}`,
  );
}

/** @param name of the registered model; default: the one of the project */
export function targetOf(session: Session, environment: string, name = modelName(session.project)): DeploymentTarget {
  const { project, context, stores } = session;
  const { target, path = join('deployments', environment) } = environmentOf(project, environment);
  if (target === 'local' || (target === 'auto' && !context.ephemeral)) {
    return localTarget(resolve(context.cwd, path), environment);
  }
  const fetch = async (uri: string): Promise<string> => (await findModel(session, uri)).directory;
  return registryTarget({ registry: stores.registry, name, environment, fetch });
}

export interface Deployment extends DeployOutcome {
  readonly name: string;
  readonly version: number;
}

/** Deploys a registered version to an environment; progress and errors as `deploy` describes. */
export async function deployVersion(
  session: Session,
  request: { model: string; environment: string; action: DeployRequest['action']; reason: string },
): Promise<Deployment> {
  const { context, project, stores } = session;
  const { environment } = request;
  const settings = environmentOf(project, environment);
  const bar = context.progress.start(environment);
  const found = await findModel(session, request.model);
  if (found.name === undefined || found.version === undefined) {
    throw new MlopsError(
      'INPUT_INVALID',
      `"model" is "${request.model}", which is not a registered version; register it first, then deploy models:/<name>/<version>`,
    );
  }
  const version = await stores.registry.getModelVersion(found.name, found.version);
  // What the manifest says; whether the files are so is proven where they are deployed.
  const { modelDigest: digest } = await openModelFiles(found.directory);
  const outcome = await deploy({
    registry: stores.registry,
    version,
    environment,
    requires: settings.requires,
    target: targetOf(session, environment, found.name),
    model: { directory: found.directory, digest },
    action: request.action,
    reason: request.reason,
    forge: context.forge,
    now: context.now,
    signal: context.signal,
    validate: validateStaged,
  });
  const before = outcome.previous === undefined ? 'nothing' : `v${outcome.previous}`;
  bar.done(
    outcome.status === 'unchanged'
      ? `${found.name} v${version.version} is served already`
      : `${found.name} v${version.version} validated and served; before it: ${before}`,
  );
  return { ...outcome, name: found.name, version: version.version };
}

/** The version that a rollback of the environment goes to, as a model URI. @throws NOTHING_DEPLOYED */
export async function rollbackUri(session: Session, model: string | undefined, environment: string): Promise<string> {
  environmentOf(session.project, environment);
  const name = model?.replace(/^models:\//, '').replace(/[@/].*$/, '') ?? modelName(session.project);
  const { registry } = session.stores;
  await registry.getRegisteredModel(name);
  const history = await readHistory(registry, name);
  const current = (await registry.findVersionByAlias(name, environment))?.version;
  const version = rollbackVersion(history, environment, current);
  if (version === undefined) {
    const found = current === undefined ? 'has no version yet' : `has served no version but v${current}`;
    throw new MlopsError('NOTHING_DEPLOYED', `"${environment}" ${found}: there is nothing to roll back to`);
  }
  return `models:/${name}/${version}`;
}
