import { resolve } from 'node:path';
import { MlopsError } from '../../errors/mlops-error.ts';
import { placeOf, type S3Access } from '../s3/access.ts';
import { openFolder } from './folder-sink.ts';
import type { Sink } from './sink.ts';

export interface SinkAccess extends S3Access {
  readonly cwd: string;
}

/** Whether the output is no folder of this machine. */
export function isRemote(output: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//.test(output);
}

/** @throws INPUT_INVALID for a form that is not known */
export async function openSink(output: string, access: SinkAccess): Promise<Sink> {
  if (!isRemote(output)) return openFolder(resolve(access.cwd, output));
  if (output.startsWith('databricks://')) {
    const { openTable } = await import('../databricks/table-sink.ts');
    return openTable(output, access);
  }
  const place = placeOf(output);
  if (!place) {
    throw new MlopsError(
      'INPUT_INVALID',
      `"output" is "${output}", expected a folder, s3://bucket/prefix or databricks://catalog.schema.table`,
    );
  }
  const { openPrefix } = await import('../s3/object-sink.ts');
  return openPrefix(place, access);
}
