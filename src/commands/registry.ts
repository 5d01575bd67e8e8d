import type { CommandDefinition } from './command.ts';

type Load = () => Promise<CommandDefinition>;

/** Every command by name, loaded on demand so that starting one does not read the others. In the order of `--help`. */
export const COMMANDS: Readonly<Record<string, Load>> = {
  init: async () => (await import('./init.ts')).init as unknown as CommandDefinition,
  pipeline: async () => (await import('./pipeline.ts')).pipeline as unknown as CommandDefinition,
  validate: async () => (await import('./validate.ts')).validate as unknown as CommandDefinition,
  train: async () => (await import('./train.ts')).train as unknown as CommandDefinition,
  evaluate: async () => (await import('./evaluate.ts')).evaluate as unknown as CommandDefinition,
  register: async () => (await import('./register.ts')).register as unknown as CommandDefinition,
  deploy: async () => (await import('./deploy.ts')).deploy as unknown as CommandDefinition,
  promote: async () => (await import('./deploy.ts')).promote as unknown as CommandDefinition,
  rollback: async () => (await import('./deploy.ts')).rollback as unknown as CommandDefinition,
  history: async () => (await import('./history.ts')).history as unknown as CommandDefinition,
  predict: async () => (await import('./predict.ts')).predict as unknown as CommandDefinition,
  serve: async () => (await import('./serve.ts')).serve as unknown as CommandDefinition,
  monitor: async () => (await import('./monitor.ts')).monitor as unknown as CommandDefinition,
  report: async () => (await import('./report.ts')).report as unknown as CommandDefinition,
  schedule: async () => (await import('./schedule.ts')).schedule as unknown as CommandDefinition,
  runs: async () => (await import('./runs.ts')).runs as unknown as CommandDefinition,
  'runs compare': async () => (await import('./compare-runs.ts')).compareRuns as unknown as CommandDefinition,
  models: async () => (await import('./models.ts')).models as unknown as CommandDefinition,
  show: async () => (await import('./show.ts')).show as unknown as CommandDefinition,
  migrate: async () => (await import('./migrate.ts')).migrate as unknown as CommandDefinition,
  'ledger log': async () => (await import('./ledger.ts')).ledgerLog as unknown as CommandDefinition,
  'ledger pull': async () => (await import('./ledger.ts')).ledgerPull as unknown as CommandDefinition,
  'ledger verify': async () => (await import('./ledger.ts')).ledgerVerify as unknown as CommandDefinition,
  'ledger compact': async () => (await import('./ledger.ts')).ledgerCompact as unknown as CommandDefinition,
};

/** The commands that are actions as well; `pipeline` is the root action. */
export const ACTIONS = [
  'pipeline',
  'validate',
  'train',
  'evaluate',
  'register',
  'deploy',
  'predict',
  'monitor',
  'report',
  'schedule',
] as const;
