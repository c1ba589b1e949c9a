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
  /** Ticks of the monitor that are under way. */
  #ticking = 0;
  #lastRunMs: number;
  #active = false;
  #watching = false;
  readonly #callOffs: (() => void)[] = [];

  constructor(servo: Servo, clock: Clock, intervalMs: number, log: (line: string) => void) {
    this.#servo = servo;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#log = log;
    this.#lastTickMs = clock.monotonic();
    this.#lastRunMs = this.#lastTickMs;
  }

  /** True while it stands in for the queue. */
  get active(): boolean {
    return this.#active;
  }

  /** Since the monitor last ran, by whichever heart. */
  get heartbeatAgoMs(): number {
    return this.#clock.monotonic() - this.#lastRunMs;
  }

  /** The queue has brought a tick of the monitor. It lives, whatever the monitor then waits for: who is waited for counts that himself. */
  async tick<T>(monitor: () => Promise<T>): Promise<T> {
    this.ticked();
    this.#ticking += 1;
    try {
      const result = await monitor();
      this.#lastRunMs = this.#clock.monotonic();
      return result;
    } finally {
      this.#ticking -= 1;
      this.#lastTickMs = this.#clock.monotonic();
    }
  }

  ticked(): void {
    this.#lastTickMs = this.#clock.monotonic();
    if (!this.#active) return;
    this.#active = false;
    this.#log('The queue ticks again; the watchdog steps back.');
  }

  start(): void {
    this.#every(0, this.#intervalMs, () => this.#check());
    // Also while what an earlier look has asked for is under way: it may hang.
    this.#every(1, NAKED_LOOK_EVERY_MS, () => this.#servo.watchStops());
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
    if (this.#ticking > 0 || silentMs <= 2 * this.#intervalMs) return;
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
      this.#lastRunMs = this.#clock.monotonic();
    } finally {
      this.#watching = false;
    }
  }
}
