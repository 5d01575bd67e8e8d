import type { Block, Cell, Fact, ReportDocument, Section, State } from '../reports/document.ts';
import { formatNumber, formatPercent } from '../reports/format.ts';
import { classBlocks, overTimeBlocks, regressionBlocks } from './chart-blocks.ts';
import type { Evaluation, SliceResult } from './evaluation.ts';
import { signed } from './gates.ts';

const MOST_IMPORTANCES = 20;

/** What people read of an evaluation: the verdict, the comparison, the gates, then what explains them. */
export function evaluationReport(evaluation: Evaluation): ReportDocument {
  const { verdict, reason, champion, name, version, rows } = evaluation;
  const title = `${name}${version === undefined ? '' : ` v${version}`}`;
  return {
    title: `Evaluation of ${title}`,
    verdict: {
      state: verdict,
      text: `${{ pass: 'Passed', warn: 'To be looked at', fail: 'Failed' }[verdict]}: ${reason}`,
    },
    lead: `${title} on ${rows.description}, ${champion ? `beside ${championName(evaluation)} on the same rows` : 'without a champion to compare with'}.`,
    facts: facts(evaluation),
    sections: [
      comparisonSection(evaluation),
      gateSection(evaluation),
      ...featureSection(evaluation),
      ...(evaluation.classification ? [{ title: 'Classes', blocks: classBlocks(evaluation.classification) }] : []),
      ...(evaluation.regression ? [{ title: 'Errors', blocks: regressionBlocks(evaluation) }] : []),
      ...(evaluation.overTime ? [{ title: 'Over time', blocks: overTimeBlocks(evaluation) }] : []),
      ...sliceSection(evaluation),
      metricSection(evaluation),
    ],
    footer: [
      `Model ${evaluation.uri}${evaluation.digest ? `, digest ${evaluation.digest}` : ''}`,
      ...(champion ? [`Champion ${champion.uri}${champion.digest ? `, digest ${champion.digest}` : ''}`] : []),
      `Intervals: ${formatNumber(100 * evaluation.confidence)} %, paired bootstrap of ${formatNumber(rows.count)} rows`,
    ],
  };
}

function championName({ champion }: Evaluation): string {
  if (!champion) return 'the baseline';
  return champion.version === undefined ? champion.uri : `${champion.name} v${champion.version}`;
}

function facts(evaluation: Evaluation): Fact[] {
  const { metrics, primaryMetric, comparison, gates, rows } = evaluation;
  const value = metrics[primaryMetric];
  const difference = comparison.differences.find((d) => d.metric === primaryMetric);
  const passed = gates.filter((gate) => gate.outcome === 'pass').length;
  return [
    {
      label: primaryMetric,
      value: value === undefined ? 'undefined' : formatNumber(value),
      ...(difference
        ? {
            note: `${championName(evaluation)}: ${formatNumber(difference.other)}`,
            state: OUTCOME_STATE[difference.outcome],
          }
        : {}),
    },
    { label: 'gates', value: `${passed} of ${gates.length} passed`, state: evaluation.verdict },
    { label: 'rows', value: formatNumber(rows.count) },
  ];
}

const OUTCOME_STATE: Record<'better' | 'worse' | 'same', State> = { better: 'pass', worse: 'fail', same: 'info' };

function comparisonSection(evaluation: Evaluation): Section {
  const { comparison, confidence } = evaluation;
  const other = championName(evaluation);
  const blocks: Block[] = [
    {
      kind: 'table',
      columns: [
        { label: 'metric' },
        { label: 'challenger', align: 'right' },
        { label: comparison.against, align: 'right' },
        { label: 'difference', align: 'right' },
        { label: `${formatNumber(100 * confidence)} % interval`, align: 'right' },
        { label: 'outcome' },
      ],
      rows: comparison.differences.map((d): Cell[] => [
        { text: d.metric, code: true },
        formatNumber(d.challenger),
        formatNumber(d.other),
        signed(d.difference),
        `${signed(d.low)} to ${signed(d.high)}`,
        { text: d.outcome === 'same' ? 'no clear difference' : d.outcome, state: OUTCOME_STATE[d.outcome] },
      ]),
    },
  ];
  const { mcNemar, deLong } = comparison;
  if (mcNemar) {
    blocks.push({
      kind: 'text',
      text: `Only the challenger is right on ${formatNumber(mcNemar.onlyFirst)} rows, only the champion on ${formatNumber(mcNemar.onlySecond)} (McNemar p = ${formatNumber(mcNemar.pValue)}).`,
    });
  }
  if (deLong) {
    blocks.push({
      kind: 'text',
      text: `Area under the ROC curve: difference ${signed(deLong.difference)}, standard error ${formatNumber(deLong.standardError)} (DeLong p = ${formatNumber(deLong.pValue)}).`,
    });
  }
  return { title: `Against ${other}`, blocks };
}

