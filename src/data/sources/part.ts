/** One file, object or table of a source. Plain data: it can be handed to a worker. */
export type Part = FilePart | ObjectPart | SqlitePart | DatabricksPart;

interface Named {
  /** For messages and for naming outputs: the path or URI. */
  readonly name: string;
}

/** A CSV file of this machine. */
export interface FilePart extends Named {
  readonly kind: 'file';
  readonly path: string;
  readonly bytes: number;
}

/** A CSV object in S3. */
export interface ObjectPart extends Named {
  readonly kind: 's3';
  readonly bucket: string;
  readonly key: string;
  readonly bytes: number;
}

export interface SqlitePart extends Named {
  readonly kind: 'sqlite';
  readonly path: string;
  readonly query: string;
}

export interface DatabricksPart extends Named {
  readonly kind: 'databricks';
  readonly query: string;
}
