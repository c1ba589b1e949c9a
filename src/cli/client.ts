/** The CLI's way to a running servo: its API on this machine, with the token of the data folder. */
import { existsSync, readFileSync } from 'node:fs';
import type { AccountPaths } from '../accounts.ts';
import { readApiToken } from '../api/token.ts';
import type { Config } from '../config/config.ts';
import { messageOf } from '../servo/error-budget.ts';
import type { AccountView } from '../servo/views.ts';
import { CliError, EXIT } from './exit-codes.ts';

/** Throws a CliError when the servo refuses. */
export interface ServoClient {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const ANSWER_MS = 5_000;

/** Undefined when no servo of this account runs: a killed one leaves its address behind, and another may listen there by now. */
export async function connect(config: Config, paths: AccountPaths): Promise<ServoClient | undefined> {
  if (!existsSync(paths.addressFile)) return undefined;
  const address = reachable(readFileSync(paths.addressFile, 'utf8'));
  const token = tokenOf(config);
  const request = (path: string, body?: unknown) => send(address, token, path, body);
  const who = await request('/api/v1/account');
  if (who?.status === 401) {
    const remedy = `If that is another servo, remove ${paths.addressFile}`;
    throw new CliError(EXIT.missing, `${address} refuses the token in ${config.api.tokenFile}. ${remedy}`);
  }
  if (who?.status !== 200 || (who.body as AccountView).account !== paths.account) return undefined;
  const client = async <T>(path: string, body?: unknown): Promise<T> => {
    const answer = await request(path, body);
    if (answer === undefined) throw new CliError(EXIT.missing, `The servo at ${address} has just ended.`);
    if (answer.status < 300) return answer.body as T;
    throw new CliError(answer.status === 409 ? EXIT.refused : EXIT.usage, problemText(answer));
  };
  return { get: client, post: client };
}

/** A servo that listens on every address is reached on this machine's own. */
const reachable = (address: string): string =>
  address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');

/** Undefined when nothing listens there. */
async function send(address: string, token: string, path: string, body: unknown): Promise<Answer | undefined> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  try {
    const response = await fetch(`${address}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      signal: AbortSignal.timeout(ANSWER_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json().catch(() => undefined) };
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw new CliError(EXIT.missing, `No answer from the servo at ${address}: ${messageOf(error)}`);
  }
}

const tokenOf = ({ api }: Config): string => api.token ?? readApiToken(api.tokenFile);

function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}

function problemText({ status, body }: Answer): string {
  return typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : `HTTP ${status}`;
}
