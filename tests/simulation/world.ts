/** One seed's world: the real servo with simulated time, market, venue, line, queue, disk and operators, lived through to its end. */
import { createHash } from 'node:crypto';
import type { CommandName } from '../../src/domain/commands.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import type { Bar } from '../../src/domain/market.ts';
import { TIMEFRAMES } from '../../src/domain/market.ts';
import { OrderTransitionError } from '../../src/domain/order.ts';
import type { BarFeed, Due } from '../../src/domain/ports.ts';
import { PositionError } from '../../src/domain/position.ts';
import { statusOf } from '../../src/domain/servo.ts';
import { canonicalState } from '../../src/domain/snapshot.ts';
import { StateError } from '../../src/domain/state.ts';
import { UnitError } from '../../src/domain/units.ts';
import { rebuildState } from '../../src/servo/book.ts';
import { messageOf } from '../../src/servo/error-budget.ts';
import type { Store } from '../../src/servo/ports.ts';
import { Servo } from '../../src/servo/servo.ts';
import { Chance } from './chance.ts';
import { type DeathPlan, Disk, onDisk } from './disk.ts';
import { type Fault, Tally } from './hits.ts';
import type { Violation } from './invariants.ts';
import { Line, simulatedLink } from './link.ts';
import { Market, sleeps } from './market.ts';
import { simulatedModel } from './model.ts';
import { Died, SimulatedProcess } from './process.ts';
import { SimulatedQueue } from './queue.ts';
import { type FaultRates, NO_FAULTS, type Scenario, scenarioOf } from './scenario.ts';
import type { Shelves } from './shelves.ts';
import { SimulatedVenue } from './venue.ts';
import { VirtualTime } from './virtual-time.ts';
import { warmPicture } from './warm.ts';
import { Watcher } from './watcher.ts';

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** Of everything that was committed, put on the line and said by the venue. */
  readonly hash: string;
  readonly tally: Tally;
  readonly orders: number;
  readonly crashes: number;
  readonly events: number;
}

interface Instance {
  readonly process: SimulatedProcess;
  readonly servo: Servo;
  readonly queue: SimulatedQueue;
  readonly store: Store;
  started: boolean;
}

export interface WorldOptions {
  readonly seed: number;
  readonly shelves: Shelves;
  readonly trace?: (line: string) => void;
}

/** After a bar most things are under way, and a fault then meets them. */
const BUSY_MS = 9_000;
const CALM_MS = 60_000;
/** Five seconds, and what the frames of a look and an order take on their way. */
const DRESS_WITHIN_MS = 6_000;

export class World {
  readonly #seed: number;
  readonly #shelves: Shelves;
  readonly #trace: ((line: string) => void) | undefined;
  readonly #chance: Chance;
  readonly #scenario: Scenario;
  readonly #time = new VirtualTime();
  readonly #tally = new Tally();
  readonly #hash = createHash('sha256');
  readonly #watcher: Watcher;
  readonly #venue: SimulatedVenue;
  readonly #market: Market;
  readonly #line = new Line();
  readonly #disk = new Disk();
  readonly #bars: (readonly Bar[])[] = [];
  #faults: FaultRates;
  #wallAheadMs = 0;
  #feedFaultUntil = 0;
  #barsVisibleAt = 0;
  #instance: Instance | undefined;
  #bystander: Instance | undefined;
  #processes = 0;
  #crashes = 0;
  /** Positions without a stop, and since when. */
  readonly #bareSince = new Map<string, number>();
  #disturbedAt = 0;
  #wasCalm = false;

