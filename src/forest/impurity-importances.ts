import type { Forest } from './forest.ts';

export interface ImpurityImportance {
  readonly feature: string;
  readonly importance: number;
}

/** Mean decrease of impurity by feature, scikit-learn's `feature_importances_`; the greatest first, equal ones in their order. */
export function impurityImportances({ features, importances }: Forest): ImpurityImportance[] {
  return features
    .map(({ name }, f) => ({ feature: name, importance: importances[f]! }))
    .sort((a, b) => b.importance - a.importance);
}
