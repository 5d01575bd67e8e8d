import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { mustRun } from './run-program.ts';

/** What is trusted without this file, and what it added. */
const USUAL = getCACertificates('default');
const trust = new Set<string>();

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** Ends the trust in it. */
  distrust(): void;
}

/** A certificate for 127.0.0.1 that this process trusts. Needs OpenSSL: `describeWith(['openssl'], …)`. */
export async function trustedCertificate(): Promise<Certificate> {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const what = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const form = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await mustRun('openssl', ['req', ...form, ...what, '-keyout', key, '-out', cert]);
  const read = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
  trust.add(read.cert);
  setDefaultCACertificates([...USUAL, ...trust]);
  return {
    ...read,
    distrust: () => {
      trust.delete(read.cert);
      setDefaultCACertificates([...USUAL, ...trust]);
    },
  };
}
