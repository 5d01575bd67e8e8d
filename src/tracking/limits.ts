import { MlopsError, throwFaults } from '../errors/mlops-error.ts';
import type { DatasetInput, Metric } from './tracking-store.ts';

/** MLflow's limits, checked here so that every store refuses the same records with the same words. */
export const MAX_KEY_LENGTH = 250;
export const MAX_PARAM_LENGTH = 6_000;
export const MAX_TAG_LENGTH = 8_000;
export const MAX_EXPERIMENT_NAME_LENGTH = 500;
export const MAX_DATASET_DIGEST_LENGTH = 36;
export const MAX_DATASET_SOURCE_LENGTH = 65_535;
export const MAX_DATASET_SCHEMA_LENGTH = 1_048_575;
export const MAX_DATASET_PROFILE_LENGTH = 16_777_215;
export const MAX_REGISTRY_TAG_LENGTH = 100_000;

const KEY = /^[\p{L}\p{N}_\-. :/]+$/u;

export interface Batch {
  readonly params?: Readonly<Record<string, string>>;
  readonly metrics?: readonly Metric[];
  readonly tags?: Readonly<Record<string, string>>;
}

/** @throws RECORD_INVALID naming every entry that MLflow does not take */
export function checkBatch({ params = {}, metrics = [], tags = {} }: Batch): void {
  const faults: string[] = [];
  for (const [key, value] of Object.entries(params)) {
    checkKey('param', key, faults);
    checkLength(`param "${key}"`, value, MAX_PARAM_LENGTH, faults);
  }
  for (const [key, value] of Object.entries(tags)) {
    checkKey('tag', key, faults);
    checkLength(`tag "${key}"`, value, MAX_TAG_LENGTH, faults);
  }
  for (const key of new Set(metrics.map((metric) => metric.key))) checkKey('metric', key, faults);
  for (const { key, timestamp, step } of metrics) {
    if (!Number.isSafeInteger(step)) faults.push(`metric "${key}" has step ${step}, allowed are whole numbers`);
    if (!Number.isSafeInteger(timestamp) || timestamp < 0)
      faults.push(`metric "${key}" has timestamp ${timestamp}, allowed are milliseconds since 1970`);
  }
  throwFaults('RECORD_INVALID', faults);
}

export function checkExperimentName(name: string): void {
  const faults: string[] = [];
  if (name.trim() === '') faults.push('the name of an experiment is empty');
  checkLength('the name of an experiment', name, MAX_EXPERIMENT_NAME_LENGTH, faults);
  throwFaults('RECORD_INVALID', faults);
}

/** MLflow puts the name of a logged model into URIs. */
export function checkLoggedModelName(name: string): void {
  if (name !== '' && !/[/:.%"']/.test(name)) return;
  throw new MlopsError(
    'RECORD_INVALID',
    `logged model "${name.slice(0, 80)}" is not a name that MLflow takes: it needs a character and none of / : . % " '`,
  );
}

/** A tag of a registered model or of a version. */
export function checkRegistryTags(tags: Readonly<Record<string, string>>): void {
  const faults: string[] = [];
  for (const [key, value] of Object.entries(tags)) {
    checkKey('tag', key, faults);
    checkLength(`tag "${key.slice(0, 60)}"`, value, MAX_REGISTRY_TAG_LENGTH, faults);
  }
  throwFaults('RECORD_INVALID', faults);
}

export function checkDatasets(datasets: readonly DatasetInput[]): void {
  const faults: string[] = [];
  for (const { name, digest, source, schema, profile } of datasets) {
    const shown = `of dataset "${name.slice(0, 60)}"`;
    checkLength(`the name ${shown}`, name, MAX_EXPERIMENT_NAME_LENGTH, faults);
    checkLength(`the digest ${shown}`, digest, MAX_DATASET_DIGEST_LENGTH, faults);
    checkLength(`the source ${shown}`, source, MAX_DATASET_SOURCE_LENGTH, faults);
    checkLength(`the schema ${shown}`, schema, MAX_DATASET_SCHEMA_LENGTH, faults);
    checkLength(`the profile ${shown}`, profile, MAX_DATASET_PROFILE_LENGTH, faults);
  }
  throwFaults('RECORD_INVALID', faults);
}

/** MLflow keeps keys as file paths in some stores, so a key must be a normal relative path as well. */
function checkKey(what: string, key: string, faults: string[]): void {
  const shown = key.length > 60 ? `${key.slice(0, 60)}…` : key;
  checkLength(`the name of ${what} "${shown}"`, key, MAX_KEY_LENGTH, faults);
  const isPath = !key.startsWith('..') && key.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!KEY.test(key) || !isPath) {
    faults.push(
      `${what} "${shown}" is not a name that MLflow takes: letters, digits, "_", "-", ".", " ", ":", and "/" between parts`,
    );
  }
}

function checkLength(what: string, value: string, most: number, faults: string[]): void {
  if (value.length > most) faults.push(`${what} has ${value.length} characters, at most ${most} are allowed`);
}
