import { basename, dirname, resolve } from 'node:path';
import type { S3Settings } from '../config/s3-settings.ts';
import { isRemote, openSink } from '../data/sinks/open-sink.ts';
import type { ReportDocument } from '../reports/document.ts';
import type { CommandContext } from './context.ts';

/** Where a report is written from. */
export type ReportContext = Pick<CommandContext, 'cwd' | 'credential' | 'signal'> & { readonly s3?: S3Settings };

/** Writes a report as one HTML file, on this machine or to `s3://bucket/key.html`, and returns its path as it was given. */
export async function writeHtmlReport(context: ReportContext, path: string, document: ReportDocument): Promise<string> {
  const { renderHtml } = await import('../reports/html/render.ts');
  return writeWhole(context, path, await renderHtml(document));
}

export function writeJson(context: ReportContext, path: string, value: unknown): Promise<string> {
  return writeWhole(context, path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Makes a report that was written here an artifact of the job; one in an object store has its place already. */
export async function uploadReport(context: CommandContext, name: string, path: string): Promise<string | undefined> {
  if (isRemote(path)) return undefined;
  const full = resolve(context.cwd, path);
  return context.forge.uploadArtifact({ name, files: [full], rootDirectory: dirname(full) });
}

/** A reader sees the old file or the new one. */
async function writeWhole(context: ReportContext, path: string, text: string): Promise<string> {
  const cut = path.lastIndexOf('/') + 1;
  const sink = await openSink(isRemote(path) ? path.slice(0, cut) : dirname(path), context);
  try {
    const file = await sink.create(isRemote(path) ? path.slice(cut) : basename(path));
    await file.write(Buffer.from(text)).catch(async (error: unknown) => {
      await file.discard();
      throw error;
    });
    await file.publish();
    return path;
  } finally {
    await sink.close();
  }
}
