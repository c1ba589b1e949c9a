/** Everything that can happen to the servo: what the journal holds and what `apply` understands. Plain JSON-safe data. */
import type { LadderStep, RiskAssessment } from './account.ts';
import type { TradingPeriods } from './calendar.ts';
import type { CommandName, LimitSurface } from './commands.ts';
import type { Decision } from './decision.ts';
import type { ExternalPosition } from './external.ts';
import type { GuardName, TrustStep } from './guards/ladder.ts';
import type { LimitName, LimitValue, LimitValues } from './limits/editable.ts';
import type { ArmingFailure, LiveFacts } from './live.ts';
import type { Bar } from './market.ts';
import type { ModelCard } from './model-card.ts';
import type { Fill, OrderEventKind, ReduceIntent, ReduceReason } from './order.ts';
import type { LossWindowName, MandateRule, RiskLevel } from './policy.ts';
import type { Position, Progress, Trade } from './position.ts';
import type { Component, SafetyGuard } from './servo.ts';
import type { ShadowEnd, ShadowTrade } from './shadow.ts';
import type { Signal } from './signal.ts';
import type { Money, Price, Quantity, UnixMs } from './units.ts';

/** The extremes of several marks. */
export interface MarkedThrough {
  readonly peak: Money;
  readonly positions: readonly (Pick<Position, 'positionId' | 'worst' | 'best'> & { readonly progress?: Progress })[];
}

export interface EventTable {
  /** The account's book is opened, once in its life. */
  account_opened: { readonly account: string; readonly currency: string; readonly balance: Money };
  process_started: {
    readonly epoch: number;
    readonly mode: string;
    readonly dryRun: boolean;
    readonly version: string;
    readonly configHash: string;
    /** Wall time. */
    readonly startedAt: UnixMs;
    /** What config.yaml allows; absent in a journal that an older servo began. */
    readonly limits?: LimitValues;
  };
  /** Sends of unknown outcome are asked for under a later epoch: what is still on its way can never execute. Committed before the broker hears of it. */
  fenced: { readonly epoch: number; readonly orderIds: readonly string[] };
  reconciled: { readonly epoch: number; readonly positions: number; readonly repaired: number };
  process_ended: Record<never, never>;

  bar_closed: { readonly bar: Bar /** History: warms indicators up, decides nothing. */; readonly warm: boolean };
  /** Between two bars: from the next prediction on another model speaks for these symbols. */
  model_changed: { readonly symbols: readonly string[]; readonly from?: string; readonly to: ModelCard };
  /** A model that was to serve failed its checks; the one before serves on. */
  model_refused: { readonly symbols: readonly string[]; readonly name: string; readonly reason: string };
  signal_made: { readonly signal: Signal };
  /** The guards of a model have moved its ladder on one symbol. */
  trust_changed: {
    readonly symbol: string;
    readonly model: string;
    readonly from: TrustStep;
    readonly to: TrustStep;
    readonly because: readonly GuardName[];
  };
  /** A would-be trade: nothing was sent. */
  shadow_opened: { readonly trade: ShadowTrade };
  shadow_closed: {
    readonly shadowId: string;
    readonly symbol: string;
    readonly model: string;
    readonly decisionId: string;
  } & ShadowEnd;
  /** A newer bar made an undecided vector or signal worthless. */
  signal_dropped: { readonly symbol: string; readonly decisionId: string; readonly barClosedAt: UnixMs };
  decision_made: { readonly decision: Decision };
  retry_scheduled: { readonly symbol: string; readonly decisionId: string; readonly attempt: number };

