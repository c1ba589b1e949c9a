/** Runs asynchronous work one piece after another, and bounds how long a piece may take. */
import type { Clock } from '../domain/ports.ts';
import { systemClock } from './clock.ts';

export class Exclusive {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work, work);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything that was asked for so far is done. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}

export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/** Rejects after `ms`; what was started goes on, so its late result must be harmless. */
export async function within<T>(
  ms: number,
  what: string,
  work: Promise<T>,
  clock: Pick<Clock, 'after'> = systemClock,
): Promise<T> {
  let callOff = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    callOff = clock.after(ms, () => reject(new TimeoutError(`${what} took longer than ${ms} ms`)));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    callOff();
  }
}
