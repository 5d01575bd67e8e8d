import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Published, Sink, WriteCondition } from '../../src/data/sinks/sink.ts';
import { failure } from '../unit/data/read-text.ts';

export interface OpenedSink {
  readonly sink: Sink;
  /** Names of all that is there, also of what is hidden or under way. */
  readonly names: () => Promise<string[]>;
}

async function put(sink: Sink, name: string, text: string | Buffer, condition?: WriteCondition): Promise<Published> {
  const file = await sink.create(name, condition);
  await file.write(Buffer.from(text));
  return file.publish();
}

/** What every sink does, whichever place it writes to. */
export function sinkContract(name: string, open: () => Promise<OpenedSink>): void {
  describe(name, () => {
    test('a file appears under its name whole, and in place of the one before', async () => {
      const { sink, names } = await open();
      expect([await sink.stateOf('a.csv'), await sink.read('a.csv')]).toEqual([undefined, undefined]);
      const file = await sink.create('a.csv');
      await file.write(Buffer.from('x\n'));
      expect(await sink.stateOf('a.csv')).toBeUndefined();
      await file.write(Buffer.from('1\n'));
      const first = await file.publish();
      expect([first.uri, first.bytes, first.sha256]).toEqual([
        ...[sink.uriOf('a.csv'), 4, createHash('sha256').update('x\n1\n').digest('hex')],
      ]);
      expect(await sink.read('a.csv')).toEqual({ bytes: Buffer.from('x\n1\n'), state: first.state });
      const second = await put(sink, 'a.csv', 'x\n2\n');
      expect(second.state).not.toBe(first.state);
      expect([await sink.stateOf('a.csv'), (await sink.read('a.csv'))!.bytes.toString()]).toEqual([
        ...[second.state, 'x\n2\n'],
      ]);
      await put(sink, 'below/ü b.csv', '');
      expect(await names()).toEqual(['a.csv', 'below/ü b.csv']);
      await sink.remove('a.csv');
      await sink.remove('never-there.csv');
      expect(await names()).toEqual(['below/ü b.csv']);
      await sink.close();
    });

    test('nothing is left of a file that is discarded, small or large', async () => {
      const { sink, names } = await open();
      await put(sink, 'a.csv', 'before');
      for (const size of [10, 20 * 2 ** 20]) {
        const file = await sink.create('a.csv');
        await file.write(randomBytes(size));
        await file.discard();
      }
      expect([await names(), (await sink.read('a.csv'))!.bytes.toString()]).toEqual([['a.csv'], 'before']);
      await sink.close();
    });

    test('a large file is what was written, in pieces of any size', async () => {
      const { sink } = await open();
      const bytes = randomBytes(21 * 2 ** 20 + 17);
      const file = await sink.create('large.bin');
      for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 3_000_017) {
        await file.write(bytes.subarray(at, Math.min(bytes.length, at + size)));
      }
      const published = await file.publish();
      expect([published.bytes, published.sha256]).toEqual([
        ...[bytes.length, createHash('sha256').update(bytes).digest('hex')],
      ]);
      const read = await sink.read('large.bin');
      expect([read!.bytes.equals(bytes), read!.state]).toEqual([true, published.state]);
      await sink.close();
    });

    test('where a file must not be there yet, it stays as it is; of many that try at once, one wins', async () => {
      const { sink, names } = await open();
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, i) => put(sink, 'once.json', `{"writer":${i}}`, { absent: true })),
      );
      const won = results.filter((result) => result.status === 'fulfilled');
      expect(won.length).toBe(1);
      const state = won[0]!.value.state;
      for (const result of results) {
        if (result.status === 'rejected') expect((result.reason as { code: string }).code).toBe('FILE_EXISTS');
      }
      expect(await failure(() => put(sink, 'once.json', 'other', { absent: true }))).toEqual({
        code: 'FILE_EXISTS',
        faults: [`${sink.uriOf('once.json')} is there already; remove it, or name another output`],
      });
      const large = await sink.create('once.json', { absent: true });
      await large.write(randomBytes(9 * 2 ** 20));
      expect((await failure(() => large.publish())).code).toBe('FILE_EXISTS');
      expect([await sink.stateOf('once.json'), await names()]).toEqual([state, ['once.json']]);
      await sink.close();
    });

    test('a file is replaced only in the state that it was read in, where that is asked for', async () => {
      const { sink, names } = await open();
      const first = await put(sink, 'manifest.json', '1');
      const second = await put(sink, 'manifest.json', '2', { state: first.state });
      expect(await failure(() => put(sink, 'manifest.json', '3', { state: first.state }))).toEqual({
        code: 'OUTPUT_CONFLICT',
        faults: [`${sink.uriOf('manifest.json')} was written by somebody else in the meantime; run again`],
      });
      expect((await failure(() => put(sink, 'gone.json', '3', { state: first.state }))).code).toBe('OUTPUT_CONFLICT');
      expect([await sink.stateOf('manifest.json'), await names()]).toEqual([second.state, ['manifest.json']]);
      await sink.close();
    });
  });
}
