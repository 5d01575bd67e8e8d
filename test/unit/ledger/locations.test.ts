import { expect, test } from 'vitest';
import { isArtifactPath, isPortable, Locations } from '../../../src/ledger/locations.ts';

const locations = new Locations('/tmp/a/mlruns/');

test('a place below the root is the same on every machine, and a URI stays what it is', () => {
  for (const [local, portable] of [
    ['/tmp/a/mlruns/1/models/m-1/artifacts', 'mlops-ledger:/1/models/m-1/artifacts'],
    ['/tmp/a/mlruns', 'mlops-ledger:/'],
    ['s3://bucket/models', 's3://bucket/models'],
    ['', ''],
  ] as const) {
    expect(locations.toPortable(local)).toBe(portable);
    expect(isPortable(portable)).toBe(true);
    expect(locations.toLocal(portable)).toBe(local);
  }
  expect(locations.relative('/tmp/a/mlruns2/x')).toBeUndefined();
});

test('a folder of this machine alone is refused', () => {
  expect(() => locations.toPortable('/home/ada/model')).toThrow(
    expect.objectContaining({ code: 'ARTIFACT_LOCATION_UNSUPPORTED' }),
  );
  for (const place of ['/etc', 'file:///etc', 'mlops-ledger:/../x', 'mlops-ledger:/a/./b', 'C:\\x', 'relative']) {
    expect([place, isPortable(place)]).toEqual([place, false]);
  }
});

test('only paths in their normal form below the artifacts are taken from the branch', () => {
  expect(['a', 'a/b c', 'ü/日本'].map(isArtifactPath)).toEqual([true, true, true]);
  expect(['', '/a', 'a/', 'a//b', './a', '../a', 'a\\b', 'C:x'].map(isArtifactPath)).toEqual(Array(8).fill(false));
});
