import type { ActRun, ActStep } from '../tools/act.ts';

/** The outcome of each step that ran, by job. */
export function outcomes(run: ActRun): Record<string, ActStep['outcome'][]> {
  return Object.fromEntries(Object.entries(run.jobs).map(([id, job]) => [id, job.steps.map((step) => step.outcome)]));
}

/** The step of a job that uses one of our actions; the root action is `pipeline`. */
export function stepOf(run: ActRun, job: string, action: string): ActStep {
  const suffix = action === 'pipeline' ? '/pipeline@' : `/actions/${action}@`;
  const step = run.jobs[job]?.steps.find(({ name }) => name.includes(suffix));
  if (!step) throw new Error(`no step of ${action} ran in job ${job}:\n${run.log}`);
  return step;
}
