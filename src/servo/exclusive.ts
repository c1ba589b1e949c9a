/** Runs asynchronous work one piece after another, and bounds how long a piece may take. */
import type { Clock } from '../domain/ports.ts';
import { systemClock } from './clock.ts';

export class Exclusive {
  readonly #waiting: (() => Promise<void>)[] = [];
  #busy = false;

  get isBusy(): boolean {
    return this.#busy;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#enter(work, (piece) => this.#waiting.push(piece));
  }

  /** Before all that waits already. */
  runNext<T>(work: () => Promise<T>): Promise<T> {
    return this.#enter(work, (piece) => this.#waiting.unshift(piece));
  }

  /** Resolves when everything that was asked for so far is done. */
  async idle(): Promise<void> {
    await this.run(async () => undefined);
  }

  #enter<T>(work: () => Promise<T>, place: (piece: () => Promise<void>) => void): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    place(() => work().then(resolve, reject));
    if (!this.#busy) void this.#drain();
    return promise;
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    for (let piece = this.#waiting.shift(); piece !== undefined; piece = this.#waiting.shift()) await piece();
    this.#busy = false;
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
