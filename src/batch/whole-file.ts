import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';

/** A file that appears under its name whole or not at all. */
export class WholeFile {
  readonly #temporary: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');

  private constructor(temporary: string, handle: FileHandle) {
    this.#temporary = temporary;
    this.#handle = handle;
  }

  /** @param temporary in the folder of the file to be */
  static async create(temporary: string): Promise<WholeFile> {
    return new WholeFile(temporary, await open(temporary, 'w'));
  }

  async write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    this.#hash.update(bytes);
    await this.#handle.appendFile(bytes);
  }

  /** @returns SHA-256 of the content */
  async publish(path: string): Promise<string> {
    await this.#handle.close();
    await rename(this.#temporary, path);
    return this.#hash.digest('hex');
  }

  async discard(): Promise<void> {
    await this.#handle.close();
    await rm(this.#temporary, { force: true });
  }
}

/** Writes a file with `write`; when that fails, nothing is left of it. @returns SHA-256 of the content */
export async function writeWhole(
  path: string,
  temporary: string,
  write: (file: WholeFile) => Promise<void>,
): Promise<string> {
  const file = await WholeFile.create(temporary);
  try {
    await write(file);
    return await file.publish(path);
  } catch (error) {
    await file.discard();
    throw error;
  }
}
