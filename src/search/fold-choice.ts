import type { SplitSettings } from '../config/data-settings.ts';
import type { FoldSettings } from '../config/search.ts';
import type { FoldMethod } from '../data/folds.ts';
import type { Task } from '../data/target.ts';
import { MlopsError } from '../errors/mlops-error.ts';

export interface FoldChoice {
  readonly method: FoldMethod;
  readonly group?: string;
  readonly time?: string;
  readonly gap?: number;
  /** For people: `5 folds by dteday`. */
  readonly description: string;
}

/**
 * How training rows are put into folds. `auto` does as `data.split` holds rows out, so that no group and no later row is on
 * both sides there either.
 *
 * @throws INPUT_INVALID when a column that the method needs is not named
 */
export function chooseFolds(
  settings: FoldSettings,
  data: { readonly split: SplitSettings; readonly time: string | undefined; readonly task: Task },
): FoldChoice {
  const method = settings.method === 'auto' ? asHeldOut(data) : settings.method;
  const count = `${settings.folds} folds`;
  if (method === 'time') {
    const { time } = data;
    if (time === undefined) {
      throw new MlopsError('INPUT_INVALID', '"search.split.method" is "time", but "data.time" names no column');
    }
    return {
      method,
      time,
      gap: settings.gap ?? data.split.gap,
      description: `${count} by ${time}, each on all before it`,
    };
  }
  if (method === 'group') {
    const group = settings.column ?? data.split.column;
    if (group === undefined) {
      throw new MlopsError(
        'INPUT_INVALID',
        '"search.split.method" is "group", but "search.split.column" names no column',
      );
    }
    return { method, group, description: `${count}, groups of ${group} kept together` };
  }
  return { method, description: method === 'stratified' ? `${count} of every class` : count };
}

function asHeldOut({ split, time, task }: { split: SplitSettings; time: string | undefined; task: Task }): FoldMethod {
  if (split.method === 'group') return 'group';
  if (split.method === 'time' || (time !== undefined && ['auto', 'column'].includes(split.method))) return 'time';
  if (split.method === 'random') return 'k-fold';
  return task === 'classification' ? 'stratified' : 'k-fold';
}
