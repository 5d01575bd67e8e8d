import type { BarChart, Chart, XyChart } from '../document.ts';
import { codeBlock } from './escape.ts';

/** GitHub draws at most so many points legibly. */
const MOST_POINTS = 40;

/** The chart as Mermaid, which GitHub draws; undefined for what `xychart-beta` cannot show. */
export function mermaidChart(title: string, chart: Chart): string | undefined {
  const lines = chart.type === 'bar' ? barLines(chart) : chart.type === 'line' ? lineLines(chart) : undefined;
  if (!lines) return undefined;
  return codeBlock(
    ['xychart-beta', `  title ${quoted(title)}`, ...lines.map((line) => `  ${line}`)].join('\n'),
    'mermaid',
  );
}

function barLines({ categories, value, series }: BarChart): string[] | undefined {
  if (categories.length === 0 || categories.length > MOST_POINTS || series.length === 0) return undefined;
  return [
    `x-axis [${categories.map(quoted).join(', ')}]`,
    `y-axis ${quoted(value.label)}`,
    ...series.map(({ values }) => `bar [${values.map(plain).join(', ')}]`),
  ];
}

/** Lines share one axis of x: only those over the same points can be drawn together. */
function lineLines({ x, y, series }: XyChart): string[] | undefined {
  const drawn = series.filter(({ reference, points }) => !reference && points.length > 1);
  const [first] = drawn;
  if (!first) return undefined;
  const step = Math.ceil(first.points.length / MOST_POINTS);
  const at = first.points.filter((_, i) => i % step === 0);
  const together = drawn.filter(
    ({ points }) => points.length === first.points.length && points.every(([px], i) => px === first.points[i]![0]),
  );
  const labels = at.map(([px]) => quoted(x.scale === 'time' ? new Date(px).toISOString().slice(0, 10) : plain(px)));
  return [
    `x-axis ${quoted(x.label)} [${labels.join(', ')}]`,
    `y-axis ${quoted(y.label)}`,
    ...together.map(
      ({ points }) =>
        `line [${points
          .filter((_, i) => i % step === 0)
          .map(([, py]) => plain(py))
          .join(', ')}]`,
    ),
  ];
}

function plain(value: number): string {
  return String(Number(value.toPrecision(5)));
}

function quoted(text: string): string {
  return `"${text.replace(/["\r\n;]/g, ' ').slice(0, 60)}"`;
}
