import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type CheckedOperation, checkedOperations } from './checks.ts';
import { githubDescription } from './description.ts';
import { type Answer, type ArtifactShelf, HANDLERS } from './handlers.ts';
import { type OperationId, PERMISSIONS } from './operations.ts';
import { newRepository, type Repository, type RepositoryOptions } from './repository.ts';

export interface TokenOptions {
  readonly login: string;
  /** Lines under `permissions:`; `all` when not given. */
  readonly permissions?: readonly string[];
}

export interface GithubApiOptions extends RepositoryOptions {
  /** By the token itself. Default: `ghs_test`, which is `github-actions[bot]` and may do everything. */
  readonly tokens?: Readonly<Record<string, TokenOptions>>;
  readonly artifacts?: ArtifactShelf;
}

export interface RecordedRequest {
  readonly operation: OperationId | 'graphql';
  readonly login: string;
  readonly body: unknown;
  readonly status: number;
}

export interface GithubApiStandIn {
  /** For `GITHUB_API_URL`. */
  readonly url: string;
  readonly repository: Repository;
  readonly requests: readonly RecordedRequest[];
  /** Requests that GitHub's description does not allow, and answers of the stand-in that it does not promise. */
  readonly faults: readonly string[];
  /** Says who a token is and what it may do from now on. */
  grant(token: string, options: TokenOptions): void;
  /** Refuses the next request with status 429, or 403 as GitHub's primary limit does. */
  limitOnce(headers: Readonly<Record<string, string>>, status?: 403 | 429): void;
  /** Ends it. Throws when there were faults, so that no test passes over one. */
  stop(): Promise<void>;
}

export const TEST_TOKEN = 'ghs_test';
export const BOT: TokenOptions = { login: 'github-actions[bot]' };
/** Validators are compiled once in a process. */
let known: Promise<CheckedOperation[]> | undefined;

/**
 * A stand-in for GitHub's REST API with one repository. It remembers what is written, and checks every request and every
 * answer against GitHub's own OpenAPI description: an operation, a parameter or a key that is not in it is a fault.
 */
export async function startGithubApi(options: GithubApiOptions = {}): Promise<GithubApiStandIn> {
  const { artifacts = { list: () => [] } } = options;
  const tokens = new Map(Object.entries(options.tokens ?? { [TEST_TOKEN]: BOT }));
  const operations = await (known ??= githubDescription().then(checkedOperations));
  const repository = newRepository(options);
  const requests: RecordedRequest[] = [];
  const faults: string[] = [];
  let limit: Answer | undefined;

  /** The answer of a known operation to a token that is known. */
  const carryOut = (found: FoundOperation, token: TokenOptions, url: URL, body: unknown): Answer => {
    const { checked, operation, parameters: path } = found;
    const { id, answers } = operation;
    const fault = (text: string): number => faults.push(`${operation.method} ${url.pathname}: ${text}`);
    const wrong = checked.checkRequest({ pathParameters: path, query: url.searchParams, body });
    wrong.forEach(fault);
    if (wrong.length > 0) return { status: 422, body: { message: 'Validation Failed', errors: wrong } };
    if (!isAllowed(id, token)) return message(403, 'Resource not accessible by integration');
    if (`${path.owner}/${path.repo}` !== repository.fullName) return message(404, 'Not Found');
    const example = (status: number) => answers[status]!.example;
    const { login } = token;
    const whole = HANDLERS[id]({ path, query: url.searchParams, body, login, repository, artifacts, example });
    const answer = paginate(whole, url);
    // A refusal that has no description (404 of some operations) is GitHub's general error.
    if (String(answer.status) in answers || answer.status < 400) {
      const broken = checked.checkAnswer(answer.status, answer.body);
      for (const text of broken) fault(`the stand-in's own answer: ${text}`);
    }
    return answer;
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, `http://${request.headers.host}`);
    const text = await readBody(request);
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const token = tokens.get(request.headers.authorization?.replace(/^(bearer|token) /i, '') ?? '');
    const found = findOperation(operations, request.method!, url.pathname);
    const isGraphql = url.pathname === '/graphql';
    let answer: Answer;
    if (!found && !isGraphql) {
      faults.push(`${request.method} ${url.pathname}: no operation that the stand-in knows`);
      answer = message(404, 'Not Found');
    } else if (limit) [answer, limit] = [limit, undefined];
    else if (!token) answer = message(401, 'Bad credentials');
    else if (found) answer = carryOut(found, token, url, body);
    else answer = viewer(body, token.login, (fault) => faults.push(`POST /graphql: ${fault}`));
    const operation = isGraphql ? 'graphql' : found?.operation.id;
    if (operation) requests.push({ operation, login: token?.login ?? '', body, status: answer.status });
    send(response, answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };

  return {
    url: `http://127.0.0.1:${port}`,
    repository,
    requests,
    faults,
    grant: (token, options) => void tokens.set(token, options),
    limitOnce(headers, status = 429) {
      limit = { ...message(status, 'You have exceeded a rate limit'), headers };
    },
    async stop() {
      if (server.listening) {
        server.close();
        server.closeAllConnections();
        await once(server, 'close');
      }
      if (faults.length > 0) throw new Error(`requests that GitHub would refuse:\n${faults.join('\n')}`);
    },
  };
}

interface FoundOperation {
  readonly checked: CheckedOperation;
  readonly operation: CheckedOperation['operation'];
  readonly parameters: Readonly<Record<string, string>>;
}

function findOperation(
  operations: readonly CheckedOperation[],
  method: string,
  path: string,
): FoundOperation | undefined {
  for (const checked of operations) {
    const { operation } = checked;
    if (operation.method !== method) continue;
    const pattern = operation.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    const groups = new RegExp(`^${pattern}$`).exec(path)?.groups;
    if (!groups) continue;
    const parameters = Object.fromEntries(Object.entries(groups).map(([key, text]) => [key, decodeURIComponent(text)]));
    return { checked, operation, parameters };
  }
  return undefined;
}

function isAllowed(id: OperationId, { permissions }: TokenOptions): boolean {
  const needed = PERMISSIONS[id];
  return permissions === undefined || needed === undefined || needed.some((line) => permissions.includes(line));
}

/** The one GraphQL query that is known: who the token is. */
function viewer(body: unknown, login: string, fault: (text: string) => void): Answer {
  const { query } = (body ?? {}) as { readonly query?: string };
  if (query?.replace(/\s+/g, ' ').trim() !== 'query { viewer { login } }') {
    fault(`unknown query ${query}`);
    return message(400, 'unknown query');
  }
  return { status: 200, body: { data: { viewer: { login } } } };
}

/** Picks the page that was asked for, with a `Link` to the next one. */
function paginate(answer: Answer, url: URL): Answer {
  const { list, wrap = (page) => page, ...rest } = answer;
  if (!list) return rest;
  const perPage = Number(url.searchParams.get('per_page') ?? 30);
  const page = Number(url.searchParams.get('page') ?? 1);
  const body = wrap(list.slice((page - 1) * perPage, page * perPage));
  if (list.length <= page * perPage) return { ...rest, body };
  const next = new URL(url);
  next.searchParams.set('page', String(page + 1));
  return { ...rest, body, headers: { link: `<${next.href}>; rel="next"` } };
}

function message(status: number, text: string): Answer {
  return { status, body: { message: text, documentation_url: 'https://docs.github.com/rest', status: String(status) } };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
