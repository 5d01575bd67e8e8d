/**
 * A report before it has a form: what is said, in sections of text, tables and charts. The renderers make HTML, Markdown and
 * terminal text of it. All texts are plain: a renderer escapes them, so that no column name or category becomes markup.
 */
export interface ReportDocument {
  readonly title: string;
  readonly verdict?: Verdict;
  /** One or two sentences under the title. */
  readonly lead?: string;
  /** The few figures to see first. */
  readonly facts?: readonly Fact[];
  readonly sections: readonly Section[];
  /** How it was made: versions, digests, command. */
  readonly footer?: readonly string[];
}

export type State = 'pass' | 'warn' | 'fail' | 'info';

export interface Verdict {
  readonly state: State;
  readonly text: string;
}

export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
  readonly state?: State;
}

export interface Section {
  readonly title: string;
  /** Closed until opened (`<details>`), and the first to be cut where space is short. */
  readonly collapsed?: boolean;
  readonly blocks: readonly Block[];
}

export type Block = TextBlock | ListBlock | TableBlock | ChartBlock | CodeBlock;

export interface TextBlock {
  readonly kind: 'text';
  readonly text: string;
  readonly state?: State;
}

export interface ListBlock {
  readonly kind: 'list';
  readonly items: readonly string[];
}

export interface CodeBlock {
  readonly kind: 'code';
  readonly text: string;
}

export interface TableBlock {
  readonly kind: 'table';
  readonly caption?: string;
  readonly columns: readonly { readonly label: string; readonly align?: 'left' | 'right' }[];
  readonly rows: readonly (readonly Cell[])[];
}

export type Cell =
  | string
  | { readonly text: string; readonly state?: State; readonly code?: boolean; readonly href?: string };

export interface ChartBlock {
  readonly kind: 'chart';
  readonly title: string;
  /** What the chart shows in a sentence, for readers who do not see it. */
  readonly description: string;
  readonly chart: Chart;
}

export type Chart = XyChart | BarChart | HeatmapChart;

/** Lines or points over a number or a time (epoch milliseconds, shown in UTC). */
export interface XyChart {
  readonly type: 'line' | 'scatter';
  readonly x: { readonly label: string; readonly scale: 'number' | 'time' };
  readonly y: { readonly label: string };
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number])[];
    /** Drawn thin and grey: a diagonal, a threshold. */
    readonly reference?: boolean;
  }[];
}

export interface BarChart {
  readonly type: 'bar';
  readonly horizontal?: boolean;
  readonly categories: readonly string[];
  readonly value: { readonly label: string };
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
}

export interface HeatmapChart {
  readonly type: 'heatmap';
  readonly x: { readonly label: string; readonly categories: readonly string[] };
  readonly y: { readonly label: string; readonly categories: readonly string[] };
  /** values[y][x] */
  readonly values: readonly (readonly number[])[];
}
