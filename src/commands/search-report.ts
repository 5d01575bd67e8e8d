import { listSome } from '../errors/suggest.ts';
import { improvement } from '../metrics/score-all.ts';
import type { Cell, Section } from '../reports/document.ts';
import { formatDuration, formatNumber, formatPercent } from '../reports/format.ts';
import { rank, type TrialResult } from '../search/run-search.ts';
import type { SearchOutcome } from './search-model.ts';

const MOST_ROWS = 20;
const MOST_REASONS = 5;

/** The trials, best first, and how much better the best is than the settings of mlops.yaml. */
export function searchSections(outcome: SearchOutcome | undefined): Section[] {
  if (!outcome) return [];
  const { metric, trials, names, method } = outcome;
  const halving = method === 'halving';
  const rounds = [...new Set(trials.map(({ round }) => round))].sort((a, b) => b - a);
  const ordered = rounds.flatMap((round) =>
    rank(
      trials.filter((trial) => trial.round === round),
      metric,
    ),
  );
  const failed = trials.filter(({ failure }) => failure !== undefined);
  const all = [...ordered, ...failed];
  return [
    {
      title: 'Hyperparameter search',
      blocks: [
        { kind: 'text', text: searchSentence(outcome) },
        {
          kind: 'table',
          columns: [
            { label: 'Trial' },
            ...(halving ? [{ label: 'Resources', align: 'right' as const }] : []),
            ...names.map((label) => ({ label, align: 'right' as const })),
            { label: metric, align: 'right' },
            { label: '±', align: 'right' },
            { label: 'Time', align: 'right' },
          ],
          rows: all
            .slice(0, MOST_ROWS)
            .map((trial): Cell[] => [
              trialName(trial, outcome),
              ...(halving ? [formatNumber(trial.resources ?? Number.NaN)] : []),
              ...names.map((name) => valueText(trial.candidate[name])),
              trial.failure === undefined ? formatNumber(trial.mean) : { text: 'failed', state: 'warn' },
              trial.failure === undefined ? formatNumber(trial.std) : '',
              formatDuration(trial.seconds * 1000),
            ]),
        },
        ...(all.length > MOST_ROWS
          ? [{ kind: 'text' as const, text: `${all.length - MOST_ROWS} more trials are in the store.` }]
          : []),
        ...(failed.length > 0 ? [{ kind: 'list' as const, items: failures(failed) }] : []),
      ],
    },
  ];
}

/** `trial 7 is best of 21: rmse 47.2 over 5 folds; 3.1 (6.2 %) better than the settings of mlops.yaml, and in 4 of 5 folds` */
export function searchSentence({ best, own, trials, metric, folds, timeUp }: SearchOutcome): string {
  const cut = timeUp ? ' The time was up before the end.' : '';
  const head = `Trial ${best.number} of ${trials.length} is the best: ${metric} ${formatNumber(best.mean)} over ${folds}`;
  if (best.number === 0) return `${head}. These are the settings of mlops.yaml: no other ones are better.${cut}`;
  if (own.failure !== undefined)
    return `${head}. With the settings of mlops.yaml the trial failed: ${own.failure}.${cut}`;
  const gain = improvement(metric, best.mean, own.mean);
  const share = own.mean === 0 ? '' : ` (${formatPercent(gain / Math.abs(own.mean))})`;
  const folded = best.scores.filter((score, fold) => improvement(metric, score, own.scores[fold]!) > 0).length;
  return `${head}, ${formatNumber(gain)}${share} better than with the settings of mlops.yaml (${formatNumber(own.mean)}), and better in ${folded} of ${best.scores.length} folds.${cut}`;
}

function trialName({ number, round }: TrialResult, { best }: SearchOutcome): Cell {
  const name = number === 0 ? '0 (mlops.yaml)' : String(number);
  return number === best.number && round === best.round ? { text: `${name}, best`, state: 'pass' } : name;
}

function valueText(value: unknown): string {
  if (typeof value === 'number') return formatNumber(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function failures(failed: readonly TrialResult[]): string[] {
  const numbers = new Map<string, number[]>();
  for (const { failure, number } of failed) numbers.set(failure!, [...(numbers.get(failure!) ?? []), number]);
  const shown = [...numbers]
    .slice(0, MOST_REASONS)
    .map(([reason, of]) => `${of.length === 1 ? 'Trial' : 'Trials'} ${listSome(of.map(String))} failed: ${reason}`);
  const more = numbers.size - shown.length;
  return more > 0 ? [...shown, `${more} more reasons are in the store, under the tag mlops.search.failure.`] : shown;
}
