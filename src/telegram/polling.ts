/** Asks for updates for as long as the servo lives: no answer of the Bot API, however strange, ends it; only a refused token does. */
import type { Api } from 'node-telegram-bot-api';
import { type Failure, failureOf } from './failures.ts';
import { pause } from './pause.ts';
import { UPDATE_KINDS, updateIdOf } from './updates.ts';

export interface PollingParts {
  readonly api: Api;
  readonly timings: PollingTimings;
  /** Must return at once. */
  readonly handle: (update: unknown) => void;
  /** The API answered for the first time, or again. */
  readonly onConnected: () => void;
  readonly onUnauthorised: (text: string) => void;
  readonly log: (line: string) => void;
}

export interface PollingTimings {
  /** How long the API may hold a request open. */
  readonly longPollSeconds: number;
  readonly conflictWaitMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

export async function pollUpdates(parts: PollingParts, signal: AbortSignal): Promise<void> {
  const { api, timings } = parts;
  let offset: number | undefined;
  let failures = 0;
  let connected = false;
  let problem: string | undefined;
  while (!signal.aborted) {
    try {
      // The first answer is wanted at once: it says whether the token is good.
      const timeout = connected ? timings.longPollSeconds : 0;
      const wanted = { timeout, allowed_updates: UPDATE_KINDS, ...(offset !== undefined && { offset }) };
      const updates: unknown = await api.getUpdates(wanted, signal);
      offset = takeAll(parts, updates, offset);
      if (!connected) parts.onConnected();
      connected = true;
      failures = 0;
      problem = undefined;
    } catch (error) {
      if (signal.aborted) return;
      const failure = failureOf(error);
      if (failure.kind === 'unauthorised') return parts.onUnauthorised(failure.text);
      connected = false;
      failures += 1;
      const waitMs = backOffMs(failure, failures, timings);
      if (failure.text !== problem) parts.log(problemLine(failure, waitMs));
      problem = failure.text;
      await pause(waitMs, signal);
    }
  }
}

/** Returns what to ask for next. */
function takeAll({ handle, log }: PollingParts, updates: unknown, offset: number | undefined): number | undefined {
  if (!Array.isArray(updates)) throw new Error('the answer to getUpdates is not a list');
  let next = offset;
  for (const update of updates) {
    const id = updateIdOf(update);
    // Not the highest: after a week of silence Telegram starts anew at any number.
    if (id !== undefined) next = id + 1;
    try {
      handle(update);
    } catch (error) {
      log(`update ${id ?? 'without id'} failed: ${failureOf(error).text}`);
    }
  }
  if (updates.length > 0 && next === offset) throw new Error('the answer to getUpdates has no new update_id');
  return next;
}

function backOffMs(failure: Failure, failures: number, timings: PollingTimings): number {
  if (failure.kind === 'conflict') return timings.conflictWaitMs;
  if (failure.kind === 'flood') return Math.max(failure.waitMs, timings.retryMinMs);
  return Math.min(timings.retryMinMs * 2 ** (failures - 1), timings.retryMaxMs);
}

function problemLine(failure: Failure, waitMs: number): string {
  const again = `trying again in ${Math.ceil(waitMs / 1000)} s`;
  return failure.kind === 'conflict'
    ? `commands do not arrive: another program, or a webhook, uses this bot's token (${failure.text}); ${again}`
    : `commands do not arrive: ${failure.text}; ${again}`;
}
