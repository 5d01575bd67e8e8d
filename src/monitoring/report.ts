import type { Block, Cell, Fact, ReportDocument, Section, State } from '../reports/document.ts';
import { formatNumber, formatPercent, oneLine } from '../reports/format.ts';
import type { ColumnDrift, Monitoring } from './monitoring.ts';

/** Columns that are drawn: those that moved most. */
const MOST_CHARTS = 8;

export function monitoringReport(monitoring: Monitoring, model: string): ReportDocument {
  const { drift, degraded, retrainRecommended, reason, rows, window, insights } = monitoring;
  const state: State = degraded ? 'fail' : drift || retrainRecommended ? 'warn' : 'pass';
  const day = (time: number): string => new Date(time).toISOString().slice(0, 16).replace('T', ' ');
  return {
    title: `Monitoring of ${model}`,
    verdict: { state, text: `${retrainRecommended ? 'Retrain recommended' : 'Nothing to do'}: ${reason}` },
    lead: `${formatNumber(rows)} predictions${window ? ` from ${day(window.from)} to ${day(window.to)} UTC` : ''} beside the profile of training.`,
    facts: facts(monitoring),
    sections: [
      ...(insights.length > 0 ? [{ title: 'In words', blocks: [{ kind: 'list' as const, items: insights }] }] : []),
      ...performanceSection(monitoring),
      { title: 'Columns', blocks: [columnTable(monitoring.columns)] },
      {
        title: 'Predictions',
        blocks: [columnTable(monitoring.predictions), ...monitoring.predictions.flatMap(chartOf)],
      },
      ...chartSection(monitoring),
    ],
  };
}

function facts({ columns, driftShare, predictions, performance, estimate, drift }: Monitoring): Fact[] {
  const counted = columns.filter(({ status }) => status !== 'ignored');
  const moved = counted.filter((column) => column.drifted).length;
  const list: Fact[] = [
    {
      label: 'drifted columns',
      value: `${moved} of ${counted.length}`,
      note: formatPercent(driftShare),
      state: drift ? 'warn' : 'pass',
    },
  ];
  const prediction = predictions[0];
  if (prediction) {
    list.push({
      label: 'predictions',
      value: prediction.drifted ? 'drifted' : 'stable',
      ...(prediction.psi === undefined ? {} : { note: `PSI ${formatNumber(prediction.psi)}` }),
      state: prediction.drifted ? 'warn' : 'pass',
    });
  }
  if (performance) {
    list.push({
      label: performance.metric,
      value: formatNumber(performance.value),
      note: `${formatNumber(performance.training)} at training`,
      state: performance.degraded ? 'fail' : 'pass',
    });
  } else if (estimate) {
    list.push({
      label: `estimated ${estimate.metric}`,
      value: formatNumber(estimate.value),
      note: `${formatNumber(estimate.reference)} at training`,
      state: estimate.worse ? 'warn' : 'pass',
    });
  }
  return list;
}

function performanceSection({ performance, estimate }: Monitoring): Section[] {
  const rows: Cell[][] = [];
  if (performance) {
    const { metric, training, value, low, high, degraded } = performance;
    rows.push([
      { text: metric, code: true },
      formatNumber(training),
      { text: formatNumber(value), state: degraded ? 'fail' : 'pass' },
      `${formatNumber(low)} to ${formatNumber(high)}`,
      `${formatNumber(performance.rows)} labelled rows`,
    ]);
  }
  if (estimate) {
    const { metric, reference, value, low, high, worse } = estimate;
    rows.push([
      { text: metric, code: true },
      formatNumber(reference),
      { text: formatNumber(value), state: worse ? 'warn' : 'pass' },
      `${formatNumber(low)} to ${formatNumber(high)}`,
      'estimated, without labels',
    ]);
  }
  if (rows.length === 0) return [];
  const table: Block = {
    kind: 'table',
    columns: [
      { label: 'metric' },
      { label: 'training', align: 'right' },
      { label: 'now', align: 'right' },
      { label: 'interval', align: 'right' },
      { label: 'from' },
    ],
    rows,
  };
  return [{ title: 'Performance', blocks: [table] }];
}

function columnTable(columns: readonly ColumnDrift[]): Block {
  const share = (pair: readonly [number, number] | undefined): string =>
    pair ? `${formatPercent(pair[0])} → ${formatPercent(pair[1])}` : '';
  return {
    kind: 'table',
    columns: [
      { label: 'column' },
      { label: 'outcome' },
      { label: 'measure' },
      { label: 'found', align: 'right' },
      { label: 'limit', align: 'right' },
      { label: 'PSI', align: 'right' },
      { label: 'mean', align: 'right' },
      { label: 'missing', align: 'right' },
      { label: 'unseen', align: 'right' },
    ],
    rows: columns.map((column): Cell[] => [
      { text: oneLine(column.name), code: true },
      outcomeCell(column),
      column.method === undefined ? '' : METHODS[column.method],
      column.score === undefined ? '' : formatNumber(column.score),
      column.threshold === undefined ? '' : formatNumber(column.threshold),
      column.psi === undefined ? '' : formatNumber(column.psi),
      column.means ? `${formatNumber(column.means[0])} → ${formatNumber(column.means[1])}` : '',
      share(column.missingShare),
      column.unseenShare ? formatPercent(column.unseenShare) : '',
    ]),
  };
}

const METHODS: Record<NonNullable<ColumnDrift['method']>, string> = {
  ks: 'Kolmogorov-Smirnov p',
  'chi-squared': 'chi-squared p',
  wasserstein: 'Wasserstein / std',
  'jensen-shannon': 'Jensen-Shannon',
  psi: 'PSI',
};

function outcomeCell({ status, drifted }: ColumnDrift): Cell {
  if (status === 'absent' || status === 'other type') return { text: status, state: 'fail' };
  if (status === 'ignored') return 'ignored';
  if (drifted) return { text: 'drifted', state: 'warn' };
  return status === 'empty' ? 'empty' : { text: 'stable', state: 'pass' };
}

function chartSection({ columns }: Monitoring): Section[] {
  const blocks = columns
    .filter(({ drifted, distribution }) => drifted && distribution.length > 0)
    .sort((a, b) => (b.psi ?? 0) - (a.psi ?? 0))
    .slice(0, MOST_CHARTS)
    .flatMap(chartOf);
  return blocks.length === 0 ? [] : [{ title: 'Distributions of drifted columns', collapsed: true, blocks }];
}

function chartOf(column: ColumnDrift): Block[] {
  const { name, distribution } = column;
  if (distribution.length === 0) return [];
  const widest = distribution.reduce((a, b) => (Math.abs(b[2] - b[1]) > Math.abs(a[2] - a[1]) ? b : a));
  return [
    {
      kind: 'chart',
      title: oneLine(name),
      description: `The share of ${widest[0]} went from ${formatPercent(widest[1])} to ${formatPercent(widest[2])}; nowhere is the change larger.`,
      chart: {
        type: 'bar',
        categories: distribution.map(([label]) => label),
        value: { label: 'share of rows' },
        series: [
          { name: 'training', values: distribution.map(([, before]) => before) },
          { name: 'current', values: distribution.map(([, , now]) => now) },
        ],
      },
    },
  ];
}
