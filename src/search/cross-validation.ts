import type { FeatureSettings } from '../config/features.ts';
import { type Fold, subsample } from '../data/folds.ts';
import { hashRows } from '../data/row-hash.ts';
import { type Table, takeRows } from '../data/table.ts';
import { takeTarget } from '../data/target.ts';
import { throwFaults } from '../errors/mlops-error.ts';
import type { FittedFeatures } from '../features/fitted-features.ts';
import { fitTransform } from '../features/pipeline.ts';
import type { ForestParams, TrainingSet } from '../forest/engine.ts';
import { checkEngine, type EngineName, fitEngine } from '../forest/engines.ts';
import type { Target } from '../metrics/predictions.ts';
import { scoreAll } from '../metrics/score-all.ts';
import { predictAmong } from '../model/predict.ts';

/** Above so many cells in all folds together, a fold is made anew for each trial rather than kept. */
const MOST_KEPT_CELLS = 50_000_000;
const SUBSAMPLE_STREAM = 0x68616c66;

export interface CrossValidationData {
  /** Training rows without the target and what is excluded. */
  readonly rows: Table;
  readonly target: Target;
  readonly folds: readonly Fold[];
  readonly features: FeatureSettings;
  readonly time?: string;
  /** Validation rows come after training rows. */
  readonly splitByTime: boolean;
  readonly seed: number;
  readonly engine: EngineName;
  readonly nJobs: number;
}

export interface FoldScore {
  /** Every metric that is defined on the validation rows. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly fitSeconds: number;
}

interface PreparedFold {
  readonly set: TrainingSet;
  readonly features: FittedFeatures;
  /** Rows of the table. */
  readonly validation: Int32Array;
  readonly target: Target;
}

/** Scores parameters on folds of the training rows. Features are fitted in each fold on the rows that its forest learns from. */
export class CrossValidation {
  readonly #data: CrossValidationData;
  readonly #hash: Float64Array;
  readonly #kept = new Map<string, PreparedFold>();

  constructor(data: CrossValidationData) {
    this.#data = data;
    this.#hash = hashRows(data.rows, (data.seed ^ SUBSAMPLE_STREAM) >>> 0);
  }

  get folds(): number {
    return this.#data.folds.length;
  }

  /**
   * @param rows share of the rows of each fold that is used, on both sides
   * @throws INPUT_INVALID when the parameters do not fit a fold; what `signal` holds when it is aborted
   */
  async scoreFold(fold: number, params: ForestParams, rows: number, signal: AbortSignal): Promise<FoldScore> {
    const { engine, nJobs, target } = this.#data;
    const prepared = this.#prepare(fold, rows);
    throwFaults('INPUT_INVALID', checkEngine(engine, params, prepared.set));
    const begun = performance.now();
    const forest = await fitEngine(engine, prepared.set, params, { nJobs, signal });
    signal.throwIfAborted();
    const fitSeconds = (performance.now() - begun) / 1000;
    const classes = target.task === 'classification' ? target.classes : [];
    const model = { task: target.task, classes, features: prepared.features, forest };
    return {
      metrics: scoreAll(prepared.target, predictAmong(model, this.#data.rows, prepared.validation)),
      fitSeconds,
    };
  }

  #prepare(number: number, share: number): PreparedFold {
    const key = `${number} ${share}`;
    const known = this.#kept.get(key);
    if (known) return known;
    const { rows, target, folds, features: settings, time, splitByTime, seed } = this.#data;
    const part = (of: Int32Array): Int32Array =>
      share >= 1 ? of : subsample(of, this.#hash, Math.max(1, Math.floor(share * of.length)));
    const train = part(folds[number]!.train);
    const validation = part(folds[number]!.validation);
    const raw = takeRows(rows, train);
    const learned = takeTarget(target, train);
    const made = fitTransform(raw, settings, {
      target: learned,
      ...(time === undefined ? {} : { time }),
      splitByTime,
      seed,
    });
    const prepared = {
      set: { features: made.features, target: takeTarget(learned, made.rows) },
      features: made.fitted,
      validation,
      target: takeTarget(target, validation),
    };
    if (rows.nRows * rows.columns.length * folds.length <= MOST_KEPT_CELLS) {
      // A later round of halving uses other rows.
      for (const other of this.#kept.keys()) if (!other.endsWith(` ${share}`)) this.#kept.delete(other);
      this.#kept.set(key, prepared);
    }
    return prepared;
  }
}
