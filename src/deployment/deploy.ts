import { MlopsError } from '../errors/mlops-error.ts';
import type { Forge } from '../forge/forge.ts';
import type { ModelRegistry, ModelVersion } from '../registry/model-registry.ts';
import { DIGEST_TAG, METRICS_TAG, refusals, VERDICT_TAG } from './guards.ts';
import { appendHistory, type HistoryEntry, readHistory } from './history.ts';
import { recordOutsideChanges } from './outside-changes.ts';
import type { DeploymentTarget } from './target.ts';

export interface DeployRequest {
  readonly registry: ModelRegistry;
  readonly version: ModelVersion;
  readonly environment: string;
  readonly requires: string | undefined;
  readonly target: DeploymentTarget;
  /** The model directory to deploy and the digest that its manifest says. */
  readonly model: { readonly directory: string; readonly digest: string };
  readonly action: Exclude<HistoryEntry['action'], 'outside'>;
  readonly reason: string;
  readonly forge: Forge;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Proves the staged files; the faults it found, in words. */
  readonly validate: (directory: string) => Promise<readonly string[]>;
}

export interface DeployOutcome {
  readonly entry: HistoryEntry | undefined;
  readonly previous: number | undefined;
  /** `unchanged`: the environment served this version already. */
  readonly status: 'deployed' | 'unchanged';
}

/**
 * Guards → staged beside what is served → validated there → swapped → alias → history. Up to the swap nothing that is
 * served changes; when alias and history cannot be written, the target is swapped back.
 *
 * @throws DEPLOYMENT_REFUSED · DEPLOYMENT_VALIDATION_FAILED · MODEL_ALTERED · DEPLOYMENT_LOCKED
 */
export async function deploy(request: DeployRequest): Promise<DeployOutcome> {
  return request.target.exclusively(() => deployLocked(request));
}

async function deployLocked(request: DeployRequest): Promise<DeployOutcome> {
  const { registry, version, environment, target, model, forge } = request;
  const registered = version.tags[DIGEST_TAG];
  if (registered !== undefined && registered !== model.digest) {
    throw new MlopsError(
      'MODEL_ALTERED',
      `${version.name} v${version.version} was registered with digest ${registered}, but its files have ${model.digest}`,
    );
  }
  await recordOutsideChanges(registry, version.name, [environment], request.now);
  const current = (await registry.findVersionByAlias(version.name, environment))?.version;
  const history = await readHistory(registry, version.name);
  const reasons = refusals({
    version,
    environment,
    requires: request.requires,
    current,
    action: request.action,
    history,
  });
  if (reasons.length > 0) throw new MlopsError('DEPLOYMENT_REFUSED', reasons);

  const served = await target.current();
  if (current === version.version && served?.version === version.version && served.digest === model.digest) {
    return { entry: undefined, previous: current, status: 'unchanged' };
  }

  const report = await forge.startDeployment({
    environment,
    ref: forge.origin.commit ?? forge.origin.branch ?? 'HEAD',
    description: `${version.name} v${version.version}`,
    payload: { model: version.name, version: version.version, digest: model.digest },
  });
  try {
    await report('in_progress', { description: `validating ${version.name} v${version.version}` });
    const deployed = { name: version.name, version: version.version, digest: model.digest, deployedAt: request.now() };
    const staged = await target.stage(model.directory, deployed);
    const faults = await request.validate(staged.directory);
    if (faults.length > 0) {
      await target.discard(staged);
      throw new MlopsError('DEPLOYMENT_VALIDATION_FAILED', faults);
    }
    request.signal.throwIfAborted();
    await target.activate(staged);
    const entry = await record(request, current).catch(async (error: unknown) => {
      await target.activate(served);
      await restoreAlias(request, current);
      throw error;
    });
    await report('success', { description: `${version.name} v${version.version} is served` });
    return { entry, previous: current, status: 'deployed' };
  } catch (error) {
    await report('failure', { description: error instanceof MlopsError ? error.code : 'failed' });
    throw error;
  }
}

/** Moves the alias named after the environment and writes down who did it. */
async function record(request: DeployRequest, current: number | undefined): Promise<HistoryEntry> {
  const { registry, version, environment, forge } = request;
  await registry.setAlias(version.name, environment, version.version);
  return appendHistory(registry, version.name, {
    time: new Date(request.now()).toISOString(),
    action: request.action,
    environment,
    from: current ?? null,
    to: version.version,
    actor: forge.origin.actor,
    reason: request.reason,
    verdict: version.tags[VERDICT_TAG] ?? 'none',
    metrics: JSON.parse(version.tags[METRICS_TAG] ?? '{}') as Record<string, number>,
    digest: request.model.digest,
    commit: forge.origin.commit ?? null,
    run: forge.origin.runUrl ?? null,
  });
}

/** Takes back an alias that was moved without its entry in the history. A ledger has done so already. */
async function restoreAlias({ registry, version, environment }: DeployRequest, previous: number | undefined) {
  const now = await registry.findVersionByAlias(version.name, environment);
  if (now?.version !== version.version || previous === version.version) return;
  if (previous === undefined) await registry.deleteAlias(version.name, environment);
  else await registry.setAlias(version.name, environment, previous);
}
