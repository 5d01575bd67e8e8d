/**
 * Where files of results go: a folder of this machine, or a prefix of an object store. A file appears under its name whole or not
 * at all, whatever happens while it is written.
 */
export interface Sink {
  /** For messages: the folder or URI. */
  readonly name: string;
  /** Only files of rows can be put there, which become rows of a table and cannot be read back as files. */
  readonly keepsTables?: true;
  /** Path or URI of the file of that name. */
  uriOf(name: string): string;
  /** Begins a file. @throws what the place refuses, at the latest when it is published */
  create(name: string, condition?: WriteCondition): Promise<SinkFile>;
  /** The state of what stands there; undefined: nothing does. */
  stateOf(name: string): Promise<string | undefined>;
  /** Its content with its state; undefined: nothing stands there. */
  read(name: string): Promise<StoredFile | undefined>;
  /** Removes what stands there, if anything does. */
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

/** `absent`: only where nothing stands. `state`: only over what has that state. Neither: over whatever stands there. */
export type WriteCondition = { readonly absent: true } | { readonly state: string };

export interface StoredFile {
  readonly bytes: Buffer;
  readonly state: string;
}

export interface SinkFile {
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Makes the file appear.
   *
   * @throws FILE_EXISTS · OUTPUT_CONFLICT when the condition does not hold; nothing is left of the file then
   */
  publish(): Promise<Published>;
  /** Leaves nothing of a file that was not published. */
  discard(): Promise<void>;
}

export interface Published {
  readonly uri: string;
  readonly bytes: number;
  readonly sha256: string;
  /** What tells this content from any other that may come to stand there. */
  readonly state: string;
  /** Of a store that keeps versions. */
  readonly version?: string;
}
