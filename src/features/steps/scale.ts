import { z } from 'zod';
import type { StepSettings } from '../../config/feature-steps.ts';
import { chooseColumns } from '../choose-columns.ts';
import { finite, numbersOf, presentNumbers } from '../column-cells.ts';
import { perColumn } from '../per-column.ts';
import { meanAndVariance, nonZeroScale, quantiles, standardScale } from '../statistics.ts';
import type { StepKind } from '../step-kind.ts';

const state = z.strictObject({ center: z.number(), scale: z.number() });

export type ScaleState = z.output<typeof state>;

/** (x − center) / scale; a constant column is only shifted. */
export const scale: StepKind<'scale', ScaleState> = {
  state,
  fit(settings, context) {
    const columns = chooseColumns(settings, context, ['numeric']);
    return {
      operations: perColumn(columns, settings.suffix, (column) => {
        const present = presentNumbers(column);
        const learned = present.length === 0 ? undefined : LEARN[settings.method](present);
        // Numbers near the largest there are.
        return learned && Number.isFinite(learned.center) && Number.isFinite(learned.scale) ? learned : undefined;
      }),
    };
  },
  apply({ state: { center, scale }, outputs }, [column]) {
    const from = numbersOf(column!);
    const values = new Float64Array(from.length);
    for (let row = 0; row < from.length; row++) values[row] = finite((from[row]! - center) / scale);
    return [{ kind: 'numeric', name: outputs[0]!, values, integer: false }];
  },
};

const LEARN: Record<StepSettings<'scale'>['method'], (present: Float64Array) => ScaleState> = {
  standard(present) {
    const { mean, variance } = meanAndVariance(present);
    return { center: mean, scale: standardScale(present.length, mean, variance) };
  },
  'min-max'(present) {
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (const value of present) {
      if (value < min) min = value;
      if (value > max) max = value;
    }
    return { center: min, scale: nonZeroScale(max - min) };
  },
  robust(present) {
    const [low, center, high] = quantiles(present, [0.25, 0.5, 0.75]) as [number, number, number];
    return { center, scale: nonZeroScale(high - low) };
  },
};
