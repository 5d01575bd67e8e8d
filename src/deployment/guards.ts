import type { ModelVersion } from '../registry/model-registry.ts';
import type { HistoryEntry } from './history.ts';

/** Tags of a model version that the guards read; written by `register`. */
export const VERDICT_TAG = 'mlops.verdict';
export const DIGEST_TAG = 'mlops.model_digest';
export const METRICS_TAG = 'mlops.metrics';
export const REASON_TAG = 'mlops.verdict_reason';

export interface GuardedDeployment {
  readonly version: ModelVersion;
  readonly environment: string;
  /** The environment in which the version must have been validated before. */
  readonly requires: string | undefined;
  readonly current: number | undefined;
  readonly action: HistoryEntry['action'];
  readonly history: readonly HistoryEntry[];
}

/** Why a version may not be deployed, every reason in words; empty when nothing stands against it. */
export function refusals(deployment: GuardedDeployment): string[] {
  const { version, environment, requires, current, action, history } = deployment;
  const label = `${version.name} v${version.version}`;
  const reasons: string[] = [];
  if (version.status !== 'READY') reasons.push(`${label} is ${version.status}, expected READY`);
  if (action === 'rollback') return reasons;

  const verdict = version.tags[VERDICT_TAG];
  if (requires !== undefined && verdict !== 'pass') {
    reasons.push(
      `${label} has the verdict "${verdict ?? 'none'}", expected "pass": evaluate it and register it with its evaluation`,
    );
  }
  if (requires !== undefined && !history.some((e) => wasValidated(e, requires, version.version))) {
    reasons.push(`${label} was never validated in "${requires}": deploy it there first`);
  }
  if (current !== undefined && version.version < current) {
    reasons.push(`${label} is older than v${current}, which "${environment}" serves: use rollback`);
  }
  return reasons;
}

/** An alias that was moved by other means proves nothing. */
function wasValidated(entry: HistoryEntry, environment: string, version: number): boolean {
  return entry.environment === environment && entry.to === version && entry.action !== 'outside';
}

/** The version to go back to: what the environment served before its current one, and is not itself what failed. */
export function rollbackVersion(
  history: readonly HistoryEntry[],
  environment: string,
  current: number | undefined,
): number | undefined {
  const served = history.filter((entry) => entry.environment === environment);
  const abandoned = new Set(served.filter((entry) => entry.action === 'rollback').map((entry) => entry.from));
  return (
    served.findLast((entry) => entry.to !== null && entry.to !== current && !abandoned.has(entry.to))?.to ?? undefined
  );
}
