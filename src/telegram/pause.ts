/** Waiting that can be called off. */
import { setTimeout as delay } from 'node:timers/promises';

/** Until the time is over or the signal comes. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
