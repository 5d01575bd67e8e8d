import { z } from 'zod';
import { throwFaults } from '../errors/mlops-error.ts';
import type { ReportDocument } from '../reports/document.ts';
import { defineCommand, field, input } from './command.ts';
import { type Deployment, deployVersion, rollbackUri } from './deploy-version.ts';
import { type Session, withSession } from './session.ts';

const model = input(
  z.string().min(1).optional(),
  'The version: models:/<name>/<version> or models:/<name>@<alias>.',
  'models:/bikes/1',
);
const environment = input(z.string().min(1), 'An environment of mlops.yaml.', 'staging');
const reason = input(z.string().default(''), 'Why; kept in the history for good.', 'better on weekends');
const stores = {
  'tracking-uri': field('tracking.tracking-uri'),
  'registry-uri': field('tracking.registry-uri'),
} as const;

const DEPLOYMENT_OUTPUTS = {
  'model-name': 'Name of the registered model.',
  'deployed-version': 'The version that the environment serves now.',
  'previous-version': 'The version that it served before; empty when there was none.',
  status: 'deployed, or unchanged when it served this version already.',
} as const;

async function perform(
  session: Session,
  action: 'deploy' | 'promote' | 'rollback',
  inputs: { model: string | undefined; environment: string; reason: string },
): Promise<Deployment> {
  const { environment, reason } = inputs;
  const faults: string[] = [];
  if (inputs.model === undefined && action !== 'rollback') faults.push('"model" is missing, e.g. models:/bikes/1');
  if (reason.trim() === '' && action !== 'deploy') {
    faults.push(
      `"reason" is missing: say why you ${action === 'promote' ? 'promote' : 'roll back'}; it is kept in the history`,
    );
  }
  throwFaults('INPUT_INVALID', faults);
  const isVersion = inputs.model !== undefined && /^models:\/[^/@]+[/@]/.test(inputs.model);
  const model =
    action === 'rollback' && !isVersion ? await rollbackUri(session, inputs.model, environment) : inputs.model!;
  return deployVersion(session, { model, environment, action, reason });
}

function result(deployment: Deployment, environment: string, action: string) {
  const { name, version, previous, status } = deployment;
  const verb = { deploy: 'deployed to', promote: 'promoted to', rollback: 'rolled back in' }[action] ?? action;
  return {
    outputs: {
      'model-name': name,
      'deployed-version': version,
      ...(previous === undefined ? {} : { 'previous-version': previous }),
      status,
    },
    summary: deploymentReport(deployment, environment, `${name} v${version} ${verb} ${environment}`),
    next: [`mlops serve --environment ${environment}`, `mlops history --model ${name}`],
  };
}

function deploymentReport(deployment: Deployment, environment: string, title: string): ReportDocument {
  const { entry, previous, status, version } = deployment;
  const facts = [
    { label: 'environment', value: environment },
    { label: 'serves', value: `v${version}` },
    { label: 'before', value: previous === undefined ? 'nothing' : `v${previous}` },
  ];
  if (entry) facts.push({ label: 'by', value: entry.actor }, { label: 'reason', value: entry.reason || 'none given' });
  return {
    title,
    verdict: {
      state: 'pass',
      text: status === 'unchanged' ? 'served already; nothing was changed' : 'validated in place and served',
    },
    facts,
    sections: [],
    ...(entry ? { footer: [`model ${entry.digest.slice(0, 12)} · history entry ${entry.sequence}`] } : {}),
  };
}

const permissions = {
  contents: 'write: to keep aliases and history on the ledger branch (not with an MLflow server)',
  deployments: 'write: to record the deployment',
};

export const deploy = defineCommand({
  name: 'deploy',
  summary: 'Deploy, promote or roll back a version in an environment.',
  description:
    'Copies a registered version to an environment, proves it there, serves it, moves the alias named after the environment and writes the history. With action promote a reason is required; with action rollback the version before is served again.',
  inputs: {
    model,
    environment,
    action: input(z.enum(['deploy', 'promote', 'rollback']).default('deploy'), 'What is done and recorded.'),
    reason,
    ...stores,
  },
  outputs: DEPLOYMENT_OUTPUTS,
  permissions,
  branding: { icon: 'upload-cloud', color: 'green' },
  run: async (inputs, project, context) =>
    withSession(project, context, async (session) =>
      result(await perform(session, inputs.action, inputs), inputs.environment, inputs.action),
    ),
});

export const promote = defineCommand({
  name: 'promote',
  summary: 'Deploy a version to an environment by a person’s decision, with a reason.',
  description: 'As deploy with action promote: the guards of the environment hold, and the reason is kept for good.',
  inputs: {
    model,
    environment: { ...environment, schema: z.string().min(1).default('production') },
    reason,
    ...stores,
  },
  outputs: DEPLOYMENT_OUTPUTS,
  run: async (inputs, project, context) =>
    withSession(project, context, async (session) =>
      result(await perform(session, 'promote', inputs), inputs.environment, 'promote'),
    ),
});

export const rollback = defineCommand({
  name: 'rollback',
  summary: 'Serve the version before again.',
  description: 'As deploy with action rollback: goes back to the version that the environment served before.',
  inputs: {
    model: {
      ...model,
      description: 'The model’s name; default: name of mlops.yaml. Or the very version to go back to.',
    },
    environment: { ...environment, schema: z.string().min(1).default('production') },
    reason,
    ...stores,
  },
  outputs: DEPLOYMENT_OUTPUTS,
  run: async (inputs, project, context) =>
    withSession(project, context, async (session) =>
      result(await perform(session, 'rollback', inputs), inputs.environment, 'rollback'),
    ),
});
