/** The servo: advances one stage at a time over the pure core, talks to its ports, and obeys its operators. */
import type { Command } from '../domain/commands.ts';
import type { DomainEvent } from '../domain/events.ts';
import { limitsIn } from '../domain/limits/editable.ts';
import { keepMandateFlat, owesMandateFlat } from '../domain/limits/mandate-flat.ts';
import { pursueFlatten } from '../domain/management/flatten.ts';
import type { Bar } from '../domain/market.ts';
import type { TradingPolicy } from '../domain/policy.ts';
import type { Due } from '../domain/ports.ts';
import type { Component } from '../domain/servo.ts';
import type { Prediction } from '../domain/signal.ts';
import { awaitingExecution } from '../domain/stages/execute.ts';
import { dropUndecided, ingest, ingestHistory } from '../domain/stages/ingest.ts';
import { monitor } from '../domain/stages/monitor.ts';
import { awaitingPrediction, predict } from '../domain/stages/predict.ts';
import { awaitingDecision, riskGate } from '../domain/stages/risk-gate.ts';
import { marketOf, type ServoState } from '../domain/state.ts';
import { type UnixMs, unixMs } from '../domain/units.ts';
import { Agreement } from './agreement.ts';
import { Arming } from './arming.ts';
import { askReports, askSnapshot } from './ask-broker.ts';
import { askModel } from './ask-model.ts';
import { Book, type CommitListener } from './book.ts';
import { beginCooldown, Cooldown } from './cooldown.ts';
import { ComponentError, type ComponentHealth, ErrorBudget, messageOf } from './error-budget.ts';
import { Exclusive } from './exclusive.ts';
import { NakedWatch } from './naked-watch.ts';
import { type CommandResult, obey } from './operate.ts';
import { Patience } from './patience.ts';
import { Pursuit } from './pursuit.ts';
import { Safety } from './safety.ts';
import { type Sender, sendOrders } from './send-orders.ts';
import type { ServoIdentity, ServoPorts, ServoTimings } from './servo-parts.ts';
import { type LimitOrder, setLimit } from './set-limit.ts';
import { nextStage, type Stage } from './stage.ts';
import { ModelTurnover } from './turnover.ts';

const SNAPSHOT_EVERY_STEPS = 200;

export class Servo {
  /** As config.yaml has it; what holds is the state's. */
  readonly policy: TradingPolicy;
  readonly identity: ServoIdentity;
  readonly startedAt: UnixMs;
  readonly #ports: ServoPorts;
  readonly #timings: ServoTimings;
  readonly #book: Book;
  readonly #budget: ErrorBudget;
  readonly #cooldown: Cooldown;
  readonly #sender: Sender;
  readonly #agreement: Agreement;
  readonly #safety: Safety;
  readonly #arming: Arming;
  readonly #nakedWatch: NakedWatch;
  readonly #pursuit: Pursuit;
  readonly #models: ModelTurnover;
  readonly #patience: Patience;
  readonly #exclusive = new Exclusive();
  /** Apart from all else: a slow model must not stand in the way of an exit. */
  readonly #asking = new Exclusive();
  /** When each rejected signal may be tried again, on the monotonic clock. */
  readonly #retryAt = new Map<string, number>();
  #steps = 0;
  #feedEnded = false;

