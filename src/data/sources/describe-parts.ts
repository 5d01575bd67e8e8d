import { createHash } from 'node:crypto';
import type { Part } from './part.ts';

/** Objects that are named one by one; MLflow keeps 65,535 characters. */
const MOST = 100;

/** What MLflow is told of where a table came from: the URIs, and of objects in S3 the states that were read. */
export function describeParts(sources: readonly string[], parts: readonly Part[]): Record<string, unknown> {
  const objects = parts
    .filter((part) => part.kind === 's3')
    .map(({ name, etag, version }) => ({ uri: name, etag, ...(version === undefined ? {} : { version_id: version }) }));
  const uri = sources.join('\n');
  if (objects.length === 0) return { uri };
  if (objects.length <= MOST) return { uri, objects };
  const digest = createHash('sha256').update(JSON.stringify(objects)).digest('hex');
  return { uri, objects: objects.slice(0, MOST), object_count: objects.length, objects_digest: digest };
}
