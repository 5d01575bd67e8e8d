import type { Statement } from '../databricks/parse-uri.ts';

/** One file, object or table of a source. Plain data: it can be handed to a worker. */
export type Part = FilePart | ObjectPart | SqlitePart | DatabricksPart;

interface Named {
  /** For messages and for naming outputs: the path or URI. */
  readonly name: string;
}

/** A CSV, Parquet or NDJSON file of this machine. */
export interface FilePart extends Named {
  readonly kind: 'file';
  readonly path: string;
  readonly bytes: number;
}

/** A CSV, Parquet or NDJSON object in S3, in the state in which it was found: it is read in no other. */
export interface ObjectPart extends Named {
  readonly kind: 's3';
  readonly bucket: string;
  readonly key: string;
  readonly bytes: number;
  /** In quotes, as the server writes it. */
  readonly etag: string;
  /** Of a bucket that keeps versions; known once the object itself was looked at. */
  readonly version?: string;
}

export interface SqlitePart extends Named {
  readonly kind: 'sqlite';
  readonly path: string;
  readonly query: string;
}

export interface DatabricksPart extends Named {
  readonly kind: 'databricks';
  readonly statement: Statement;
  /** Of a Delta table; known once it was read. */
  readonly version?: string;
}
