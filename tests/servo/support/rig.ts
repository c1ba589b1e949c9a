/** A servo on a rig: real journal and real paper venue, but a market, a model and clocks that do what the test says. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { brokerOf } from '../../../src/broker/paper/configured-broker.ts';
import type { Config } from '../../../src/config/config.ts';
import { tradingPolicyOf } from '../../../src/config/policy.ts';
import { openStore, type SqliteStore } from '../../../src/db/store.ts';
import type { CommandName } from '../../../src/domain/commands.ts';
import type { DomainEvent, EventKind, EventOf } from '../../../src/domain/events.ts';
import type { Bar } from '../../../src/domain/market.ts';
import type { LivePolicy } from '../../../src/domain/policy.ts';
import type { BarFeed, Broker, Clock, Due, Predictor, PredictorInput } from '../../../src/domain/ports.ts';
import { statusOf } from '../../../src/domain/servo.ts';
import type { Prediction } from '../../../src/domain/signal.ts';
import { price, type UnixMs, unixMs } from '../../../src/domain/units.ts';
import { systemClock } from '../../../src/servo/clock.ts';
import { Servo } from '../../../src/servo/servo.ts';
import type { ServoPorts, ServoTimings } from '../../../src/servo/servo-parts.ts';
import { STAGES } from '../../../src/servo/stage.ts';
import { type StatusView, statusView } from '../../../src/servo/views.ts';
import { ANY_PACE, BY_RISK, UNBOUND } from '../../domain/builders.ts';
import { pathsIn, simulated, TIMINGS, testConfig } from '../../support/world.ts';

const SPREAD_TICKS = 6;

/** EURUSD alone, a venue that fills at once, leverage enough that a stop costs `riskPerTrade` of equity. */
export const rigConfig = (change: (config: Config) => Config = (config) => config): Config =>
  testConfig((shipped) => {
    const { trading, paper, limits } = shipped;
    return change({
      ...shipped,
      trading: { ...trading, symbols: trading.symbols.filter(({ instrument }) => instrument.symbol === 'EURUSD') },
      limits: { ...limits, maxDailyTrades: 40, maxPositionMargin: 0.9, maxDrawdown: 0.5 },
      sizing: BY_RISK,
      exposure: UNBOUND,
      pace: ANY_PACE,
      paper: { ...paper, leverage: 500, latencyMs: 0 },
    });
  });

/** Gives the bars it was handed, and waits for the next. */
export class HandFeed implements BarFeed {
  readonly description = 'bars from the test';
  readonly simulated = true;
  readonly #history: readonly Bar[];
  readonly #bars: Bar[] = [];
  fault: string | undefined;

  constructor(history: readonly Bar[]) {
    this.#history = history;
  }

  /** The next bar goes from the last close straight to `ticks` above or below it. */
  move(ticks: number): void {
    const last = this.#bars.at(-1) ?? this.#history.at(-1);
    if (last === undefined) throw new Error('a market without a past');
    const close = price(last.close + ticks);
    this.#bars.push({
      ...last,
      openAt: last.closeAt,
      closeAt: unixMs(2 * last.closeAt - last.openAt),
      open: last.close,
      high: price(Math.max(last.close, close)),
      low: price(Math.min(last.close, close)),
      close,
      spread: price(SPREAD_TICKS),
    });
  }

  history(): readonly Bar[] {
    return this.#history;
  }

  due(after: UnixMs | undefined): Due {
    if (this.fault !== undefined) throw new Error(this.fault);
    const bar = this.#bars.find(({ closeAt }) => after === undefined || closeAt > after);
    return bar === undefined ? { kind: 'wait', inMs: 1_000 } : { kind: 'bars', bars: [bar] };
  }

  close(): void {}
}

/** Wants what the test wants, or behaves as badly. */
export class HandModel implements Predictor {
  wants: 'buy' | 'sell' | 'nothing' = 'nothing';
  /** Stands in for the answer. */
  instead: (() => Promise<readonly Prediction[]>) | undefined;

  async predict(inputs: readonly PredictorInput[]): Promise<readonly Prediction[]> {
    if (this.instead !== undefined) return this.instead();
    const [down, flat, up] = { buy: [0.1, 0.1, 0.8], sell: [0.8, 0.1, 0.1], nothing: [0.1, 0.8, 0.1] }[this.wants];
    return inputs.map(() => ({ kind: 'prediction', model: 'hand', probabilities: { down, flat, up } as never }));
  }

  async close(): Promise<void> {}
}

