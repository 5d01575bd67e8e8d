import type { CheckResult } from '../data/checks/check-result.ts';
import type { Evaluation } from '../evaluation/evaluation.ts';
import type { Monitoring } from '../monitoring/monitor.ts';
import type { ModelVersion } from '../registry/model-registry.ts';
import type { Predicted } from './predict-files.ts';
import type { SearchOutcome } from './search-model.ts';

/** What one run of the pipeline did, stage by stage. */
export interface PipelineOutcome {
  readonly runId: string;
  readonly rows: number;
  readonly trees: number;
  readonly checks: readonly CheckResult[];
  /** Undefined: none was asked for. */
  readonly search: SearchOutcome | undefined;
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
