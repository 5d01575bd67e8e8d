import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { Published, Sink, SinkFile, StoredFile, WriteCondition } from './sink.ts';

/** A folder of this machine, made when it is not there. Files are written beside their name and renamed. */
export function openFolder(folder: string): Sink {
  const pathOf = (name: string): string => join(folder, name);
  const read = async (name: string): Promise<StoredFile | undefined> => {
    try {
      const bytes = await readFile(pathOf(name));
      return { bytes, state: createHash('sha256').update(bytes).digest('hex') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return undefined;
    }
  };
  return {
    name: folder,
    uriOf: pathOf,
    read,
    stateOf: async (name) => (await read(name))?.state,
    create: (name, condition) => FolderFile.create(pathOf(name), async () => (await read(name))?.state, condition),
    remove: (name) => rm(pathOf(name), { force: true }),
    close: async () => undefined,
  };
}

class FolderFile implements SinkFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #handle: Awaited<ReturnType<typeof open>>;
  readonly #state: () => Promise<string | undefined>;
  readonly #condition: WriteCondition | undefined;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  private constructor(
    path: string,
    temporary: string,
    handle: Awaited<ReturnType<typeof open>>,
    state: () => Promise<string | undefined>,
    condition: WriteCondition | undefined,
  ) {
    this.#path = path;
    this.#temporary = temporary;
    this.#handle = handle;
    this.#state = state;
    this.#condition = condition;
  }

  static async create(
    path: string,
    state: () => Promise<string | undefined>,
    condition?: WriteCondition,
  ): Promise<FolderFile> {
    await mkdir(dirname(path), { recursive: true });
    const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
    return new FolderFile(path, temporary, await open(temporary, 'wx'), state, condition);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    await this.#handle.appendFile(bytes);
  }

  async publish(): Promise<Published> {
    try {
      await this.#handle.sync();
      await this.#handle.close();
      await this.#appear();
    } catch (error) {
      await this.discard();
      throw error;
    }
    const sha256 = this.#hash.digest('hex');
    return { uri: this.#path, bytes: this.#bytes, sha256, state: sha256 };
  }

  async #appear(): Promise<void> {
    const condition = this.#condition;
    if (condition && 'absent' in condition) {
      try {
        // Unlike renaming, it fails where a file is, also when that came a moment ago.
        await link(this.#temporary, this.#path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        throw new MlopsError('FILE_EXISTS', `${this.#path} is there already; remove it, or name another output`, {
          cause: error,
        });
      }
      await rm(this.#temporary);
      return;
    }
    if (condition && (await this.#state()) !== condition.state) throw conflict(this.#path);
    await rename(this.#temporary, this.#path);
  }

  async discard(): Promise<void> {
    // Closed already when publishing has failed.
    await this.#handle.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
  }
}

export function conflict(where: string, cause?: unknown): MlopsError {
  return new MlopsError(
    'OUTPUT_CONFLICT',
    `${where} was written by somebody else in the meantime; run again`,
    cause === undefined ? {} : { cause },
  );
}
