import { type FileHandle, open, rm } from 'node:fs/promises';
import { z } from 'zod';
import { MlopsError } from '../../errors/mlops-error.ts';
import { Refusal } from '../rest/refusal.ts';
import type { RestClient } from '../rest/rest-client.ts';
import type { SignedUrl } from '../rest/signed-transfers.ts';
import { nothing } from '../rest/wire.ts';
import { inParallel } from './in-parallel.ts';
import { type LocalFile, TRANSFERS_AT_ONCE } from './local-files.ts';
import { partsOf, type TransferSettings } from './transfer-settings.ts';

const signedUrl = z.object({ url: z.string(), headers: z.record(z.string(), z.string()).default({}) });
const created = z.object({
  upload_id: z.string().default(''),
  credentials: z.array(signedUrl.extend({ part_number: z.int() })),
});

/**
 * Large files straight between this machine and the object store behind an MLflow server: in parts beside one another, by addresses
 * that the server signs. A server without such a store, an older one, and a store that only the server can reach are found out once, and
 * everything goes through the server from then on.
 */
export class DirectArtifacts {
  readonly #client: RestClient;
  readonly #settings: TransferSettings;
  #uploads: boolean;
  #downloads: boolean;

  constructor(client: RestClient, settings: TransferSettings) {
    this.#client = client;
    this.#settings = settings;
    this.#uploads = settings.upload;
    this.#downloads = settings.download;
  }

  isLargeUpload(size: number): boolean {
    return this.#uploads && size > 0 && size >= this.#settings.uploadFrom;
  }

  isLargeDownload(size: number): boolean {
    return this.#downloads && size > 0 && size >= this.#settings.downloadFrom;
  }

  /**
   * Sends a file to a path below all that the server serves; it is there when all its parts are.
   *
   * @returns false when it has to go through the server; nothing of it is left in the store then
   */
  async upload({ local, size }: LocalFile, path: string): Promise<boolean> {
    const [folder, name] = splitPath(path);
    if (folder === '' || !this.#uploads) return false;
    const parts = partsOf(size, this.#settings.uploadPart);
    const begun = await this.#begin(folder, name, parts.length);
    if (!begun) return false;
    const upload = { path: name, upload_id: begun.upload_id };
    try {
      const sent = await withFile(local, 'r', (file) =>
        inParallel(begun.credentials, TRANSFERS_AT_ONCE, async ({ part_number, ...signed }) => {
          const bytes = await readPart(file, parts[part_number - 1]!, local);
          return { part_number, etag: await this.#client.signed.put(signed, bytes), url: signed.url };
        }),
      );
      // Not sent twice: the second would find no upload any more.
      await this.#client.send('POST', address('mpu/complete', folder), { ...upload, parts: sent }, nothing, {
        repeatable: false,
      });
      return true;
    } catch (error) {
      const options = { repeatable: true, evenIfStopped: true };
      // A better error is on its way.
      await this.#client.send('POST', address('mpu/abort', folder), upload, nothing, options).catch(() => undefined);
      if (!isOfStore(error)) throw error;
      this.#uploads = false;
      return false;
    }
  }

  /**
   * Writes a file of `size` bytes to a place that is free.
   *
   * @returns false when it has to come through the server; the place is free then
   * @throws STORE_UNREACHABLE when it changed in the meantime
   */
  async download(path: string, size: number, place: string): Promise<boolean> {
    if (!this.#downloads) return false;
    const source = new SignedSource(() =>
      this.#client.get(address('presigned', path), {}, signedUrl.extend({ file_size: z.number().nullish() })),
    );
    try {
      await source.renew();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (isUnknown(error)) this.#downloads = false;
      // Whatever else it is, the server says it again when it is asked for the file itself.
      return false;
    }
    try {
      await withFile(place, 'wx', async (file) => {
        const [first, ...others] = partsOf(size, this.#settings.downloadPart);
        const bring = async (part: typeof first & {}, etag?: string): Promise<string | undefined> => {
          const got = await source.use((signed) => this.#client.signed.get(signed, part, etag));
          if (got.size !== size) throw changed(path);
          await file.write(got.bytes, 0, got.bytes.length, part.start);
          return got.etag;
        };
        // All others are of the state that the first one is of.
        const etag = await bring(first!);
        await inParallel(others, TRANSFERS_AT_ONCE, (part) => bring(part, etag));
      });
      return true;
    } catch (error) {
      await rm(place, { force: true });
      if (error instanceof Refusal && (error.status === 412 || error.status === 416)) throw changed(path);
      if (!isOfStore(error)) throw error;
      this.#downloads = false;
      return false;
    }
  }

  async #begin(folder: string, name: string, num_parts: number): Promise<z.output<typeof created> | undefined> {
    try {
      const begun = await this.#client.send(
        ...(['POST', address('mpu/create', folder), { path: name, num_parts }, created] as const),
        // At worst an upload without parts is left.
        { repeatable: true },
      );
      const numbers = begun.credentials.map(({ part_number }) => part_number).sort((a, b) => a - b);
      if (numbers.length === num_parts && numbers.every((number, i) => number === i + 1)) return begun;
      throw new MlopsError(
        'STORE_UNREACHABLE',
        `${this.#client.url} was asked for ${num_parts} parts of "${name}" and gives addresses for ${numbers.length}`,
      );
    } catch (error) {
      if (!isUnknown(error)) throw error;
      this.#uploads = false;
      return undefined;
    }
  }
}

/** The address of one object, signed anew when it is no longer taken. */
class SignedSource {
  readonly #sign: () => Promise<SignedUrl>;
  #current!: Promise<SignedUrl>;

  constructor(sign: () => Promise<SignedUrl>) {
    this.#sign = sign;
  }

  async renew(): Promise<void> {
    this.#current = this.#sign();
    await this.#current;
  }

  async use<T>(work: (signed: SignedUrl) => Promise<T>): Promise<T> {
    const current = this.#current;
    try {
      return await work(await current);
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 403) throw error;
      // Others may have had it signed already.
      if (this.#current === current) await this.renew();
      return work(await this.#current);
    }
  }
}

/** A server that does not know the way, or whose artifacts are in no object store. */
function isUnknown(error: unknown): boolean {
  if (!(error instanceof Refusal)) return false;
  return error.status === 501 || error.status === 405 || (error.status === 404 && error.errorCode === '');
}

/** Whether the object store is not reached or refuses; what the server itself says has a code of MLflow. */
function isOfStore(error: unknown): boolean {
  if (error instanceof Refusal) return error.errorCode === '';
  return error instanceof MlopsError && error.code === 'STORE_UNREACHABLE';
}

async function withFile<T>(path: string, flags: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

async function readPart(file: FileHandle, { start, end }: { start: number; end: number }, name: string) {
  const bytes = Buffer.allocUnsafe(end - start);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
  if (bytesRead === bytes.length) return bytes;
  throw new MlopsError('DATA_CHANGED', `${name} changed while it was read; run again when nothing writes to it`);
}

function changed(path: string): MlopsError {
  return new MlopsError('STORE_UNREACHABLE', `"${path}" changed in the object store while it was read; run again`);
}

function splitPath(path: string): [string, string] {
  const at = path.lastIndexOf('/');
  return [path.slice(0, Math.max(0, at)), path.slice(at + 1)];
}

function address(what: string, path: string): string {
  return `mlflow-artifacts/${what}/${path.split('/').map(encodeURIComponent).join('/')}`;
}
