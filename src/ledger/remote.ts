import { resolve } from 'node:path';
import { MlopsError } from '../errors/mlops-error.ts';
import type { Redactor } from '../errors/redact.ts';
import { didYouMean, listSome } from '../errors/suggest.ts';
import { type Environment, Git, type GitSetting, reasonOf } from './git.ts';

export interface LedgerRemote {
  /** For people: without user name and password. */
  readonly shown: string;
  /** All that git needs to reach it under the name `REMOTE`. */
  readonly settings: readonly GitSetting[];
}

export interface FindRemote {
  readonly cwd: string;
  /** The name of a remote of cwd's checkout, a URL, or a path. */
  readonly remote: string;
  readonly credential: (name: string) => string | undefined;
  readonly environment: Environment;
  readonly redactor: Redactor;
}

/** The remote's name in the ledger's own repository. */
export const REMOTE = 'ledger';
const TOKEN_LENGTH = 20;

/** What of a checkout's own configuration decides how a remote is reached; actions/checkout leaves its token there. */
const REACHES_REMOTE = /^(http\..*|credential\..*|url\..*|core\.sshcommand|core\.askpass|ssh\.variant)$/;

/**
 * Finds where the ledger is and how git gets there: with what the checkout of `cwd` is set up with, else with GITHUB_TOKEN,
 * which is sent to GitHub only.
 *
 * @throws LEDGER_UNREACHABLE
 */
export async function findRemote(options: FindRemote): Promise<LedgerRemote> {
  const { cwd, remote, environment, redactor } = options;
  const git = new Git(environment, redactor);
  const configured = await configuration(git, cwd);
  const known = remotesOf(configured).get(remote);
  if (known?.url === undefined && !looksLikeLocation(remote)) throw await noSuchRemote(git, configured, cwd, remote);
  const base = known ? await topOf(git, cwd) : cwd;
  const url = withoutLogin(absolute(known?.url ?? remote, base));
  const pushUrl = withoutLogin(absolute(known?.pushurl ?? url.url, base));
  const settings: GitSetting[] = [
    ...configured.filter(({ own, entry: [key] }) => own && REACHES_REMOTE.test(key)).map(({ entry }) => entry),
    [`remote.${REMOTE}.url`, url.url],
    [`remote.${REMOTE}.pushurl`, pushUrl.url],
    ...loginSettings(url),
    ...(pushUrl.url === url.url ? [] : loginSettings(pushUrl)),
  ];
  if (!(await hasLogin(url.url, settings, options))) settings.push(...tokenSettings(url.url, options));
  for (const [key, value] of settings) hide(redactor, key, value);
  return { shown: url.url.replace(/:\/\/[^/@]*@/, '://'), settings };
}

async function noSuchRemote(git: Git, configured: readonly Configured[], cwd: string, remote: string) {
  const names = [...remotesOf(configured).keys()];
  const { status, stderr } = await git.run(['-C', cwd, 'rev-parse', '--git-dir']);
  const why = status === 0 ? `remotes: ${listSome(names) || 'none'}.${didYouMean(remote, names)}` : reasonOf(stderr);
  return new MlopsError(
    'LEDGER_UNREACHABLE',
    `"ledger.remote" is "${remote}", but ${cwd} is in no git checkout with such a remote (${why}). Check the repository out first (actions/checkout), name another remote or a URL, or set ledger.mode to off`,
  );
}

interface Configured {
  readonly entry: GitSetting;
  /** Of the checkout itself: what the user and the machine have set is read by every git. */
  readonly own: boolean;
}

async function configuration(git: Git, cwd: string): Promise<Configured[]> {
  const { stdout } = await git.run(['-C', cwd, 'config', '--list', '--includes', '--null', '--show-scope']);
  const parts = stdout.toString().split('\0');
  return Array.from({ length: Math.floor(parts.length / 2) }, (_, i) => {
    const [scope, text] = [parts[2 * i], parts[2 * i + 1]!];
    const end = text.indexOf('\n');
    const entry = end < 0 ? ([text, 'true'] as const) : ([text.slice(0, end), text.slice(end + 1)] as const);
    return { entry, own: scope === 'local' || scope === 'worktree' };
  });
}

function remotesOf(configured: readonly Configured[]): Map<string, { url?: string; pushurl?: string }> {
  const remotes = new Map<string, { url?: string; pushurl?: string }>();
  for (const { entry } of configured) {
    const [, name, property] = /^remote\.(.+)\.(url|pushurl)$/s.exec(entry[0]) ?? [];
    if (name === undefined) continue;
    const remote = remotes.get(name) ?? {};
    remote[property as 'url' | 'pushurl'] ??= entry[1];
    remotes.set(name, remote);
  }
  return remotes;
}

interface Reached {
  readonly url: string;
  /** `user:password` that the URL held: git would show it in the arguments of a program that it starts. */
  readonly login?: string;
}

function withoutLogin(location: string): Reached {
  const url = /^https?:/.test(location) ? URL.parse(location) : null;
  // A name alone is for a credential helper, unless it is so long that it can only be a token.
  if (!url || (url.password === '' && url.username.length < TOKEN_LENGTH)) return { url: location };
  const login = [url.username, url.password].map(decodeURIComponent).join(':');
  url.username = '';
  url.password = '';
  return { url: url.href, login };
}

function loginSettings({ url, login }: Reached): GitSetting[] {
  if (login === undefined) return [];
  const header = `AUTHORIZATION: basic ${Buffer.from(login).toString('base64')}`;
  return [[`http.${new URL(url).origin}/.extraheader`, header]];
}

async function hasLogin(url: string, settings: readonly GitSetting[], options: FindRemote): Promise<boolean> {
  if (!/^https?:/i.test(url)) return true;
  const git = new Git(options.environment, options.redactor, settings);
  const { stdout } = await git.run(['-C', options.cwd, 'config', '--get-urlmatch', 'http.extraheader', url]);
  return /^authorization:/i.test(stdout.toString());
}

function tokenSettings(location: string, { credential, environment }: FindRemote): GitSetting[] {
  const url = URL.parse(location);
  const github = URL.parse(environment.GITHUB_SERVER_URL || 'https://github.com');
  if (!url || url.origin !== github?.origin || url.username !== '') return [];
  const token = credential('GITHUB_TOKEN');
  return token === undefined ? [] : loginSettings({ url: location, login: `x-access-token:${token}` });
}

function hide(redactor: Redactor, key: string, value: string): void {
  if (/\.extraheader$/i.test(key)) {
    const secret = value.trim().split(/\s+/).at(-1)!;
    redactor.add(secret);
    for (const part of Buffer.from(secret, 'base64')
      .toString()
      .split(/^x-access-token:|^[^:]*:/))
      redactor.add(part);
  }
  for (const text of [key, value]) {
    const login = /https?:\/\/([^/@\s]+)@/.exec(text)?.[1];
    if (login !== undefined) redactor.add(login.replace(/^[^:]*:/, ''));
  }
}

async function topOf(git: Git, cwd: string): Promise<string> {
  const { status, stdout } = await git.run(['-C', cwd, 'rev-parse', '--show-toplevel']);
  return status === 0 ? stdout.toString().trim() : cwd;
}

/** `url` or `host:path` as git takes them; a path made absolute. */
function absolute(location: string, base: string): string {
  return isUrl(location) ? location : resolve(base, location);
}

function isUrl(location: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]+:\/\//.test(location) || /^[^/\\:]{2,}:/.test(location);
}

function looksLikeLocation(remote: string): boolean {
  return isUrl(remote) || /[\\/]|^\.\.?$/.test(remote);
}
