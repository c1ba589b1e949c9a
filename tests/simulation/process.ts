/** One process of the servo as its world sees it: it runs, stands still, or is gone; what it waits for reaches it only while it runs. */
import type { Clock } from '../../src/domain/ports.ts';
import { unixMs } from '../../src/domain/units.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Thrown where a process dies in the middle of its own code; nothing it does afterwards reaches the world. */
export class Died extends Error {
  override readonly name = 'Died';
}

export class SimulatedProcess {
  readonly number: number;
  readonly #time: VirtualTime;
  readonly #bootedAt: number;
  #state: 'runs' | 'stands' | 'gone' = 'runs';
  readonly #waiting: (() => void)[] = [];

  constructor(number: number, time: VirtualTime) {
    this.number = number;
    this.#time = time;
    this.#bootedAt = time.now;
  }

  get runs(): boolean {
    return this.#state === 'runs';
  }

  get gone(): boolean {
    return this.#state === 'gone';
  }

  die(): void {
    this.#state = 'gone';
    this.#waiting.length = 0;
  }

  /** SIGSTOP. */
  standStill(): void {
    if (this.#state === 'runs') this.#state = 'stands';
  }

  /** SIGCONT: what came meanwhile comes now, all at once. */
  goOn(): void {
    if (this.#state !== 'stands') return;
    this.#state = 'runs';
    for (const deliver of this.#waiting.splice(0)) if (this.runs) deliver();
  }

  /** Something from outside: a reply, a timer, a job. */
  reach(deliver: () => void): void {
    if (this.#state === 'runs') deliver();
    else if (this.#state === 'stands') this.#waiting.push(deliver);
  }

  clock(wallMs: () => number): Clock {
    return {
      wall: () => unixMs(Math.round(wallMs())),
      monotonic: () => this.#time.now - this.#bootedAt,
      after: (ms, then) => {
        let wanted = true;
        this.#time.after(ms, () => this.reach(() => wanted && then()));
        return () => {
          wanted = false;
        };
      },
    };
  }

  /** A promise that the world keeps, in this process' sight. */
  promise<T>(begin: (resolve: (value: T) => void, reject: (reason: Error) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      begin(
        (value) => this.reach(() => resolve(value)),
        (reason) => this.reach(() => reject(reason)),
      );
    });
  }
}
