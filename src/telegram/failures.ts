/** What a failed call of the Bot API means for whoever made it, in words that never hold the token. */
import { TelegramApiError } from 'node-telegram-bot-api';
import { oneLine } from './html.ts';

export type Failure =
  /** The token is not, or no longer, a bot's. */
  | { readonly kind: 'unauthorised'; readonly text: string }
  /** Another program polls with the same token. */
  | { readonly kind: 'conflict'; readonly text: string }
  | { readonly kind: 'flood'; readonly text: string; readonly waitMs: number }
  /** Understood and declined: the same request will be declined again. */
  | { readonly kind: 'refused'; readonly text: string }
  /** No answer, or none that makes sense. */
  | { readonly kind: 'unavailable'; readonly text: string };

const TEXT_LENGTH_MAX = 200;
const FLOOD_WAIT_S_MAX = 3600;

export function failureOf(error: unknown): Failure {
  const text = oneLine(errorText(error), TEXT_LENGTH_MAX);
  if (!(error instanceof TelegramApiError)) return { kind: 'unavailable', text };
  const { errorCode, retryAfter } = error;
  if (errorCode === 401) return { kind: 'unauthorised', text };
  if (errorCode === 409) return { kind: 'conflict', text };
  if (errorCode === 429) return { kind: 'flood', text, waitMs: 1000 * floodWaitSeconds(retryAfter) };
  return { kind: errorCode >= 400 && errorCode < 500 ? 'refused' : 'unavailable', text };
}

const floodWaitSeconds = (retryAfter: unknown): number =>
  typeof retryAfter === 'number' && retryAfter >= 0 ? Math.min(retryAfter, FLOOD_WAIT_S_MAX) : 1;

/** With the innermost cause, which says what the network did. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  let cause: unknown = error.cause;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  if (!(cause instanceof Error)) return error.message;
  return `${error.message} (${cause.message || ('code' in cause ? String(cause.code) : cause.name)})`;
}

/** The API's address contains the token, hence so may any error of the network. */
export function tokenScrubber(token: string): (text: string) => string {
  const secret = token.slice(token.indexOf(':') + 1);
  const hidden = [token, encodeURIComponent(token), secret];
  return (text) => hidden.reduce((shown, each) => shown.replaceAll(each, '[token]'), text);
}