  reduce_requested: { readonly intent: ReduceIntent };
  order_changed: {
    readonly orderId: string;
    readonly change: OrderEventKind;
    readonly venueOrderId?: string;
    readonly detail?: string;
    /** Of the report that said so. */
    readonly sequence?: number;
  };
  fill_applied: {
    readonly fill: Fill;
    readonly sequence: number;
    /** The order's change, where an order caused the fill. */
    readonly change?: OrderEventKind;
    readonly position?: Position;
    readonly trade?: Trade;
    readonly cash: Money;
    /** Adverse distance from the reference price in ticks; negative is an improvement. Entries only. */
    readonly slippage?: number;
  };
  /** An entry filled worse than `max_slippage` allows. */
  slippage_exceeded: {
    readonly orderId: string;
    readonly positionId: string;
    readonly symbol: string;
    readonly ticks: number;
    readonly limit: number;
    readonly action: 'keep' | 'close';
  };
  position_amended: {
    readonly positionId: string;
    readonly stopLoss: Price;
    readonly takeProfit: Price;
    readonly sequence: number;
    /** The stop went to break-even: that happens once. */
    readonly breakEven?: true;
    /** Somebody moved them at the broker. */
    readonly byHand?: true;
  };
  /** The broker shows other levels than ours, and no report tells why: somebody moved them, and they hold. A level of 0 is none. */
  levels_adopted: {
    readonly positionId: string;
    readonly symbol: string;
    readonly stopLoss: Price;
    readonly takeProfit: Price;
    readonly before: { readonly stopLoss: Price; readonly takeProfit: Price };
  };
  /**
   * The broker shows less of a position than we know, twice, and its reports, which are all told, do not say why: its volume holds.
   * Nothing left makes a trade, at a price that nobody told.
   */
  position_adopted: {
    readonly positionId: string;
    readonly symbol: string;
    readonly before: Quantity;
    readonly left: Quantity;
    readonly position?: Position;
    readonly trade?: Trade;
  };
  /** What the balance differed by once the broker's volumes held: booked, so that it is the broker's. */
  balance_adopted: { readonly amount: Money; readonly balance: Money };
  /** The deal behind an adopted volume, told after all. Its money is in the balance already. */
  deal_told_late: { readonly fill: Fill; readonly sequence: number };
  /** Of a position that was taken as closed: levels that stand nowhere any more, a swap that is in the balance already. */
  report_told_late: {
    readonly positionId: string;
    readonly report: 'amended' | 'swap';
    readonly amount?: Money;
    readonly sequence: number;
  };
  /** A position of ours stands at the broker without a stop. */
  stop_missing: { readonly positionId: string; readonly symbol: string };
  /** All positions on the account that are not ours, whenever that changes. */
  externals_seen: { readonly externals: readonly ExternalPosition[] };
  cash_moved: {
    readonly amount: Money;
    /** Paid in or out: neither won nor lost. */
    readonly capital: boolean;
    readonly text: string;
    readonly sequence: number;
  };
  swap_charged: { readonly positionId: string; readonly amount: Money; readonly sequence: number };

  equity_marked: {
    readonly balance: Money;
    readonly equity: Money;
    /** Of marks before this one that were not told one by one: a backtest holds positions through many bars at a time. */
    readonly through?: MarkedThrough;
  };
  windows_rolled: { readonly windows: readonly LossWindowName[]; readonly periods: TradingPeriods };
  ladder_stepped: {
    readonly window: LossWindowName;
    readonly step: LadderStep;
    readonly loss: Money;
    readonly limit: Money;
  };
  /** At the end of a trading day, where the risk level or its calm days have changed. */
  risk_assessed: { readonly from: RiskLevel } & Omit<RiskAssessment, 'since'>;
  /** So many losses in a row: no entries until then, in market time. On one symbol, or on all of them. */
  losing_streak: { readonly symbol?: string; readonly losses: number; readonly until: UnixMs };
  /** The mandate's day begins; its first one begins the mandate. */
  mandate_rolled: { readonly day: number; readonly dayStart: Money };
  /** The buffer before a rule of the mandate is reached: entries end. */
  mandate_stopped: {
    readonly rule: MandateRule;
    readonly equity: Money;
    readonly stopsAt: Money;
    readonly breaksAt: Money;
  };
  /** Monitor is done with this close time. */
  step_completed: Record<never, never>;

  command_accepted: {
    readonly command: CommandName;
    readonly by: string;
    readonly surface: string;
    readonly reason: string;
  };
  /** A loosening waits until the limit's next window begins. */
  limit_edited: {
    readonly limit: LimitName;
    /** What held before; null is no limit. */
    readonly from: LimitValue;
    readonly to: LimitValue;
    readonly by: string;
    readonly surface: LimitSurface;
    readonly reason: string;
    readonly effective: 'now' | 'next_window';
  };
  /** What the conditions of live trading are judged by, whenever that changes. */
  live_checked: { readonly facts: LiveFacts };
  armed: {
    readonly by: string;
    readonly reason: string;
    readonly account: string;
    /** Wall time. */
    readonly until: UnixMs;
    readonly models: Readonly<Record<string, string>>;
    /** Of its one-time code: neither the code nor an earlier one is taken again. */
    readonly codeStep: number;
  };
  disarmed: { readonly by: string; readonly reason: string };
  arming_failed: { readonly by: string; readonly surface: string; readonly why: ArmingFailure };
  cooldown_started: {
    readonly component: Component;
    readonly errors: number;
    readonly reason: string;
    /** Wall time. */
    readonly until: UnixMs;
  };
  cooldown_ended: Record<never, never>;
  /** Entries end until it is regained; after a jump of the clock the books must agree anew. */
  safety_lost: { readonly guard: SafetyGuard; readonly reason: string };
  safety_regained: { readonly guard: SafetyGuard };
  halted: { readonly by: string; readonly reason: string /** Its limit was reached. */; readonly drawdown?: true };
  /** Every position is to be closed and every working entry cancelled, until the broker's book is empty. */
  flatten_started: { readonly by: string; readonly reason: ReduceReason };
  flattened: { readonly reason: ReduceReason };
}

export type EventKind = keyof EventTable;
/** `at` is market time; for what happens before the first bar, the wall's. */
export type EventOf<K extends EventKind> = { readonly kind: K; readonly at: UnixMs } & EventTable[K];
export type DomainEvent = { [K in EventKind]: EventOf<K> }[EventKind];

/** Deciders are given this: the event is applied at once, so what they read next is already true. */
export type Emit = (event: DomainEvent) => void;
