import { expect, test } from 'vitest';
import { holdsSecret, Redactor } from '../../../src/errors/redact.ts';

test('secrets are hidden as they are, in URLs, in Base64 and line by line', () => {
  const redactor = new Redactor();
  redactor.add('p@ss word');
  redactor.add('-----KEY-----\nabcdef');
  redactor.add('abc');
  const base64 = Buffer.from('p@ss word').toString('base64');
  expect(redactor.redact(`p@ss word, p%40ss%20word, ${base64}, abcdef, abc`)).toBe('***, ***, ***, ***, abc');
});

test('places and names are no secrets, logins and everything else are', () => {
  const asked: [string, string][] = [
    ['AWS_REGION', 'eu-central-1'],
    ['DATABRICKS_HOST', 'adb-1.azuredatabricks.net'],
    ['DATABRICKS_CLIENT_ID', '0000-1111'],
    ['AWS_ENDPOINT_URL_S3', 'https://s3.example.org'],
    ['MLFLOW_TRACKING_SERVER_CERT_PATH', '/etc/ca.pem'],
    ['AWS_ENDPOINT_URL', 'https://ada:secret@s3.example.org'],
    ['HTTPS_PROXY', 'http://proxy:8080'],
    ['AWS_SECRET_ACCESS_KEY', 'x'],
    ['DATABRICKS_TOKEN', 'x'],
    ['ACTIONS_ID_TOKEN_REQUEST_URL', 'https://x'],
  ];
  expect(asked.filter(([name, value]) => !holdsSecret(name, value)).map(([name]) => name)).toEqual(
    asked.slice(0, 5).map(([name]) => name),
  );
});