function gateSection({ gates, notes }: Evaluation): Section {
  const blocks: Block[] = [
    {
      kind: 'table',
      columns: [{ label: 'gate' }, { label: 'outcome' }, { label: 'found' }, { label: 'allowed' }, { label: 'why' }],
      rows: gates.map((gate): Cell[] => {
        const state: State =
          gate.outcome === 'pass' ? 'pass' : gate.outcome === 'inconclusive' ? 'warn' : gate.severity;
        return [gate.gate, { text: gate.outcome, state }, gate.found, gate.allowed, gate.explanation];
      }),
    },
  ];
  if (gates.length === 0) return { title: 'Gates', blocks: [{ kind: 'text', text: 'No gate is on.' }] };
  if (notes.length > 0) blocks.push({ kind: 'list', items: notes });
  return { title: 'Gates', blocks };
}

function featureSection({ importances, classification }: Evaluation): Section[] {
  if (importances.length === 0) return [];
  const shown = importances.slice(0, MOST_IMPORTANCES);
  const loss = classification ? 'log loss' : 'mean squared error';
  return [
    {
      title: 'Features',
      blocks: [
        {
          kind: 'chart',
          title: 'Permutation importances',
          description: `The model depends most on ${shown
            .slice(0, 3)
            .map(({ feature }) => feature)
            .join(', ')}.`,
          chart: {
            type: 'bar',
            horizontal: true,
            categories: shown.map(({ feature }) => feature),
            value: { label: `growth of the ${loss} when shuffled` },
            series: [{ name: 'importance', values: shown.map(({ mean }) => mean) }],
          },
        },
        {
          kind: 'table',
          columns: [{ label: 'feature' }, { label: 'importance', align: 'right' }, { label: '±', align: 'right' }],
          rows: shown.map(({ feature, mean, std }): Cell[] => [
            { text: feature, code: true },
            formatNumber(mean),
            formatNumber(std),
          ]),
        },
      ],
    },
  ];
}

function sliceSection({ slices, primaryMetric }: Evaluation): Section[] {
  if (slices.length === 0) return [];
  const collapsed = slices.every((slice) => !slice.worse);
  return [{ title: `Slices by ${primaryMetric}`, collapsed, blocks: [sliceTable(slices)] }];
}

function sliceTable(slices: readonly SliceResult[]): Block {
  return {
    kind: 'table',
    columns: [
      { label: 'slice' },
      { label: 'rows', align: 'right' },
      { label: 'share', align: 'right' },
      { label: slices[0]!.metric, align: 'right' },
      { label: 'interval', align: 'right' },
      { label: 'overall', align: 'right' },
    ],
    rows: slices.map((slice): Cell[] => [
      slice.slice,
      formatNumber(slice.rows),
      formatPercent(slice.share),
      slice.worse ? { text: formatNumber(slice.value), state: 'warn' } : formatNumber(slice.value),
      `${formatNumber(slice.low)} to ${formatNumber(slice.high)}`,
      formatNumber(slice.overall),
    ]),
  };
}

function metricSection({ metrics, intervals, champion, baseline }: Evaluation): Section {
  const cell = (value: number | undefined): string => (value === undefined ? '' : formatNumber(value));
  return {
    title: 'All metrics',
    collapsed: true,
    blocks: [
      {
        kind: 'table',
        columns: [
          { label: 'metric' },
          { label: 'challenger', align: 'right' },
          { label: 'interval', align: 'right' },
          ...(champion ? [{ label: 'champion', align: 'right' as const }] : []),
          { label: baseline.name, align: 'right' },
        ],
        rows: Object.entries(metrics).map(([metric, value]): Cell[] => {
          const interval = intervals[metric];
          return [
            { text: metric, code: true },
            formatNumber(value),
            interval ? `${formatNumber(interval.low)} to ${formatNumber(interval.high)}` : '',
            ...(champion ? [cell(champion.metrics[metric])] : []),
            cell(baseline.metrics[metric]),
          ];
        }),
      },
    ],
  };
}