  constructor({ seed, shelves, trace }: WorldOptions) {
    this.#seed = seed;
    this.#shelves = shelves;
    this.#trace = trace;
    this.#chance = new Chance(`world ${seed}`);
    this.#scenario = scenarioOf(this.#chance.of('scenario'));
    this.#faults = this.#scenario.faults;
    this.#watcher = new Watcher(this.#scenario, this.#tally);
    this.#venue = new SimulatedVenue(this.#scenario, this.#venueWatch(), this.#tally);
    const warm = warmPicture(this.#scenario);
    this.#shelves.begin(warm.picture);
    this.#market = new Market(this.#scenario.policy, this.#chance.of('market'), warm.closes);
  }

  async live(): Promise<Outcome> {
    const { bars, startAt, timeframe } = this.#scenario;
    const barMs = TIMEFRAMES[timeframe];
    this.#boot();
    let [closeAt, played] = [startAt, 0];
    while (played < bars && this.#sound) {
      closeAt += barMs;
      if (sleeps(closeAt - barMs)) continue;
      const gap = this.#chance.happens(this.#faults.feed / 8);
      if (gap) {
        this.#tally.note('feed: gap');
        continue;
      }
      await this.#until(closeAt - startAt);
      this.#barCloses(closeAt);
      this.#planMisfortune(Math.min(barMs, 60_000));
      played += 1;
    }
    if (this.#sound) await this.#comeToRest(closeAt, barMs);
    this.#noteCalendar(startAt, closeAt);
    return {
      seed: this.#seed,
      violations: this.#watcher.violations,
      hash: this.#hash.digest('hex'),
      tally: this.#tally,
      orders: this.#watcher.sent,
      crashes: this.#crashes,
      events: this.#time.events,
    };
  }

  get #sound(): boolean {
    return this.#watcher.violations.length === 0;
  }

  #until(end: number): Promise<void> {
    return this.#time.runUntil(end, () => {
      if (this.#bareSince.size > 0) this.#checkStops();
      return !this.#sound;
    });
  }

  #say(text: () => string): void {
    if (this.#trace === undefined) return;
    const at = new Date(this.#scenario.startAt + this.#time.now).toISOString().slice(5, 23).replace('T', ' ');
    const who = this.#instance === undefined ? '–' : String(this.#instance.process.number);
    this.#trace(`${at} p${who.padEnd(3)} ${text()}`);
  }

  // ─── the market and the venue ──────────────────────────────────────────────────────────────────────────────────────

  #barCloses(closeAt: number): void {
    const bars = this.#market.bars(closeAt);
    this.#say(() => `bar ${bars.map(({ symbol, close }) => `${symbol} ${close}`).join(', ')}`);
    this.#venue.play(bars, this.#instance?.process.runs ?? false);
    this.#bars.push(bars);
    const late = this.#chance.happens(this.#faults.feed);
    if (late) this.#tally.note('feed: bar late');
    const lateMs = late ? this.#chance.between(500, 15_000) : 0;
    this.#barsVisibleAt = this.#time.now + lateMs;
    this.#time.after(lateMs + 1, () =>
      this.#reach((instance) => {
        instance.queue.wake();
        instance.queue.nudge('ingest');
      }),
    );
  }

  #venueWatch() {
    return {
      arrived: (arrival: Parameters<Watcher['arrived']>[0]) => {
        const { order, epoch, fenced } = arrival;
        this.#note(`arrives ${order.intent.orderId} of epoch ${epoch}${fenced ? ', fenced' : ''}`);
        this.#watcher.arrived(arrival);
      },
      said: (reports: Parameters<Watcher['said']>[0]) => {
        for (const report of reports) this.#note(`venue ${JSON.stringify(report)}`);
        this.#watcher.said(reports, this.#venue.holdings());
      },
    };
  }

  /** Part of the hash, and of the trace. */
  #note(text: string): void {
    this.#hash.update(`${this.#time.now} ${text}\n`);
    this.#say(() => text);
  }

  #feed(): BarFeed {
    return {
      description: 'simulated',
      simulated: true,
      history: () => [],
      due: (after): Due => {
        if (this.#time.now < this.#feedFaultUntil) throw new Error('the feed fails');
        const hidden = this.#time.now < this.#barsVisibleAt ? 1 : 0;
        const next = this.#bars
          .slice(0, this.#bars.length - hidden)
          .find(([bar]) => bar !== undefined && (after === undefined || bar.closeAt > after));
        return next === undefined ? { kind: 'wait', inMs: 1_000 } : { kind: 'bars', bars: next };
      },
      close: () => undefined,
    };
  }

  // ─── processes ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #reach(act: (instance: Instance) => void): void {
    const instance = this.#instance;
    if (instance?.started) instance.process.reach(() => act(instance));
  }

  #boot(): void {
    if (this.#instance !== undefined || !this.#sound) return;
    const process = new SimulatedProcess(++this.#processes, this.#time);
    const chance = this.#chance.of(`process ${process.number}`);
    let instance: Instance;
    try {
      instance = this.#assemble(process, chance);
    } catch (error) {
      this.#say(() => `start fails: ${String(error)}`);
      this.#time.after(3_000, () => this.#boot());
      return;
    }
    this.#instance = instance;
    this.#say(() => 'starts');
    instance.servo.start().then(
      () => {
        if (process.gone) return;
        instance.started = true;
        this.#say(() => `has started: ${statusOf(instance.servo.state.causes)}`);
        instance.queue.wake();
      },
      (error) => {
        this.#judge(error);
        this.#say(() => `start fails: ${String(error)}`);
        if (this.#instance === instance) this.#kill('process: dies while it starts', this.#chance.whole(1_000, 8_000));
      },
    );
  }

  #assemble(process: SimulatedProcess, chance: Chance): Instance {
    const { policy, timings, checkIntervalMs } = this.#scenario;
    const [time, tally, faults] = [this.#time, this.#tally, () => this.#faults];
    const clock = process.clock(() => this.#scenario.startAt + this.#time.now + this.#wallAheadMs);
    const plain = this.#shelves.open();
    const death = deathOf(chance.of('death'), this.#faults.crashAtCommit);
    const store = onDisk(plain, {
      disk: this.#disk,
      process,
      tally,
      death: () => (this.#faults.crashAtCommit > 0 ? death : undefined),
      die: () => this.#kill(undefined),
      committed: (events, last) => {
        for (const event of events) this.#note(`commits ${JSON.stringify(event)}`);
        this.#watcher.committed(events, last);
        this.#interrupt(events);
      },
    });
    const broker = simulatedLink({
      time,
      venue: this.#venue,
      process,
      chance: chance.of('link'),
      tally,
      faults,
      line: this.#line,
      handedOver: (order) => {
        if (process.gone) return;
        if (chance.happens(this.#faults.crashAtSend / 4)) {
          this.#kill('process: dies before an order leaves');
          throw new Died('the process is gone');
        }
        this.#note(`hands over ${order.intent.orderId}`);
        this.#watcher.handedOver(order);
      },
      trace: (text) => this.#say(() => text),
    });
    const predictor = simulatedModel({
      seed: String(this.#seed),
      time,
      process,
      chance: chance.of('model'),
      tally,
      faults,
    });
    const identity = { account: 'simulated', mode: 'paper', version: 'simulation', configHash: 'none' } as const;
    const servo = new Servo(policy, identity, timings, { store, broker, predictor, clock, feed: this.#feed() });
    servo.onCommit(({ state }) => tally.note(`servo: ${statusOf(state.causes)}`));
    const queue = new SimulatedQueue({
      ...{ servo, process, clock, tally, faults, checkIntervalMs },
      timeoutMs: timings.timeoutMs + 5_000,
      chance: chance.of('queue'),
      failed: (error) => {
        // What a zombie makes of a venue that has gone on without it never becomes durable.
        if (process !== this.#instance?.process) return;
        this.#say(() => `job fails: ${String(error)}`);
        this.#judge(error);
      },
    });
    return { process, servo, queue, store: plain, started: false };
  }

  /** What no misfortune can cause is a bug. */
  #judge(error: unknown): void {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      const bug =
        cause instanceof StateError ||
        cause instanceof OrderTransitionError ||
        cause instanceof PositionError ||
        cause instanceof UnitError ||
        cause instanceof TypeError;
      if (bug) {
        this.#watcher.fail('B1', `${cause.name}: ${cause.message}`);
        return;
      }
    }
  }

  #kill(how: Fault | undefined, restartMs = this.#downtimeMs()): void {
    const instance = this.#instance;
    if (instance === undefined) return;
    instance.process.die();
    this.#instance = undefined;
    this.#crashes += 1;
    if (how !== undefined) this.#tally.note(how);
    this.#say(() => `process ${instance.process.number} is gone: ${how ?? 'at a commit'}`);
    this.#time.after(restartMs, () => this.#boot());
  }

  /** Mostly a supervisor's few seconds; now and then the machine stays off while the market goes on. */
  #downtimeMs(): number {
    const long = this.#chance.happens(0.15 * Math.sign(this.#faults.crash));
    return long ? this.#chance.whole(1, 3) * TIMEFRAMES[this.#scenario.timeframe] : this.#chance.whole(200, 20_000);
  }

  // ─── misfortune ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What will go wrong between this bar and the next. */
  #planMisfortune(barMs: number): void {
    const faults = this.#faults;
    const plan = (rate: number, act: () => void) => {
      if (!this.#chance.happens(rate)) return;
      const withinMs = this.#chance.happens(0.7) ? BUSY_MS : barMs;
      this.#time.after(this.#chance.between(0, withinMs), act);
    };
    plan(faults.crash, () => {
      const starting = this.#instance?.started === false;
      if (this.#instance !== undefined)
        this.#kill(starting ? 'process: dies while it starts' : 'process: dies between two events');
    });
    plan(faults.standstill, () => this.#standStill());
    plan(faults.zombie, () => this.#leaveZombie());
    plan(faults.store, () => this.#breakDisk());
    plan(faults.wallJump, () => this.#jumpWall());
    plan(faults.feed / 2, () => {
      this.#tally.note('feed: fails');
      this.#feedFaultUntil = this.#time.now + this.#chance.whole(1_000, 10_000);
    });
    plan(faults.flush, () => this.#reach(({ queue }) => queue.flush()));
    plan(faults.silence, () => this.#reach(({ queue }) => queue.silence(this.#chance.whole(3_000, 15_000))));
    plan(faults.terminal, () => this.#touchTerminal());
    plan(faults.operator, () => this.#operate());
    plan(0.35, () => this.#lookAfter());
  }

  /** A person at the terminal, past the servo. */
  #touchTerminal(): void {
    const now = this.#scenario.startAt + this.#time.now;
    // A close that waits for the next open would be an order of the terminal, of which no broker tells us.
    const fillsNow = this.#scenario.rules.latencyMs === 0;
    if (this.#chance.happens(0.25)) this.#venue.vanishByHand(this.#chance, now);
    else if (fillsNow && this.#chance.happens(0.5)) this.#venue.closeByHand(this.#chance);
    else {
      const bare = this.#venue.moveLevelsByHand(this.#chance, now);
      if (bare !== undefined) this.#bareSince.set(bare, this.#time.now);
    }
    this.#reach(({ queue }) => queue.wake(DRESS_WITHIN_MS + 4_000));
  }

  /** I5: the stop is back, or a close is on its way, before five undisturbed seconds are over; a frame takes its time on top. */
  #checkStops(): void {
    const { positions } = this.#venue.holdings();
    const servo = this.#instance?.started ? this.#instance : undefined;
    const calm = servo?.process.runs && servo.servo.state.causes.reconciled && this.#disk.fault === undefined;
    // Nothing may have happened while it was not calm: the first moment after it is disturbed too.
    if (!calm || !this.#wasCalm || this.#time.now < this.#line.troubledUntil) this.#disturbedAt = this.#time.now;
    this.#wasCalm = calm === true;
    if (servo?.process.runs) servo.queue.wake();
    for (const [positionId, since] of this.#bareSince) {
      const position = positions.find((held) => held.positionId === positionId);
      if (position === undefined || position.stopLoss !== undefined || this.#watcher.closing(positionId)) {
        this.#bareSince.delete(positionId);
        continue;
      }
      const bareMs = this.#time.now - Math.max(since, this.#disturbedAt);
      if (bareMs > DRESS_WITHIN_MS) this.#watcher.fail('I5', `${positionId} has had no stop for ${bareMs} ms`);
    }
  }

  #standStill(): void {
    const instance = this.#instance;
    if (instance === undefined || !instance.process.runs) return;
    this.#tally.note('process: stands still and goes on');
    instance.process.standStill();
    this.#say(() => 'stands still');
    this.#time.after(this.#chance.whole(500, 60_000), () => {
      this.#say(() => 'goes on');
      instance.process.goOn();
      if (!instance.process.gone && instance.started) instance.queue.wake();
    });
  }

  /** The process stands still, another takes its place, and then the first goes on as if nothing had happened. */
  #leaveZombie(): void {
    const instance = this.#instance;
    if (instance === undefined || !instance.process.runs || this.#bystander !== undefined) return;
    instance.process.standStill();
    this.#bystander = instance;
    this.#instance = undefined;
    this.#say(() => `process ${instance.process.number} stands still and is given up`);
    this.#time.after(500, () => this.#boot());
    this.#time.after(this.#chance.whole(2_000, 30_000), () => {
      const other = this.#instance;
      this.#bystander = undefined;
      this.#say(() => `process ${instance.process.number} goes on as a zombie`);
      if (other?.started) this.#tally.note('process: goes on after a successor has started');
      instance.process.goOn();
      if (instance.started) instance.queue.wake();
      this.#time.after(10_000, () => instance.process.die());
    });
  }

  #breakDisk(): void {
    this.#disk.fault = this.#chance.pick([
      'store: disk full',
      'store: locked',
      'store: unreadable',
      'store: disk full',
    ] as const);
    this.#say(() => this.#disk.fault ?? '');
    if (this.#disk.fault === 'store: unreadable') this.#kill('process: dies between two events', 100);
    this.#time.after(this.#chance.whole(500, 12_000), () => {
      this.#disk.fault = undefined;
      this.#reach(({ queue }) => queue.wake());
    });
  }

  #jumpWall(): void {
    const hours = this.#chance.pick([-26, -1, -0.1, 0.1, 1, 26]);
    this.#tally.note(hours > 0 ? 'clock: wall jumps ahead' : 'clock: wall jumps back');
    this.#wallAheadMs += hours * 3_600_000;
    this.#say(() => `the wall clock jumps by ${hours} h`);
  }

  #operate(): void {
    const name = this.#chance.pick(['pause', 'resume', 'reset', 'flatten', 'halt', 'stop'] as const);
    this.#reach((instance) => this.#command(instance, name));
  }

  /** An operator's word in the very moment between a decision and its order, or between a refusal and the next attempt. */
  #interrupt(events: readonly DomainEvent[]): void {
    const decided = events.some((event) => event.kind === 'decision_made' && event.decision.outcome === 'approved');
    const refused = events.some(({ kind }) => kind === 'retry_scheduled');
    if (!(decided || refused) || !this.#chance.happens(2 * this.#faults.operator)) return;
    this.#time.after(this.#chance.between(0, decided ? 12 : 900), () => this.#operate());
  }

  /** Somebody looks now and then, and lifts what need not last: a world that is halted for good shows nothing more. */
  #lookAfter(): void {
    this.#reach((instance) => {
      const { halted, paused } = instance.servo.state.causes;
      if (halted !== undefined) this.#command(instance, 'reset');
      else if (paused !== undefined) this.#command(instance, 'resume');
    });
  }

  #command(instance: Instance, name: CommandName): void {
    const { servo, process, queue } = instance;
    try {
      const { accepted } = servo.command({ name, by: 'operator', surface: 'cli', reason: 'because' });
      this.#say(() => `operator: ${name} ${accepted ? 'accepted' : 'refused'}`);
      if (name === 'stop' && accepted) {
        servo.end().then(
          () => {
            if (process.gone) return;
            this.#say(() => 'has stopped');
            process.die();
            if (this.#instance === instance) this.#instance = undefined;
            this.#time.after(this.#chance.whole(500, 30_000), () => this.#boot());
          },
          () => this.#instance === instance && this.#kill('process: dies between two events'),
        );
      }
    } catch (error) {
      if (!process.gone) this.#judge(error);
    }
    if (!process.gone) queue.wake();
  }

  // ─── the end ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** No more faults: L1, then a flatten to its end, then a last comparison of everything with everything. */
  async #comeToRest(closeAt: number, barMs: number): Promise<void> {
    this.#faults = NO_FAULTS;
    this.#disk.fault = undefined;
    this.#line.downUntil = 0;
    this.#feedFaultUntil = 0;
    this.#barsVisibleAt = 0;
    this.#say(() => 'the last fault is over');
    // What was planned in the last bar still comes; frames and replies under way arrive.
    await this.#until(this.#time.now + CALM_MS);
    if (this.#instance === undefined) this.#boot();
    this.#reach(({ queue }) => queue.wake(CALM_MS));
    await this.#until(this.#time.now + CALM_MS);
    const { dryRun } = this.#scenario.policy;
    if (!this.#sound) return;
    const instance = this.#instance;
    if (instance === undefined || !instance.started) {
      this.#watcher.fail('L1', 'no servo has come up');
      return;
    }
    const { servo } = instance;
    this.#watcher.nothingIsOpen(servo.state);
    const explained = servo.state.causes.reconciled || servo.state.causes.halted !== undefined;
    if (!explained) this.#watcher.fail('L1', `not reconciled: ${servo.reconcileProblem}`);
    if (servo.state.step.at !== this.#bars.at(-1)?.[0]?.closeAt)
      this.#watcher.fail('L1', `the step is ${servo.state.step.at}`);
    if (!this.#sound) return;
    if (servo.state.causes.stopRequested === undefined) this.#command(instance, 'flatten');
    let at = closeAt;
    for (let bar = 0; bar < 3; bar++) {
      at += barMs;
      await this.#until(at - this.#scenario.startAt);
      this.#barCloses(at);
      await this.#until(this.#time.now + 20_000);
    }
    if (dryRun && this.#watcher.sent === 0) this.#tally.note('dry-run: a whole life without a send');
    if (!this.#sound) return;
    if (this.#venue.holdings().positions.length > 0 || servo.state.causes.flattening !== undefined) {
      this.#watcher.fail(
        'L1',
        `a flatten has not ended: ${this.#venue.holdings().positions.length} positions at the venue`,
      );
    }
    this.#watcher.booksAgree(servo.state, this.#venue.holdings());
    this.#compareWithJournal(instance);
  }

  #compareWithJournal({ servo, store }: Instance): void {
    try {
      const rebuilt = canonicalState(rebuildState(servo.policy, store));
      if (rebuilt !== canonicalState(servo.state))
        this.#watcher.fail('I7', 'the journal makes another state of itself');
    } catch (error) {
      this.#watcher.fail('I7', `the journal makes no state of itself: ${messageOf(error)}`);
    }
    const fault = this.#shelves.fault();
    if (fault !== undefined) this.#watcher.fail('I7', fault);
  }

  #noteCalendar(from: number, to: number): void {
    const offset = (at: number) =>
      new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York', timeZoneName: 'shortOffset' })
        .format(at)
        .slice(-2);
    if (offset(from) !== offset(to)) this.#tally.note('calendar: day of 23 or 25 hours');
  }
}

function deathOf(chance: Chance, rate: number): DeathPlan | undefined {
  return chance.happens(rate)
    ? { commits: chance.whole(1, 60), when: chance.pick(['before', 'after'] as const) }
    : undefined;
}
