/** The safety monitor's second heart: when the queue has not ticked for two intervals, it goes on in this process. Stops are watched here always. */
import type { Clock } from '../domain/ports.ts';
import { NAKED_LOOK_EVERY_MS } from './naked-watch.ts';
import type { Servo } from './servo.ts';

export class Watchdog {
  readonly #servo: Servo;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #log: (line: string) => void;
  #lastTickMs: number;
  #lastWatchMs = 0;
  #active = false;
  #watching = false;
  readonly #callOffs: (() => void)[] = [];

  constructor(servo: Servo, clock: Clock, intervalMs: number, log: (line: string) => void) {
    this.#servo = servo;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#log = log;
    this.#lastTickMs = clock.monotonic();
  }

  /** True while it stands in for the queue. */
  get active(): boolean {
    return this.#active;
  }

  /** Since the monitor last ran, by whichever heart. */
  get heartbeatAgoMs(): number {
    return this.#clock.monotonic() - Math.max(this.#lastTickMs, this.#lastWatchMs);
  }

  /** The queue ran the monitor stage. */
  ticked(): void {
    this.#lastTickMs = this.#clock.monotonic();
    if (!this.#active) return;
    this.#active = false;
    this.#log('The queue ticks again; the watchdog steps back.');
  }

  start(): void {
    this.#every(0, this.#intervalMs, () => this.#check());
    this.#every(
      1,
      NAKED_LOOK_EVERY_MS,
      oneAtATime(() => this.#servo.watchStops()),
    );
  }

  stop(): void {
    for (const callOff of this.#callOffs) callOff();
  }

  #every(place: number, ms: number, work: () => Promise<void>): void {
    this.#callOffs[place] = this.#clock.after(ms, () => {
      this.#every(place, ms, work);
      work().catch((error) => this.#servo.noteError(error));
    });
  }

  async #check(): Promise<void> {
    const silentMs = this.#clock.monotonic() - this.#lastTickMs;
    if (silentMs <= 2 * this.#intervalMs) return;
    if (!this.#active) {
      this.#active = true;
      this.#log(`The queue has not ticked for ${Math.round(silentMs)} ms: the watchdog monitors, entries stop.`);
    }
    this.#servo.noteError(`no tick for ${Math.round(silentMs)} ms`, 'queue');
    // A broker that hangs must not have its watches queue up behind one another.
    if (this.#watching) return;
    this.#watching = true;
    try {
      await this.#servo.watch();
      this.#lastWatchMs = this.#clock.monotonic();
    } finally {
      this.#watching = false;
    }
  }
}

/** A broker that hangs must not have its looks queue up behind one another. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let working = false;
  return async () => {
    if (working) return;
    working = true;
    await work().finally(() => {
      working = false;
    });
  };
}
