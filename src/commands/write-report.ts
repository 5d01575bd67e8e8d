import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ReportDocument } from '../reports/document.ts';
import type { CommandContext } from './context.ts';

/** Writes a report as one HTML file and returns its path as it was given. */
export async function writeHtmlReport(
  context: CommandContext,
  path: string,
  document: ReportDocument,
): Promise<string> {
  const { renderHtml } = await import('../reports/html/render.ts');
  return writeWhole(context, path, await renderHtml(document));
}

export function writeJson(context: CommandContext, path: string, value: unknown): Promise<string> {
  return writeWhole(context, path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Under a temporary name, then renamed: a reader sees the old file or the new one. */
async function writeWhole(context: CommandContext, path: string, text: string): Promise<string> {
  const full = resolve(context.cwd, path);
  await mkdir(dirname(full), { recursive: true });
  const temporary = `${full}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, full);
  return path;
}
