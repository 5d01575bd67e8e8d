import type { Block, Cell, ReportDocument, Section, State, TableBlock } from './document.ts';

const SIGNS: Readonly<Record<State, string>> = { pass: '✓', warn: '!', fail: '✗', info: '·' };
const COLORS: Readonly<Record<State, number>> = { pass: 32, warn: 33, fail: 31, info: 36 };

export interface TerminalOptions {
  readonly width: number;
  readonly color?: boolean;
}

/** A report as plain text: tables in columns, charts left out (the HTML report has them). Collapsed sections are left out. */
export function renderTerminal(document: ReportDocument, options: TerminalOptions): string {
  const { title, verdict, lead, facts = [], sections } = document;
  const lines = [title, '─'.repeat(Math.min(options.width, [...title].length))];
  if (verdict) lines.push(`${sign(verdict.state, options)} ${verdict.text}`);
  if (lead) lines.push(lead);
  if (facts.length > 0) {
    const widest = Math.max(...facts.map((fact) => textWidth(fact.label)));
    lines.push(
      '',
      ...facts.map(({ label, value, note }) => `${padEnd(label, widest)}  ${value}${note ? `  (${note})` : ''}`),
    );
  }
  for (const section of sections) if (!section.collapsed) lines.push(...sectionLines(section, options));
  return lines.join('\n');
}

function sectionLines({ title, blocks }: Section, options: TerminalOptions): string[] {
  const lines = blocks.flatMap((block) => blockLines(block, options));
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => (line === '' ? '' : `  ${line}`))];
}

function blockLines(block: Block, options: TerminalOptions): string[] {
  switch (block.kind) {
    case 'text':
      return [block.state ? `${sign(block.state, options)} ${block.text}` : block.text];
    case 'list':
      return block.items.map((item) => `- ${item}`);
    case 'code':
      return block.text.split('\n');
    case 'table':
      return tableLines(block, options);
    case 'chart':
      return [];
  }
}

/** Columns as wide as their widest cell; the last one is cut where the terminal ends. */
function tableLines({ columns, rows, caption }: TableBlock, options: TerminalOptions): string[] {
  const texts = rows.map((row) => row.map(cellText));
  const hasHeader = columns.some(({ label }) => label !== '');
  const all = hasHeader ? [columns.map(({ label }) => label), ...texts] : texts;
  const widths = columns.map((_, i) => Math.max(0, ...all.map((row) => textWidth(row[i] ?? ''))));
  const line = (cells: readonly string[], states: readonly (State | undefined)[]): string => {
    const parts = cells.map((text, i) => {
      const last = i === cells.length - 1;
      const padded =
        columns[i]?.align === 'right' ? padStart(text, widths[i]!) : last ? text : padEnd(text, widths[i]!);
      return states[i] ? paint(padded, states[i]!, options) : padded;
    });
    return parts.join('  ').trimEnd();
  };
  const body = rows.map((row, r) => line(texts[r]!, row.map(stateOf)));
  const header = hasHeader ? [line(all[0]!, []), widths.map((width) => '─'.repeat(width)).join('  ')] : [];
  return [...(caption ? [caption] : []), ...header, ...body];
}

function cellText(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  return cell.state && cell.text === cell.state ? SIGNS[cell.state] : cell.text;
}

function stateOf(cell: Cell): State | undefined {
  return typeof cell === 'string' ? undefined : cell.state;
}

function sign(state: State, options: TerminalOptions): string {
  return paint(SIGNS[state], state, options);
}

function paint(text: string, state: State, { color }: TerminalOptions): string {
  return color ? `\u001b[${COLORS[state]}m${text}\u001b[0m` : text;
}

/** Code points; good enough for the letters that column names are made of. */
function textWidth(text: string): number {
  return [...text].length;
}

function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}
