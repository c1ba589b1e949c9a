/** The CLI's way to a running servo: its API on this machine, with the token of the data folder. */
import { existsSync } from 'node:fs';
import { readApiToken } from '../api/token.ts';
import type { Config } from '../config/config.ts';
import { CliError, EXIT } from './exit-codes.ts';

const ANSWER_MS = 5_000;

/** Undefined when no servo answers at the address. Throws a CliError when one does and refuses. */
export async function ask<T>(config: Config, path: string, body?: unknown): Promise<T | undefined> {
  const { host, port } = config.api;
  const url = `http://${host}:${port}${path}`;
  const headers: Record<string, string> = { authorization: `Bearer ${tokenOf(config)}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      signal: AbortSignal.timeout(ANSWER_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw new CliError(EXIT.missing, `No answer from the servo at ${url}: ${String(error)}`);
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer as T;
  throw new CliError(response.status === 409 ? EXIT.refused : EXIT.missing, problemText(url, response.status, answer));
}

/** What a command needs when there is no servo to take it. */
export const notRunning = (config: Config): CliError =>
  new CliError(
    EXIT.missing,
    `No servo answers at http://${config.api.host}:${config.api.port}. Start one with: npm start (or check api.port).`,
  );

function tokenOf({ api }: Config): string {
  if (api.token !== null) return api.token;
  return existsSync(api.tokenFile) ? readApiToken(api.tokenFile) : '';
}

function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}

function problemText(url: string, status: number, answer: unknown): string {
  const detail =
    typeof answer === 'object' && answer !== null && 'detail' in answer ? String(answer.detail) : `HTTP ${status}`;
  return status === 401 ? `${url} refuses the token of this data folder: is another servo on that port?` : detail;
}