  constructor(policy: TradingPolicy, identity: ServoIdentity, timings: ServoTimings, ports: ServoPorts) {
    this.policy = policy;
    this.identity = identity;
    this.startedAt = ports.clock.wall();
    this.#timings = timings;
    this.#ports = ports;
    this.#book = new Book(policy, ports.store, ports.clock);
    this.#patience = new Patience(ports.clock, timings.timeoutMs);
    this.#budget = new ErrorBudget(timings.maxErrors);
    this.#cooldown = new Cooldown(ports.clock);
    this.#pursuit = new Pursuit(ports.clock, timings.retryDelayMs);
    this.#models = new ModelTurnover(ports.predictor, ports.clock);
    const { broker, clock, diskTrouble, live } = ports;
    const lent = { broker, clock, state: () => this.state, commit: this.#commit, guard: this.#guard };
    this.#arming = new Arming(lent, live);
    const { watch } = this.#arming;
    this.#sender = { ...lent, watch, noteError: (error, fallback) => this.noteError(error, fallback) };
    this.#agreement = new Agreement(this.#sender);
    this.#nakedWatch = new NakedWatch(this.#sender);
    this.#safety = new Safety({ ...lent, diskTrouble });
    this.#book.onCommit(({ events }) => this.#noteRetries(events));
  }

  get state(): ServoState {
    return this.#book.state;
  }

  /** A replay has shown its last bar and every stage is done with it. */
  get finished(): boolean {
    return this.#feedEnded && nextStage(this.state) === 'ingest';
  }

  /** A call of a port is under way. */
  get isWaiting(): boolean {
    return this.#patience.isTried || this.#asking.isBusy;
  }

  get health(): ReadonlyMap<Component, ComponentHealth> {
    return this.#budget.health();
  }

  /** Why trading has not started yet, in words. */
  get reconcileProblem(): string | undefined {
    return this.#agreement.problem;
  }

  /** A listener that fails is counted, and changes nothing of what was committed. */
  onCommit(listener: CommitListener): void {
    this.#book.onCommit((commit) => this.#aside(() => listener(commit)));
  }

  /** Recovery, always: the journal's state, a new epoch at the broker, agreement with its book, and history for the indicators. */
  async start(): Promise<void> {
    const { broker, feed, clock } = this.#ports;
    const { account, ...identity } = this.identity;
    const { currency, dryRun } = this.policy;
    const epoch = this.state.epoch + 1;
    await this.#guard('broker', () => broker.connect(epoch));
    const { balance } = await this.#guard('broker', () => askSnapshot(broker));
    this.#book.commit((state, emit) => {
      const at = clock.wall();
      if (state.epoch === 0) emit({ kind: 'account_opened', at, account, currency, balance });
      const limits = limitsIn(this.policy);
      emit({ kind: 'process_started', at, epoch, dryRun, ...identity, startedAt: at, limits });
      this.#arming.watch(state, emit);
    });
    this.#agreement.connected(epoch);
    await this.#arming.look();
    this.#cooldown.resume(this.state.causes.cooldown);
    this.#models.tell(this.#commit);
    const lastBars = [...this.state.markets.values()].flatMap(({ lastBar }) => lastBar ?? []);
    if (lastBars.length === 0) this.#book.commit((_, emit) => ingestHistory(this.#traded(feed.history()), emit));
    // A venue that lives in this process knows no price before it is shown one.
    else await this.#guard('broker', () => broker.onBars(lastBars));
    await this.#exclusive.run(() => this.#agreement.seek());
  }

  /** Does the stage's pending work for every symbol at once. False when it has none: doing it twice changes nothing. */
  advance(stage: Stage): Promise<boolean> {
    const turns = stage === 'predict' ? this.#asking : this.#exclusive;
    return turns.run(async () => {
      // Also before the gate and the send: what was sound at the last sweep may not be now.
      if (stage !== 'predict') this.#look();
      if (stage === 'monitor') await this.#housekeeping();
      if (nextStage(this.state) !== stage || !this.state.causes.reconciled) return false;
      const { clock, store } = this.#ports;
      const startedMs = clock.monotonic();
      const worked = await this.#work(stage);
      if (worked) this.#aside(() => store.recordLatency(stage, clock.monotonic() - startedMs, clock.wall()));
      return worked;
    });
  }

  /** What must go on when the queue is dead: bars, fills, marks, limits and exits. Nothing is predicted and nothing opened. */
  watch(): Promise<void> {
    return this.#exclusive.run(async () => {
      this.#look();
      await this.#housekeeping();
      if (!this.state.causes.reconciled) return;
      try {
        if (this.state.step.completed) await this.#ingest();
        this.#monitor();
      } finally {
        // Exits that were asked for before leave even when no bar comes.
        await sendOrders(this.#sender, 'reductions');
      }
    });
  }

  /** On process time, every second and whatever the queue does: no position of ours stays without a stop at the broker. */
  async watchStops(): Promise<void> {
    if (!this.state.causes.reconciled) return;
    await this.#nakedWatch.look();
    if (!awaitingExecution(this.state).some(({ intent }) => intent.kind !== 'open')) return;
    // What hangs is given up for it, and what waits lets it pass.
    const hasItsTurn = this.#patience.hurry();
    await this.#exclusive.runNext(() => {
      hasItsTurn();
      return sendOrders(this.#sender, 'reductions');
    });
  }

  /** Takes effect before it returns; what it asks of the broker follows at once, without the queue. */
  command(command: Command): CommandResult {
    const at = command.name === 'arm' ? this.#arming.now : this.#ports.clock.wall();
    const codeStep = this.#arming.codeStepOf(command);
    const result = this.#book.commit((state, emit) => obey(state, command, at, emit, codeStep));
    if (result.accepted) {
      void this.#exclusive
        .run(async () => {
          if (!this.state.causes.reconciled) await this.#agreement.seek();
          if (this.state.causes.reconciled) await sendOrders(this.#sender, 'reductions');
        })
        .catch((error) => this.noteError(error));
    }
    return result;
  }

  /** In force before it returns, or waiting for the limit's window; the monitor acts on it as on any other limit. */
  setLimit(order: LimitOrder): CommandResult {
    const at = this.#ports.clock.wall();
    return this.#book.commit((state, emit) => setLimit(state, this.policy, order, at, emit));
  }

  /** In how long a bar is due; undefined when the feed has ended. 0 when one is, or when ingest shall meet the feed's error. */
  feedDelayMs(): number | undefined {
    try {
      const due = this.#ports.feed.due(this.state.step.at);
      return due.kind === 'ended' ? undefined : due.kind === 'wait' ? due.inMs : 0;
    } catch {
      return 0;
    }
  }

  /** Counts an error against its component; when the budget is spent, entries stop for the cooldown, and a second one halts. */
  noteError(error: unknown, fallback: Component = 'queue'): void {
    const component = error instanceof ComponentError ? error.component : fallback;
    const reason = messageOf(error);
    if (!this.#budget.failed(component, reason)) return;
    try {
      this.#coolDown(component, reason);
    } catch (broken) {
      // While the store is broken nothing can be written, hence nothing sent: a fact about that very error may be lost.
      this.#budget.failed('store', messageOf(broken));
    }
  }

  noteSuccess(component: Component): void {
    this.#budget.succeeded(component, this.#ports.clock.monotonic());
  }

  /** Finishes what is under way and writes the last picture. Positions keep their broker stops. */
  async end(): Promise<void> {
    await this.#asking.idle();
    await this.#exclusive.idle();
    this.#book.commit((_, emit) => emit({ kind: 'process_ended', at: this.#ports.clock.wall() }));
    this.#book.saveSnapshot();
  }

  #look(): void {
    this.#safety.look();
    if (this.state.live !== undefined) this.#commit(this.#arming.watch);
  }

  async #work(stage: Stage): Promise<boolean> {
    switch (stage) {
      case 'ingest':
        return this.#ingest();
      case 'predict':
        return this.#predict();
      case 'risk-gate':
        return this.#riskGate();
      case 'execute':
        return sendOrders(this.#sender, 'all');
      case 'monitor':
        return this.#monitor();
    }
  }

  async #ingest(): Promise<boolean> {
    this.#models.tell(this.#commit);
    const due = await this.#guard('feed', async (): Promise<Due> => this.#ports.feed.due(this.state.step.at));
    this.#feedEnded = due.kind === 'ended';
    if (due.kind !== 'bars') return false;
    const bars = this.#traded(due.bars);
    const { broker } = this.#ports;
    // One operation: a venue that takes bars and gives no reports has not succeeded.
    const reports = await this.#guard('broker', async () => {
      await broker.onBars(bars);
      return askReports(broker, this.state.reportCursor);
    });
    this.#commit((state, emit) => ingest(state, { bars, reports }, emit));
    return true;
  }

  async #predict(): Promise<boolean> {
    const barOf = (symbol: string) => marketOf(this.state, symbol).lastBar?.closeAt;
    const asked = awaitingPrediction(this.state).map((symbol) => ({ symbol, bar: barOf(symbol) }));
    const inputs = asked.map(({ symbol }) => ({ symbol, values: marketOf(this.state, symbol).engine.values() }));
    const predictions = await askModel(this.#ports, inputs, this.#timings.timeoutMs);
    return this.#exclusive.run(async () => {
      const answered = asked.map(({ symbol, bar }, i) => ({ symbol, bar, prediction: predictions[i] as Prediction }));
      // A bar that closed while the model was thinking is not what it was asked about.
      const present = answered.filter(({ symbol, bar }) => bar === barOf(symbol));
      const answers = new Map(present.map(({ symbol, prediction }) => [symbol, prediction]));
      this.#commit((state, emit) => predict(state, answers, emit));
      this.#notePredictions(predictions);
      return true;
    });
  }

  #riskGate(): boolean {
    const now = this.#ports.clock.monotonic();
    const ready = awaitingDecision(this.state).filter(({ symbol }) => now >= (this.#retryAt.get(symbol) ?? 0));
    if (ready.length === 0) return false;
    const symbols = ready.map(({ symbol }) => symbol);
    for (const symbol of symbols) this.#retryAt.delete(symbol);
    this.#commit((state, emit) => riskGate(state, symbols, emit));
    return true;
  }

  #monitor(): boolean {
    if (this.state.step.completed) return false;
    this.#commit((state, emit) => monitor(state, emit));
    this.#steps += 1;
    if (this.#steps % SNAPSHOT_EVERY_STEPS === 0) this.#aside(() => this.#book.saveSnapshot());
    return true;
  }

  /** On process time, at every sweep: an ended cooldown, an agreement with the broker that is still missing. */
  async #housekeeping(): Promise<void> {
    if (this.#cooldown.over(this.state.causes.cooldown)) {
      this.#commit((_, emit) => emit({ kind: 'cooldown_ended', at: this.#ports.clock.wall() }));
    }
    if (!this.state.causes.reconciled) return this.#agreement.seek();
    await this.#pursueFlatten();
    if (!this.#agreement.due) return;
    // What cannot be found out yet does not keep the monitor from its work.
    await this.#arming.look().catch((error) => this.noteError(error, 'broker'));
    await this.#agreement.seek().catch((error) => this.noteError(error, 'broker'));
  }

  /** What the venue has refused is asked for again, whether a bar comes or not. */
  async #pursueFlatten(): Promise<void> {
    const at = this.state.step.at ?? this.#ports.clock.wall();
    if (!this.#pursuit.due(this.state.causes.flattening !== undefined || owesMandateFlat(this.state, at))) return;
    this.#commit((state, emit) => {
      pursueFlatten(state, at, emit, true);
      keepMandateFlat(state, at, emit, true);
    });
    await sendOrders(this.#sender, 'reductions');
  }

  #traded(bars: readonly Bar[]): Bar[] {
    return bars.filter(({ symbol }) => this.policy.symbols.has(symbol));
  }

  /** A neutral answer for want of a working model is the predictor's error; poor features are not. */
  #notePredictions(predictions: readonly Prediction[]): void {
    const failed = predictions.find(
      (prediction) => prediction.kind === 'neutral' && prediction.reason !== 'features_invalid',
    );
    if (failed?.kind === 'neutral') this.noteError(`${failed.reason}: ${failed.detail}`, 'predictor');
    else this.noteSuccess('predictor');
  }

  #noteRetries(events: readonly DomainEvent[]): void {
    for (const event of events) {
      if (event.kind !== 'retry_scheduled') continue;
      this.#retryAt.set(event.symbol, this.#ports.clock.monotonic() + this.#timings.retryDelayMs);
    }
  }

  #coolDown(component: Component, reason: string): void {
    const { maxErrors: errors, errorCooldownMs } = this.#timings;
    const at = this.#ports.clock.wall();
    const until = unixMs(at + errorCooldownMs);
    this.#book.commit((state, emit) => {
      // A decision that cannot be written down must not keep the monitor waiting behind it.
      if (component === 'store') dropUndecided(state, state.step.at ?? at, emit);
      beginCooldown(state, { at, component, errors, reason, until }, emit);
    });
    this.#cooldown.resume(this.state.causes.cooldown);
  }

  /** What accompanies the work and is no part of it: its failure is counted, and the work stands. */
  #aside(accompany: () => void): void {
    try {
      accompany();
    } catch (error) {
      this.noteError(error, 'store');
    }
  }

  #commit: Book['commit'] = (decide) => {
    try {
      const result = this.#book.commit(decide);
      this.noteSuccess('store');
      return result;
    } catch (error) {
      throw new ComponentError('store', error);
    }
  };

  #guard = async <T>(component: Component, call: () => Promise<T>): Promise<T> => {
    try {
      const result = await this.#patience.within(`a call of the ${component}`, call());
      this.noteSuccess(component);
      return result;
    } catch (error) {
      throw error instanceof ComponentError ? error : new ComponentError(component, error);
    }
  };
}
