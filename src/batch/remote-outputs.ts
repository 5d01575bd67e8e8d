import { createReadStream } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { conflict } from '../data/sinks/folder-sink.ts';
import type { Sink, WriteCondition } from '../data/sinks/sink.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { MANIFEST_NAME, type ManifestEntry } from './manifest.ts';
import type { OutputName } from './output-names.ts';

/** States of what was sent, as they are kept in the manifest. */
export type SentStates = Pick<ManifestEntry, 'outputState' | 'rejectedState'>;

/** Sends files of a folder to where they are to be, each when it is done, and the manifest behind them. */
export class RemoteOutputs {
  readonly #sink: Sink;
  readonly #folder: string;
  /** Of the manifest that was read or written last. */
  #manifest: WriteCondition = { absent: true };

  private constructor(sink: Sink, folder: string) {
    this.#sink = sink;
    this.#folder = folder;
  }

  /** Fetches the manifest of earlier runs into the folder. */
  static async open(sink: Sink, folder: string): Promise<RemoteOutputs> {
    const outputs = new RemoteOutputs(sink, folder);
    // Without one every input is scored again, and what stands in the table is not appended twice.
    const manifest = sink.keepsTables ? undefined : await sink.read(MANIFEST_NAME);
    await mkdir(folder, { recursive: true });
    if (!manifest) return outputs;
    await writeFile(join(folder, MANIFEST_NAME), manifest.bytes);
    outputs.#manifest = { state: manifest.state };
    return outputs;
  }

  uriOf(name: string): string {
    return this.#sink.uriOf(name);
  }

  /** Whether what was sent earlier is there as it was. */
  async stand({ output, outputState, rejected, rejectedState }: ManifestEntry): Promise<boolean> {
    if (outputState === undefined || (await this.#sink.stateOf(output)) !== outputState) return false;
    return rejected === undefined || (await this.#sink.stateOf(rejected)) === rejectedState;
  }

  /** Sends what was written for an input; the rejects first: where predictions stand, they stand beside them. */
  async send({ output, rejected }: OutputName, anyRejected: boolean): Promise<SentStates> {
    const rejectedState = anyRejected ? await this.#sendFile(rejected) : undefined;
    // Of an earlier state of the input.
    if (!anyRejected) await this.#sink.remove(rejected);
    const outputState = await this.#sendFile(output);
    return { outputState, ...(rejectedState === undefined ? {} : { rejectedState }) };
  }

  /** @throws OUTPUT_CONFLICT when another run has written its own in the meantime */
  async sendManifest(): Promise<void> {
    if (this.#sink.keepsTables) return;
    const file = await this.#sink.create(MANIFEST_NAME, this.#manifest);
    await file.write(await readFile(join(this.#folder, MANIFEST_NAME)));
    const published = await file.publish().catch((error: unknown) => {
      // There was none when the run began.
      if (error instanceof MlopsError && error.code === 'FILE_EXISTS') throw conflict(this.uriOf(MANIFEST_NAME), error);
      throw error;
    });
    this.#manifest = { state: published.state };
  }

  async #sendFile(name: string): Promise<string> {
    const path = join(this.#folder, name);
    const file = await this.#sink.create(name);
    try {
      for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) await file.write(chunk as Buffer);
    } catch (error) {
      await file.discard();
      throw error;
    }
    const { state } = await file.publish();
    await rm(path);
    return state;
  }
}
