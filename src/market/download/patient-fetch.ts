/** One HTTP request that is tried again, with growing pauses, while the fault may pass. */
import { setTimeout as pause } from 'node:timers/promises';
import { DownloadError } from './download-error.ts';

export interface Patience {
  readonly attempts: number;
  /** Before the second attempt; doubled before each further one. */
  readonly firstPauseMs: number;
  readonly timeoutMs: number;
}

export const PATIENCE: Patience = { attempts: 5, firstPauseMs: 1_000, timeoutMs: 30_000 };

/** What a server says of a period without data. */
const NO_DATA: ReadonlySet<number> = new Set([204, 404]);
const MAY_PASS = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** Empty where the server has nothing. Throws a `DownloadError` when the attempts are used up. */
export async function fetchBytes(url: string, patience: Patience): Promise<Buffer> {
  return await patiently(url, patience, async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(patience.timeoutMs) });
    if (NO_DATA.has(response.status)) return Buffer.alloc(0);
    if (!response.ok) throw new StatusError(response.status);
    return Buffer.from(await response.arrayBuffer());
  });
}

/** Runs `work` until it succeeds; faults that will not pass end it at once. */
export async function patiently<T>(what: string, patience: Patience, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const final = error instanceof StatusError && !MAY_PASS(error.status);
      if (final || attempt >= patience.attempts) {
        const tries = attempt === 1 ? '' : ` after ${attempt} attempts`;
        throw new DownloadError(`${what} failed${tries}: ${reasonOf(error)}`);
      }
      await pause(patience.firstPauseMs * 2 ** (attempt - 1));
    }
  }
}

class StatusError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the server answered ${status}`);
    this.status = status;
  }
}

/** The reason of a failed fetch is in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
