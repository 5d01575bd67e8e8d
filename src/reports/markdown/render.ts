import type { Block, Cell, Fact, ReportDocument, Section, State, TableBlock } from '../document.ts';
import { codeBlock, codeSpan, escapeMarkdown } from './escape.ts';
import { mermaidChart } from './mermaid.ts';

const SIGNS: Readonly<Record<State, string>> = { pass: '✅', warn: '⚠️', fail: '❌', info: 'ℹ️' };
/** Tables in a comment are for reading; the HTML report has all rows. */
const MOST_ROWS = 50;

/**
 * A report as GitHub Markdown of at most `maxBytes` bytes. What does not fit is left out by whole sections, closed ones first, and
 * named at the end; nothing is cut in the middle.
 */
export function renderMarkdown(document: ReportDocument, options: { maxBytes: number }): string {
  const head = headText(document);
  const parts = document.sections.map((section) => ({ section, text: sectionText(section) }));
  const foot = (document.footer ?? []).map((line) => `<sub>${escapeMarkdown(line)}</sub>`).join('<br>\n');
  const kept = new Set(parts.keys());
  const assemble = (): string => {
    const left = parts.filter((_, i) => !kept.has(i)).map(({ section }) => escapeMarkdown(section.title));
    const note = left.length > 0 ? [`_Left out for length: ${left.join(', ')}. The HTML report has them._`] : [];
    return `${[head, ...parts.filter((_, i) => kept.has(i)).map(({ text }) => text), ...note, foot].filter((text) => text !== '').join('\n\n')}\n`;
  };
  const closedFirst = [...parts.keys()].sort((a, b) => {
    const closed = (i: number): number => (parts[i]!.section.collapsed ? 0 : 1);
    return closed(a) - closed(b) || b - a;
  });
  for (const i of closedFirst) {
    if (Buffer.byteLength(assemble()) <= options.maxBytes) break;
    kept.delete(i);
  }
  return assemble();
}

function headText({ title, verdict, lead, facts = [] }: ReportDocument): string {
  const parts = [`## ${verdict ? `${SIGNS[verdict.state]} ` : ''}${escapeMarkdown(title)}`];
  if (verdict) parts.push(`**${escapeMarkdown(verdict.text)}**`);
  if (lead) parts.push(escapeMarkdown(lead));
  if (facts.length > 0) parts.push(factsTable(facts));
  return parts.join('\n\n');
}

function factsTable(facts: readonly Fact[]): string {
  const value = ({ value: text, note, state }: Fact): string =>
    `${state ? `${SIGNS[state]} ` : ''}**${escapeMarkdown(text)}**${note ? `<br><sub>${escapeMarkdown(note)}</sub>` : ''}`;
  return [
    `| ${facts.map(({ label }) => escapeMarkdown(label)).join(' | ')} |`,
    `|${facts.map(() => ' :---: ').join('|')}|`,
    `| ${facts.map(value).join(' | ')} |`,
  ].join('\n');
}

function sectionText({ title, collapsed, blocks }: Section): string {
  const body = blocks
    .map(blockText)
    .filter((text) => text !== '')
    .join('\n\n');
  if (collapsed) return `<details>\n<summary>${escapeMarkdown(title)}</summary>\n\n${body}\n\n</details>`;
  return `### ${escapeMarkdown(title)}\n\n${body}`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `${block.state ? `${SIGNS[block.state]} ` : ''}${escapeMarkdown(block.text)}`;
    case 'list':
      return block.items.map((item) => `- ${escapeMarkdown(item)}`).join('\n');
    case 'code':
      return codeBlock(block.text);
    case 'table':
      return tableText(block);
    case 'chart':
      return [mermaidChart(block.title, block.chart), `<sub>${escapeMarkdown(block.description)}</sub>`]
        .filter((text) => text !== undefined)
        .join('\n\n');
  }
}

function tableText({ caption, columns, rows }: TableBlock): string {
  const shown = rows.slice(0, MOST_ROWS);
  const more = rows.length > MOST_ROWS ? [`<sub>${rows.length - MOST_ROWS} more rows in the HTML report</sub>`] : [];
  const table = [
    `| ${columns.map(({ label }) => escapeMarkdown(label) || ' ').join(' | ')} |`,
    `|${columns.map(({ align }) => (align === 'right' ? ' ---: ' : ' --- ')).join('|')}|`,
    ...shown.map((row) => `| ${row.map(cellText).join(' | ')} |`),
  ].join('\n');
  return [...(caption ? [`**${escapeMarkdown(caption)}**`] : []), table, ...more].join('\n\n');
}

function cellText(cell: Cell): string {
  if (typeof cell === 'string') return escapeMarkdown(cell);
  const sign = cell.state ? SIGNS[cell.state] : '';
  if (cell.state !== undefined && cell.text === cell.state) return sign;
  const text = cell.code ? codeSpan(cell.text) : escapeMarkdown(cell.text);
  const linked = cell.href ? `[${text}](${encodeURI(cell.href)})` : text;
  return sign ? `${sign} ${linked}` : linked;
}
