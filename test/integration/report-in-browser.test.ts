import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportDocument } from '../../src/reports/document.ts';
import { renderHtml } from '../../src/reports/html/render.ts';
import { CHROMIUM_ARGS, chromiumPath } from '../tools/chromium.ts';
import { mlopsOutputs, workspace } from '../tools/mlops.ts';
import { describeWith } from '../tools/require-tool.ts';

const HOSTILE = '<script>window.pwned = 1</script><img src=x onerror="window.pwned = 1">" onload="window.pwned = 1';

const hostile: ReportDocument = {
  title: HOSTILE,
  verdict: { state: 'warn', text: HOSTILE },
  lead: HOSTILE,
  facts: [{ label: HOSTILE, value: HOSTILE, note: HOSTILE, state: 'fail' }],
  sections: [
    {
      title: HOSTILE,
      blocks: [
        { kind: 'text', text: HOSTILE },
        { kind: 'list', items: [HOSTILE] },
        { kind: 'code', text: HOSTILE },
        {
          kind: 'table',
          caption: HOSTILE,
          columns: [{ label: HOSTILE }],
          rows: [[{ text: HOSTILE, href: 'javascript:window.pwned = 1' }]],
        },
        {
          kind: 'chart',
          title: HOSTILE,
          description: HOSTILE,
          chart: {
            type: 'bar',
            categories: [HOSTILE],
            value: { label: HOSTILE },
            series: [{ name: HOSTILE, values: [1] }],
          },
        },
      ],
    },
  ],
  footer: [HOSTILE],
};

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

describeWith(['chromium'], 'a report in the browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: await chromiumPath(), args: [...CHROMIUM_ARGS] });
  });
  afterAll(() => browser?.close());

  /** Opens a file; what the page asked for and complained about is collected. */
  async function open(path: string, options: { width: number; dark: boolean }) {
    const context = await browser.newContext({
      viewport: { width: options.width, height: 900 },
      colorScheme: options.dark ? 'dark' : 'light',
      // For the checker alone; what the policy forbids shows as a request or a complaint.
      bypassCSP: true,
    });
    const page = await context.newPage();
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    const url = pathToFileURL(path).href;
    await page.goto(url);
    return { context, page, elsewhere: asked.filter((address) => address !== url), complaints };
  }

  async function violations(page: Page): Promise<string[]> {
    await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
    const found = (await page.evaluate('axe.run().then((result) => result.violations)')) as Violation[];
    return found.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map((node) => node.html)
          .slice(0, 3)
          .join(' ')}`,
    );
  }

  test('is readable by everyone, on a phone and a desk, by day and night, and asks nothing of the network', async () => {
    await using folder = await workspace({}, 'test/fixtures/adult');
    const cwd = folder.path;
    await mlopsOutputs(cwd, ['init', '--data', 'adult.csv', '--target', 'income', '--workflows', 'false']);
    await mlopsOutputs(cwd, ['pipeline', '--n-estimators', '10']);
    await mlopsOutputs(cwd, ['monitor', '--environment', 'staging', '--current', 'new-*.csv']);
    for (const report of ['evaluation', 'monitoring']) {
      for (const view of [
        { width: 375, dark: true },
        { width: 1280, dark: false },
      ]) {
        const { context, page, elsewhere, complaints } = await open(join(cwd, `reports/${report}.html`), view);
        for (const closed of await page.locator('details').all()) await closed.evaluate('(e) => { e.open = true; }');
        const overflow = await page.evaluate('document.scrollingElement.scrollWidth - innerWidth');
        expect({ report, view, elsewhere, complaints, overflow, violations: await violations(page) }).toEqual({
          report,
          view,
          elsewhere: [],
          complaints: [],
          overflow: 0,
          violations: [],
        });
        await context.close();
      }
    }
  });

  test('shows names that are markup as they are written', async () => {
    await using folder = await workspace({});
    const path = join(folder.path, 'hostile.html');
    await writeFile(path, await renderHtml(hostile));
    const { context, page, elsewhere } = await open(path, { width: 1280, dark: false });
    expect(await page.evaluate('[typeof window.pwned, document.scripts.length, document.images.length]')).toEqual([
      'undefined',
      0,
      0,
    ]);
    expect(await page.locator('h1').innerText()).toBe(HOSTILE);
    expect(await page.locator('a').count()).toBe(0);
    expect(elsewhere).toEqual([]);
    await context.close();
  });
});
