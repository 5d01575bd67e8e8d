/** One version of a model as an environment holds it. */
export interface DeployedModel {
  readonly name: string;
  readonly version: number;
  /** Digest of the model directory. */
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly deployedAt: number;
}

/** A version whose files are in the environment, not yet served. */
export interface StagedModel extends DeployedModel {
  /** Where its files can be read to prove it before it is served. */
  readonly directory: string;
}

/** What serves an environment. Staging changes nothing that is served; activating swaps it in one step. */
export interface DeploymentTarget {
  readonly kind: string;
  /** For people: where it is. */
  readonly location: string;
  current(): Promise<DeployedModel | undefined>;
  /** The model directory of what is served. @throws NOTHING_DEPLOYED */
  servedDirectory(): Promise<string>;
  /** Copies the model directory beside what is served. */
  stage(modelDirectory: string, model: DeployedModel): Promise<StagedModel>;
  /** Serves a version that was staged now or before; undefined: nothing, as before the first deployment. */
  activate(model: DeployedModel | undefined): Promise<void>;
  /** Forgets a staged version that failed its validation. */
  discard(staged: StagedModel): Promise<void>;
  /** Runs `work` while no other process deploys here. @throws DEPLOYMENT_LOCKED */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}
