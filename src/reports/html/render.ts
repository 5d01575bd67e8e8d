import type { Block, Cell, ChartBlock, Fact, ReportDocument, Section, State, TableBlock } from '../document.ts';
import { escapeHtml } from './escape.ts';
import { STYLE } from './style.ts';

const SIGNS: Readonly<Record<State, string>> = { pass: '✓', warn: '!', fail: '✗', info: 'i' };
const WORDS: Readonly<Record<State, string>> = { pass: 'passed', warn: 'warning', fail: 'failed', info: 'information' };

type Draw = (chart: ChartBlock['chart']) => string;

/** A report as one HTML file that needs nothing else: no script, no request. */
export async function renderHtml(document: ReportDocument): Promise<string> {
  const draw: Draw = document.sections.some(({ blocks }) => blocks.some(({ kind }) => kind === 'chart'))
    ? (await import('./chart.ts')).chartSvg
    : () => '';
  const { title, verdict, lead, facts = [], sections, footer = [] } = document;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`,
    `<title>${escapeHtml(title)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${escapeHtml(title)}</h1>`,
    ...(verdict
      ? [
          `<div class="verdict ${verdict.state}">${signHtml(verdict.state)}<span>${escapeHtml(verdict.text)}</span></div>`,
        ]
      : []),
    ...(lead ? [`<p class="lead">${escapeHtml(lead)}</p>`] : []),
    ...(facts.length > 0 ? [`<dl class="facts">${facts.map(factHtml).join('')}</dl>`] : []),
    ...sections.map((section) => sectionHtml(section, draw)),
    ...(footer.length > 0 ? [`<footer>${footer.map((line) => `<p>${escapeHtml(line)}</p>`).join('')}</footer>`] : []),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function signHtml(state: State): string {
  return `<span role="img" aria-label="${WORDS[state]}">${SIGNS[state]}</span>`;
}

function factHtml({ label, value, note, state }: Fact): string {
  const text = state ? `<span class="${state}">${escapeHtml(value)}</span>` : escapeHtml(value);
  return `<div class="fact"><dt>${escapeHtml(label)}</dt><dd>${text}</dd>${note ? `<dd class="note">${escapeHtml(note)}</dd>` : ''}</div>`;
}

function sectionHtml({ title, collapsed, blocks }: Section, draw: Draw): string {
  const body = blocks.map((block, i) => blockHtml(block, draw, `${title}, ${i + 1}`)).join('\n');
  if (collapsed) return `<details><summary>${escapeHtml(title)}</summary>\n${body}\n</details>`;
  return `<section><h2>${escapeHtml(title)}</h2>\n${body}\n</section>`;
}

/** @param label names the block where its own words do not, for readers who hear the page */
function blockHtml(block: Block, draw: Draw, label: string): string {
  switch (block.kind) {
    case 'text':
      return `<p>${block.state ? `<span class="${block.state}">${signHtml(block.state)}</span> ` : ''}${escapeHtml(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;
    case 'code':
      return `<pre tabindex="0">${escapeHtml(block.text)}</pre>`;
    case 'table':
      return tableHtml(block, label);
    case 'chart':
      return chartHtml(block, draw);
  }
}

function chartHtml({ title, description, chart }: ChartBlock, draw: Draw): string {
  const svg = draw(chart).replace('<svg ', `<svg role="img" aria-label="${escapeHtml(description)}" `);
  return `<figure><figcaption>${escapeHtml(title)}</figcaption><p>${escapeHtml(description)}</p>${svg}</figure>`;
}

function tableHtml({ caption, columns, rows }: TableBlock, label: string): string {
  const side = (i: number): string => (columns[i]?.align === 'right' ? ' class="right"' : '');
  const head = columns.map(({ label }, i) =>
    label === '' ? `<td${side(i)}></td>` : `<th scope="col"${side(i)}>${escapeHtml(label)}</th>`,
  );
  const body = rows.map((row) => `<tr>${row.map((cell, i) => `<td${side(i)}>${cellHtml(cell)}</td>`).join('')}</tr>`);
  // Wide tables scroll by themselves, by keyboard too.
  return `<div class="table" tabindex="0" role="region" aria-label="${escapeHtml(caption ?? label)}"><table>${caption ? `<caption>${escapeHtml(caption)}</caption>` : ''}<thead><tr>${head.join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

function cellHtml(cell: Cell): string {
  if (typeof cell === 'string') return escapeHtml(cell);
  const { text, state, code, href } = cell;
  let html = code ? `<code>${escapeHtml(text)}</code>` : escapeHtml(text);
  if (state && text === state) html = signHtml(state);
  if (href && /^https?:\/\//.test(href)) html = `<a href="${escapeHtml(href)}">${html}</a>`;
  return state ? `<span class="${state}">${html}</span>` : html;
}
