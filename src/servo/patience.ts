/** How long calls of the ports are waited for: the configured time, and much less while something urgent waits behind them. */
import type { Clock } from '../domain/ports.ts';
import { TimeoutError } from './exclusive.ts';

/** A broker that answers at all has mostly answered by then. */
const URGENT_MS = 750;

export class Patience {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #timeoutMs: number;
  readonly #underWay = new Set<() => void>();
  #urgent = 0;

  constructor(clock: Pick<Clock, 'after'>, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** A call is under way. */
  get isTried(): boolean {
    return this.#underWay.size > 0;
  }

  /** What is given up is late like any other, and a send has an unknown outcome. It goes on, so its late result must be harmless. */
  async within<T>(what: string, work: Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const limit = (ms: number) =>
      this.#clock.after(ms, () => reject(new TimeoutError(`${what} took longer than ${ms} ms`)));
    const timers = [limit(this.#timeoutMs)];
    const hurry = () => void timers.push(limit(Math.min(URGENT_MS, this.#timeoutMs)));
    if (this.#urgent > 0) hurry();
    this.#underWay.add(hurry);
    try {
      return await Promise.race([work, late]);
    } finally {
      this.#underWay.delete(hurry);
      for (const callOff of timers) callOff();
    }
  }

  /** Something urgent waits for its turn: calls have little time from now on. It calls what it is given when its turn has come. */
  hurry(): () => void {
    this.#urgent += 1;
    for (const hurry of this.#underWay) hurry();
    return () => {
      this.#urgent -= 1;
    };
  }
}
