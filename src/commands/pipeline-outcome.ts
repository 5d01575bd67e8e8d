import type { Evaluation } from '../evaluation/evaluation.ts';
import type { Monitoring } from '../monitoring/monitor.ts';
import type { ModelVersion } from '../registry/model-registry.ts';
import type { Predicted } from './predict-files.ts';

/** What one run of the pipeline did, stage by stage. */
export interface PipelineOutcome {
  readonly runId: string;
  readonly rows: number;
  readonly trees: number;
  readonly checks: { readonly made: number; readonly failed: number };
  readonly evaluation: Evaluation;
  /** Undefined: the gates refused it. */
  readonly version: ModelVersion | undefined;
  readonly deployed: readonly EnvironmentOutcome[];
  readonly predicted: Predicted | undefined;
  readonly monitored: Monitoring | undefined;
  readonly reports: readonly string[];
}

export interface EnvironmentOutcome {
  readonly environment: string;
  readonly promoted: boolean;
  /** What happened and why, in a sentence. */
  readonly note: string;
}