export class HandClock implements Clock {
  #wallMs = Date.UTC(2026, 0, 7, 9);
  #monotonicMs = 5_000;

  wall(): UnixMs {
    return unixMs(this.#wallMs);
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  after = systemClock.after;

  pass(ms: number): void {
    this.#wallMs += ms;
    this.#monotonicMs += ms;
  }

  /** Somebody sets the machine's clock. */
  jumpWall(ms: number): void {
    this.#wallMs += ms;
  }
}

/** What stands between the servo and its real ports. */
export type Between = (ports: ServoPorts) => ServoPorts;

export interface RigOptions {
  readonly config?: Config;
  readonly timings?: Partial<ServoTimings>;
  readonly ports?: Between;
  /** The money is real, as far as the servo can tell. */
  readonly live?: LivePolicy;
}

interface World {
  readonly folder: string;
  readonly market: HandFeed;
  readonly model: HandModel;
  readonly clock: HandClock;
}

export class Rig {
  readonly #options: RigOptions;
  readonly #world: World;
  readonly servo: Servo;
  readonly store: SqliteStore;
  readonly broker: Broker;
  readonly events: DomainEvent[] = [];
  #open = true;

  private constructor(options: RigOptions, world: World) {
    this.#options = options;
    this.#world = world;
    const { folder, market: feed, model: predictor, clock } = world;
    const config = options.config ?? rigConfig();
    const paths = pathsIn(folder);
    const { live } = options;
    const account = live?.book ?? paths.account;
    const mode = live === undefined ? 'paper' : 'live';
    this.store = openStore({ path: paths.database, account, mode });
    this.broker = brokerOf(config, paths);
    const ports = { store: this.store, broker: this.broker, feed, predictor, clock };
    const identity = { account, mode, version: 'test', configHash: config.configHash } as const;
    const timings = { ...TIMINGS, ...options.timings };
    const policy = { ...tradingPolicyOf(config), ...(live && { live }) };
    this.servo = new Servo(policy, identity, timings, options.ports?.(ports) ?? ports);
    this.servo.onCommit(({ events }) => this.events.push(...events));
    onTestFinished(() => this.close());
  }

  /** In a folder of its own, not started yet. */
  static asleep(options: RigOptions = {}): Rig {
    const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'servo-rig-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const market = new HandFeed(simulated(options.config ?? rigConfig(), 1).history());
    return new Rig(options, { folder, market, model: new HandModel(), clock: new HandClock() });
  }

  /** Started and agreed with its venue. */
  static async start(options: RigOptions = {}): Promise<Rig> {
    const rig = Rig.asleep(options);
    await rig.servo.start();
    return rig;
  }

  /** Another process on the same books, after this one has closed its files; not started yet. */
  async next(options: RigOptions = this.#options): Promise<Rig> {
    await this.close();
    return new Rig(options, this.#world);
  }

  async restarted(options: RigOptions = this.#options): Promise<Rig> {
    const rig = await this.next(options);
    await rig.servo.start();
    return rig;
  }

  get folder(): string {
    return this.#world.folder;
  }

  get market(): HandFeed {
    return this.#world.market;
  }

  get model(): HandModel {
    return this.#world.model;
  }

  get clock(): HandClock {
    return this.#world.clock;
  }

  get state() {
    return this.servo.state;
  }

  get status() {
    return statusOf(this.state.causes);
  }

  get view(): StatusView {
    const [nowWallMs, nowMonotonicMs] = [this.clock.wall(), this.clock.monotonic()];
    const facts = { nowWallMs, nowMonotonicMs, simulated: true, watchdogActive: false, heartbeatAgoMs: 0 };
    return statusView(this.servo, facts);
  }

  /** One bar after another, each through every stage. */
  async bars(...moves: readonly number[]): Promise<void> {
    for (const ticks of moves) {
      this.market.move(ticks);
      await this.run();
    }
  }

  /** As the queue does it: every stage in its turn, what is thrown is counted, until nothing moves any more. */
  async run(): Promise<void> {
    for (let worked = true; worked; ) {
      worked = false;
      for (const stage of STAGES) {
        const did = await this.servo.advance(stage).catch((error) => this.servo.noteError(error));
        worked ||= did === true;
      }
    }
  }

  say(name: CommandName, reason = '') {
    return this.servo.command({ name, by: 'anna', surface: 'cli', reason });
  }

  of<K extends EventKind>(kind: K): EventOf<K>[] {
    return this.events.filter(({ kind: found }) => found === kind) as DomainEvent[] as EventOf<K>[];
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.broker.close();
    this.store.close();
  }
}
