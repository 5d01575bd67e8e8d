import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partsOf, transferSettings } from '../../../src/tracking/artifacts/transfer-settings.ts';
import { runs } from '../../tools/effort.ts';

const MIB = 2 ** 20;

describe('transfers past the server', () => {
  test('are on for files from 100 MiB on, and follow MLflow’s variables', () => {
    expect(transferSettings({})).toEqual({
      ...{ upload: true, download: true, uploadFrom: 100 * MIB, downloadFrom: 100 * MIB },
      ...{ uploadPart: 10 * MIB, downloadPart: 16 * MIB },
    });
    const environment = {
      MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: 'False',
      MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: '1',
      MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: '7',
      // Object stores refuse parts below 5 MiB.
      MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE: '1000',
      MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE: ' 1000 ',
    };
    expect(transferSettings(environment)).toEqual({
      ...{ upload: false, download: true, uploadFrom: 7, downloadFrom: 100 * MIB },
      ...{ uploadPart: 5 * MIB, downloadPart: 1000 },
    });
  });

  test('are refused with all that is wrong in the variables', () => {
    const environment = {
      MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: 'yes',
      MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE: '10MB',
    };
    expect(() => transferSettings(environment)).toThrow(
      expect.objectContaining({
        code: 'INPUT_INVALID',
        faults: [
          'the environment variable MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD is "yes", expected true or false',
          'the environment variable MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE is "10MB", expected a number of bytes',
        ],
      }),
    );
  });

  test('have parts that cover the file once, at most 10,000, all but the last of one size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 12 }), fc.integer({ min: 10 ** 5, max: 10 ** 9 }), (size, bytes) => {
        const parts = partsOf(size, bytes);
        expect(parts.length).toBeLessThanOrEqual(10_000);
        expect([parts[0]!.start, parts.at(-1)!.end]).toEqual([0, size]);
        const [first] = parts;
        for (const [i, { start, end }] of parts.entries()) {
          if (i > 0 && start !== parts[i - 1]!.end) expect.fail(`part ${i} does not follow the one before it`);
          if (i < parts.length - 1 && end - start !== first!.end) expect.fail(`part ${i} is of another size`);
        }
        expect(first!.end).toBeGreaterThanOrEqual(Math.min(size, bytes));
      }),
      { numRuns: runs(50) },
    );
  });
});
