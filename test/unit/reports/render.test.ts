import { describe, expect, test } from 'vitest';
import type { ReportDocument, Section } from '../../../src/reports/document.ts';
import { renderMarkdown } from '../../../src/reports/markdown/render.ts';
import { renderTerminal } from '../../../src/reports/terminal.ts';

const table = (rows: number): Section['blocks'][number] => ({
  kind: 'table',
  columns: [{ label: 'metric' }, { label: 'value', align: 'right' }],
  rows: Array.from({ length: rows }, (_, i) => [
    { text: `m${i}`, code: true },
    { text: String(i), state: 'pass' },
  ]),
});

const document: ReportDocument = {
  title: 'Evaluation of bikes v2',
  verdict: { state: 'pass', text: 'Passed: better than v1' },
  lead: 'On 100 rows.',
  facts: [
    { label: 'rmse', value: '72.1', note: 'v1: 75', state: 'pass' },
    { label: 'rows', value: '100' },
  ],
  sections: [
    { title: 'Against v1', blocks: [table(2), { kind: 'text', text: 'Both are right.', state: 'info' }] },
    { title: 'All metrics', collapsed: true, blocks: [table(1)] },
  ],
  footer: ['Model models:/bikes/2'],
};

describe('a report as Markdown', () => {
  test('has the verdict first, figures in a table, and closed sections closed', () => {
    expect(renderMarkdown(document, { maxBytes: 65_000 })).toBe(`## ✅ Evaluation of bikes v2

**Passed: better than v1**

On 100 rows.

| rmse | rows |
| :---: | :---: |
| ✅ **72.1**<br><sub>v1: 75</sub> | **100** |

### Against v1

| metric | value |
| --- | ---: |
| \`m0\` | ✅ 0 |
| \`m1\` | ✅ 1 |

ℹ️ Both are right.

<details>
<summary>All metrics</summary>

| metric | value |
| --- | ---: |
| \`m0\` | ✅ 0 |

</details>

<sub>Model models:/bikes/2</sub>
`);
  });

  test('leaves out whole sections where space is short, closed ones first, and says which', () => {
    const sections = Array.from({ length: 40 }, (_, i) => ({
      title: `Section ${i}`,
      collapsed: i % 2 === 1,
      blocks: [table(40)],
    }));
    for (const maxBytes of [20_000, 10_000, 2_000]) {
      const text = renderMarkdown({ ...document, sections }, { maxBytes });
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes);
      const kept = sections.filter(({ title }) => new RegExp(`(### |<summary>)${title}(\n|</summary>)`).test(text));
      const open = sections.filter((section) => !section.collapsed);
      // What is open goes only when nothing closed is left.
      if (kept.some((section) => section.collapsed)) expect(kept.filter((s) => !s.collapsed)).toEqual(open);
      for (const { title } of sections) expect(text).toContain(title);
      expect(text).toMatch(/_Left out for length: .*The HTML report has them\._\n\n<sub>Model/);
      expect(text.match(/<details>/g)?.length ?? 0).toBe(text.match(/<\/details>/g)?.length ?? 0);
    }
  });

  test('shows names that are markup as they are written', () => {
    const name = '<b>|`x`|</b> @ada #1 [a](http://b) **c** _d_ ~~e~~ <!-- f -->';
    const text = renderMarkdown(
      { title: name, sections: [{ title: name, blocks: [{ kind: 'text', text: name }] }] },
      { maxBytes: 65_000 },
    );
    expect(text).not.toMatch(/<b>|<!--|\[a\]\(|(?<!\\)\*\*c|(?<![\\`])@ada/);
  });
});

describe('a report on a terminal', () => {
  test('has its tables in columns and leaves out what is closed', () => {
    expect(renderTerminal(document, { width: 80 })).toBe(`Evaluation of bikes v2
──────────────────────
✓ Passed: better than v1
On 100 rows.

rmse  72.1  (v1: 75)
rows  100

Against v1
  metric  value
  ──────  ─────
  m0          0
  m1          1
  · Both are right.`);
  });
});
