import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { S3Access } from './access.ts';

const ATTEMPTS = 4;
const TIMEOUT_MS = 20_000;
const AUDIENCE = 'sts.amazonaws.com';

interface SessionKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** Whether there is a token file, or a GitHub job that may ask for a token. */
export function hasWebIdentity({ credential }: S3Access): boolean {
  return (
    credential('AWS_WEB_IDENTITY_TOKEN_FILE') !== undefined ||
    (credential('ACTIONS_ID_TOKEN_REQUEST_URL') !== undefined &&
      credential('ACTIONS_ID_TOKEN_REQUEST_TOKEN') !== undefined)
  );
}

/**
 * Keys for a while of a role that trusts the issuer of the identity token: of the file named by AWS_WEB_IDENTITY_TOKEN_FILE, else of
 * GitHub for this job. No secret that lasts is needed.
 *
 * @throws ACCESS_DENIED with the words of the one who refuses
 *
 * Source  AWS STS API, AssumeRoleWithWebIdentity; GitHub, OpenID Connect reference
 */
export async function assumeRole(role: string, access: S3Access): Promise<SessionKeys> {
  const { credential } = access;
  const region = access.s3?.region ?? credential('AWS_REGION') ?? credential('AWS_DEFAULT_REGION') ?? 'us-east-1';
  const endpoint =
    credential('AWS_ENDPOINT_URL_STS') ??
    credential('AWS_ENDPOINT_URL') ??
    `https://sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: credential('AWS_ROLE_SESSION_NAME') ?? 'mlops',
    WebIdentityToken: await identityToken(access),
  });
  const { status, text } = await ask('the security token service', endpoint, { method: 'POST', body }, access.signal);
  const [accessKeyId, secretAccessKey, sessionToken, expires] = [
    ...['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'],
  ].map((name) => element(text, name));
  if (status === 200 && accessKeyId && secretAccessKey && sessionToken) {
    return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(expires ?? Date.now() + 900_000) };
  }
  const code = element(text, 'Code') ?? `status ${status}`;
  const said = element(text, 'Message') ?? 'an answer without keys';
  throw new MlopsError(
    'ACCESS_DENIED',
    `AWS_ROLE_ARN is "${role}", but the role is not given (${code}): ${said}; ${REMEDIES[code] ?? TRUST}`,
  );
}

const TRUST = 'look at the trust policy of the role: its audience, and which repository and branch it names as subject';
const REMEDIES: Readonly<Record<string, string>> = {
  ExpiredTokenException: 'the identity token has expired; run the job again, or renew the token file',
  IDPCommunicationError: 'the issuer of the token did not answer; run again',
};

async function identityToken(access: S3Access): Promise<string> {
  const path = access.credential('AWS_WEB_IDENTITY_TOKEN_FILE');
  if (path !== undefined) {
    try {
      return (await readFile(path, 'utf8')).trim();
    } catch (error) {
      throw new MlopsError(
        'ACCESS_DENIED',
        `AWS_WEB_IDENTITY_TOKEN_FILE is "${path}", which cannot be read (${(error as NodeJS.ErrnoException).code}); check the path`,
        { cause: error },
      );
    }
  }
  const url = new URL(access.credential('ACTIONS_ID_TOKEN_REQUEST_URL')!);
  url.searchParams.set('audience', AUDIENCE);
  const headers = {
    authorization: `Bearer ${access.credential('ACTIONS_ID_TOKEN_REQUEST_TOKEN')}`,
    accept: 'application/json',
  };
  const { status, text } = await ask("GitHub's token service", url.href, { headers }, access.signal);
  const token = status === 200 ? tokenOf(text) : undefined;
  if (token === undefined) {
    throw new MlopsError(
      'ACCESS_DENIED',
      `GitHub gives this job no identity token (status ${status}); give it \`permissions: id-token: write\``,
    );
  }
  return token;
}

function tokenOf(text: string): string | undefined {
  try {
    const { value } = JSON.parse(text) as { value?: unknown };
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Asks again, ever later, while the other side fails or is not reached. */
async function ask(
  who: string,
  url: string,
  init: RequestInit,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  for (let attempt = 1; ; attempt++) {
    let fault: unknown;
    try {
      const answer = await fetch(url, { ...init, signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
      const text = await answer.text();
      if (answer.status < 500 && answer.status !== 429 && !text.includes('IDPCommunicationError'))
        return { status: answer.status, text };
      if (attempt === ATTEMPTS) return { status: answer.status, text };
    } catch (error) {
      signal.throwIfAborted();
      fault = (error as Error).cause ?? error;
      if (attempt === ATTEMPTS) {
        throw new MlopsError(
          'ACCESS_DENIED',
          `${who} at ${new URL(url).origin} does not answer (${(fault as Error).message}); run again, and check AWS_ENDPOINT_URL_STS where it is set`,
          { cause: fault },
        );
      }
    }
    await sleep(2 ** attempt * 100 * (0.5 + Math.random() / 2), undefined, { signal });
  }
}

/** The text of the first element of that name. */
function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`)
    .exec(xml)?.[1]
    ?.replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
