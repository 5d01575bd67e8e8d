import { z } from 'zod';
import { FEATURE_STEPS, type StepName } from '../config/feature-steps.ts';
import type { Operation } from './step-kind.ts';
import { stepKind } from './steps/registry.ts';

/** An operation as it is kept in a model, its state that of its kind. */
export const operationSchema: z.ZodType<Operation> = z.discriminatedUnion(
  'kind',
  (Object.keys(FEATURE_STEPS) as StepName[]).map((kind) =>
    z.strictObject({
      kind: z.literal(kind),
      inputs: z.array(z.string()),
      outputs: z.array(z.string()),
      state: stepKind(kind).state,
    }),
  ) as never,
);
