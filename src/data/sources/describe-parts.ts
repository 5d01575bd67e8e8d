import { createHash } from 'node:crypto';
import type { Part } from './part.ts';

/** Objects that are named one by one; MLflow keeps 65,535 characters. */
const MOST = 100;

/**
 * What MLflow is told of where a table came from: the URIs, of objects in S3 the states that were read, and of Delta tables the
 * versions.
 */
export function describeParts(sources: readonly string[], parts: readonly Part[]): Record<string, unknown> {
  const tables = parts.flatMap(deltaTable);
  return {
    uri: sources.join('\n'),
    ...tables[0],
    ...(tables.length > 1 ? { tables } : {}),
    ...objectStates(parts),
  };
}

function objectStates(parts: readonly Part[]): Record<string, unknown> {
  const objects = parts
    .filter((part) => part.kind === 's3')
    .map(({ name, etag, version }) => ({ uri: name, etag, ...(version === undefined ? {} : { version_id: version }) }));
  if (objects.length === 0) return {};
  if (objects.length <= MOST) return { objects };
  const digest = createHash('sha256').update(JSON.stringify(objects)).digest('hex');
  return { objects: objects.slice(0, MOST), object_count: objects.length, objects_digest: digest };
}

/** As MLflow's source of type `delta_table` names them. */
function deltaTable(part: Part): Record<string, unknown>[] {
  if (part.kind !== 'databricks' || !part.statement.table) return [];
  const version = part.version === undefined ? {} : { delta_table_version: Number(part.version) };
  return [{ delta_table_name: part.statement.table.join('.'), ...version }];
}
