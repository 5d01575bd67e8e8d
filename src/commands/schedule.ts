import { durationMs } from '../config/duration.ts';
import { defineCommand, field } from './command.ts';
import { digestOf, TRAINING_TAG } from './record-run.ts';
import { experimentName, modelName, type Session, withSession } from './session.ts';

/** Set on the registered model by monitoring; names the day and the reason. */
export const RETRAIN_TAG = 'mlops.retrain_recommended';

const DAY_MS = 86_400_000;

export interface RetrainDecision {
  readonly due: boolean;
  readonly reason: string;
  /** Epoch milliseconds; undefined when nothing was trained yet. */
  readonly nextDue: number | undefined;
}

export const schedule = defineCommand({
  name: 'schedule',
  summary: 'Is a retrain due, and why.',
  description:
    'Cron cannot say “every 30 days”: ask daily. A retrain is due when the last successful training is older than retrain.every, when monitoring recommended one since, or when the configuration of data or model changed.',
  inputs: {
    every: field('retrain.every', { example: '30d' }),
    name: field('name', { example: 'bikes' }),
    'tracking-uri': field('tracking.tracking-uri'),
    'registry-uri': field('tracking.registry-uri'),
  },
  outputs: {
    due: 'true when a model should be trained now.',
    reason: 'Why, in a sentence.',
    'next-due': 'ISO time at which the interval ends; empty when nothing was trained yet.',
  },
  branding: { icon: 'clock', color: 'green' },
  run: async (_inputs, project, context) =>
    withSession(project, context, async (session) => {
      const { due, reason, nextDue } = await decideRetrain(session);
      return {
        outputs: { due, reason, ...(nextDue === undefined ? {} : { 'next-due': new Date(nextDue).toISOString() }) },
        summary: {
          title: 'Retraining',
          verdict: { state: 'info' as const, text: due ? `due: ${reason}` : `not due: ${reason}` },
          sections: [],
        },
        ...(due ? { next: ['mlops pipeline'] } : {}),
      };
    }),
});

export async function decideRetrain(session: Session): Promise<RetrainDecision> {
  const { project, stores, context } = session;
  const experiment = await stores.tracking.getExperimentByName(experimentName(project));
  const [last] = experiment
    ? await stores.tracking.searchRuns({
        experimentIds: [experiment.experimentId],
        filter: `attributes.status = 'FINISHED' AND tags.\`${TRAINING_TAG}\` = 'true'`,
        maxResults: 1,
      })
    : [];
  if (!last) return { due: true, reason: 'nothing was trained yet', nextDue: undefined };

  const trained = last.endTime ?? last.startTime;
  const nextDue = trained + durationMs(project.retrain.every);
  const days = Math.floor((context.now() - trained) / DAY_MS);
  const age = `trained ${days} ${days === 1 ? 'day' : 'days'} ago`;
  const registered = await stores.registry.findRegisteredModel(modelName(project));
  const recommended = parseRecommendation(registered?.tags[RETRAIN_TAG]);
  // One for a model that was followed by another is answered: promoting that one is what is left to do.
  if (project.retrain['on-drift'] && recommended?.runId === last.runId) {
    return { due: true, reason: `monitoring recommends it: ${recommended.reason} (${age})`, nextDue };
  }
  if (last.tags['mlops.config_digest'] !== digestOf(project)) {
    return { due: true, reason: `data, features or model settings of mlops.yaml changed since (${age})`, nextDue };
  }
  if (context.now() >= nextDue)
    return { due: true, reason: `${age}, the interval is ${project.retrain.every}`, nextDue };
  const day = new Date(nextDue).toISOString().slice(0, 10);
  return { due: false, reason: `${age}, next ${day}; ${whyNotOnDrift(recommended, last.runId)}`, nextDue };
}

function whyNotOnDrift(recommended: Recommendation | undefined, lastRunId: string): string {
  if (!recommended) return 'no drift';
  if (recommended.runId === lastRunId) return 'drift was found, but retrain.on-drift is false';
  return 'a new model was trained since monitoring found drift';
}

/** What monitoring recommends for the model of a training run; kept as a tag of the registered model. */
export interface Recommendation {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly reason: string;
  /** The run that trained the model which drifted. */
  readonly runId: string;
}

function parseRecommendation(text: string | undefined): Recommendation | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Recommendation);
}
