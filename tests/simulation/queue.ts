/**
 * The queue of a seed: five stages with sweeps and nudges as the pipeline has them, in a server that loses jobs, doubles,
 * delays and reorders them, forgets everything, or falls silent. Between two things that happen it sleeps: a sweep of a world
 * in which nothing has changed finds nothing, and a simulated week would be made of little else.
 */

import type { Clock } from '../../src/domain/ports.ts';
import { within } from '../../src/servo/exclusive.ts';
import type { Servo } from '../../src/servo/servo.ts';
import { nextStage, STAGES, type Stage } from '../../src/servo/stage.ts';
import { Watchdog } from '../../src/servo/watchdog.ts';
import type { Chance } from './chance.ts';
import type { Tally } from './hits.ts';
import type { SimulatedProcess } from './process.ts';
import type { FaultRates } from './scenario.ts';

interface QueueParts {
  readonly servo: Servo;
  readonly process: SimulatedProcess;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly tally: Tally;
  readonly faults: () => FaultRates;
  readonly checkIntervalMs: number;
  readonly timeoutMs: number;
  readonly failed: (error: unknown) => void;
}

const AWAKE_MS = 7_000;
const HEAL_MS = 5_000;

export class SimulatedQueue {
  readonly #parts: QueueParts;
  readonly #watchdog: Watchdog;
  readonly #busy = new Set<Stage>();
  #awakeUntil = 0;
  #sweeping = false;
  #silentUntil = 0;
  #flushedUntil = 0;

  constructor(parts: QueueParts) {
    this.#parts = parts;
    this.#watchdog = new Watchdog(parts.servo, parts.clock, parts.checkIntervalMs, () => undefined);
  }

  get watchdogActive(): boolean {
    return this.#watchdog.active;
  }

  /** Something has happened that a stage may have to see. */
  wake(forMs = AWAKE_MS): void {
    const now = this.#parts.clock.monotonic();
    this.#awakeUntil = Math.max(this.#awakeUntil, now + forMs);
    if (this.#sweeping) return;
    this.#sweeping = true;
    // While it slept, it would have ticked.
    this.#watchdog.ticked();
    this.#sweep();
    this.#watchdog.start();
  }

  flush(): void {
    this.#flushedUntil = this.#parts.clock.monotonic() + HEAL_MS;
    this.#parts.tally.note('queue: flushed');
    this.wake(HEAL_MS + AWAKE_MS);
  }

  /** The server hangs: no job reaches a worker. */
  silence(ms: number): void {
    this.#silentUntil = this.#parts.clock.monotonic() + ms;
    this.wake(ms + AWAKE_MS);
  }

  /** A new bar is due: the pipeline has a timer for it. */
  nudge(stage: Stage): void {
    const { chance, tally, clock, faults } = this.#parts;
    const { jobs } = faults();
    const now = clock.monotonic();
    if (now < this.#flushedUntil) return;
    if (chance.happens(jobs / 2)) {
      tally.note('queue: job lost');
      return;
    }
    const late = chance.happens(jobs / 2);
    if (late) tally.note('queue: job late');
    this.#deliver(stage, late ? chance.between(500, 6_000) : chance.between(1, 20));
    if (chance.happens(jobs / 2)) {
      tally.note('queue: job twice');
      this.#deliver(stage, chance.between(1, 3_000), true);
    }
    if (chance.happens(jobs / 2)) {
      tally.note('queue: job of a stage that is not due');
      this.#deliver(chance.pick(STAGES), chance.between(1, 500));
    }
  }

  #deliver(stage: Stage, afterMs: number, whileBusy = false): void {
    const { clock } = this.#parts;
    clock.after(afterMs, () => this.#work(stage, whileBusy));
  }

  /** One worker a stage; a job whose lock ran out is given to another while the first is still at it. */
  #work(stage: Stage, whileBusy = false): void {
    const { servo, clock, failed, timeoutMs } = this.#parts;
    if (clock.monotonic() < this.#silentUntil || (this.#busy.has(stage) && !whileBusy)) return;
    this.#busy.add(stage);
    const advance = () => servo.advance(stage);
    const job = (stage === 'monitor' ? this.#watchdog.tick(advance) : advance())
      .then((worked) => {
        if (stage === 'monitor') servo.noteSuccess('queue');
        if (worked) this.#nudgeNext();
      })
      .catch((error) => {
        failed(error);
        servo.noteError(error);
      });
    // A job that is late gives its place to the next.
    void within(timeoutMs, `the ${stage} job`, job, clock)
      .catch(() => undefined)
      .finally(() => this.#busy.delete(stage));
  }

  #nudgeNext(): void {
    const { servo } = this.#parts;
    const next = nextStage(servo.state);
    if (next !== 'ingest' || servo.feedDelayMs() === 0) this.nudge(next);
  }

  #sweep(): void {
    const { clock, checkIntervalMs, chance, process, tally } = this.#parts;
    const now = clock.monotonic();
    if (this.#watchdog.active) tally.note('queue: silent until the watchdog acts');
    if (now >= this.#flushedUntil) {
      const first = chance.whole(0, STAGES.length - 1);
      for (let at = 0; at < STAGES.length; at++) this.#work(STAGES[(first + at) % STAGES.length] as Stage);
    }
    if (now >= this.#awakeUntil && !this.#hasWork()) {
      this.#sweeping = false;
      this.#watchdog.stop();
      return;
    }
    if (!process.gone) clock.after(checkIntervalMs, () => this.#sweep());
  }

  #hasWork(): boolean {
    const { state } = this.#parts.servo;
    if (!state.causes.reconciled && state.causes.halted === undefined) return true;
    if (nextStage(state) !== 'ingest') return true;
    for (const { status } of state.orders.values()) if (status === 'sending' || status === 'unknown') return true;
    return this.#parts.servo.feedDelayMs() === 0;
  }
}
