/** The one door through which API, Telegram and CLI reach a running servo: commands in, views and lists out. */
import type { Command } from '../domain/commands.ts';
import type { UnixMs } from '../domain/units.ts';
import type { BarExplanation } from './explain-bar.ts';
import { type LimitSetting, limitSettings } from './limit-settings.ts';
import type { CommandResult } from './operate.ts';
import { type DecisionWords, RecentDecisions } from './recent-decisions.ts';
import { type RiskView, riskView } from './risk-view.ts';
import type { Servo } from './servo.ts';
import type { LimitOrder } from './set-limit.ts';
import {
  type AccountView,
  accountView,
  type PositionView,
  type ProcessFacts,
  positionViews,
  type StatusView,
  statusView,
} from './views.ts';

export interface ServoControl {
  command(command: Command): CommandResult;
  setLimit(order: LimitOrder): CommandResult;
  /** From memory, now. */
  status(): StatusView;
  account(): AccountView;
  positions(): PositionView[];
  risk(): RiskView;
  /** What may be edited, and by whom it was. */
  limits(): LimitSetting[];
  /** The latest decisions of each symbol in words, newest first. */
  why(symbol?: string, limit?: number): readonly DecisionWords[];
  reads: Reads;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface ListQuery {
  readonly symbol?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** Lists from the read-only connection, off the event loop. Rows are JSON-safe with human units. */
export interface Reads {
  trades(query: ListQuery): Promise<Page<TradeRow>>;
  decisions(
    query: ListQuery & {
      readonly outcome?: 'approved' | 'denied' | 'dropped' | 'pending';
      /** On bars that had closed by then. */
      readonly at?: UnixMs;
    },
  ): Promise<Page<DecisionRow>>;
  events(query: ListQuery): Promise<Page<EventRow>>;
  /** Of the latest bar of a symbol that had closed by a moment. */
  why(symbol: string, at: UnixMs): Promise<BarExplanation>;
  performance(): Promise<PerformanceView>;
}

export interface TradeRow {
  readonly positionId: string;
  readonly decisionId: string;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly lots: number;
  readonly entryPrice: number;
  /** Of all parts, weighted by volume. Null where nobody told it; then the result is not known either. */
  readonly exitPrice: number | null;
  readonly openedAt: string;
  readonly closedAt: string;
  readonly exitReason: string;
  readonly regime: string;
  readonly profit: number | null;
  readonly commission: number;
  readonly swap: number;
  /** Profit ÷ initial risk; null where no risk was recorded. */
  readonly rMultiple: number | null;
}

export interface DecisionRow {
  readonly decisionId: string;
  readonly symbol: string;
  readonly barClosedAt: string;
  readonly attempt: number;
  readonly outcome: 'approved' | 'denied' | 'dropped' | 'pending';
  readonly reason: string | null;
  readonly side: 'buy' | 'sell' | 'flat';
  readonly probabilityUp: number | null;
  readonly probabilityDown: number | null;
  readonly confidence: number;
  readonly expectedValueR: number;
  readonly regime: string;
  readonly verdicts: readonly unknown[];
  readonly sizing: unknown;
  readonly orderId: string | null;
}

export interface EventRow {
  readonly sequence: number;
  readonly at: string;
  readonly recordedAt: string;
  readonly kind: string;
  readonly symbol: string | null;
  readonly decisionId: string | null;
  readonly payload: unknown;
}

/** Results in multiples of the risk (R): a shadow's would-be trade has no size. What a dry-run would have sent has one. */
export interface ShadowView {
  readonly model: string;
  readonly trades: number;
  readonly open: number;
  readonly winRate: number | null;
  readonly expectancyR: number | null;
  readonly totalR: number;
  readonly profit: number | null;
}

/** Null where undefined or under its minimum sample: never 0, −100 or infinity in its place. */
export interface PerformanceView {
  readonly currency: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly trades: number;
  readonly tradingDays: number;
  readonly netProfit: number;
  readonly winRate: number | null;
  readonly profitFactor: number | null;
  readonly expectancy: number | null;
  readonly expectancyR: number | null;
  readonly sharpe: number | null;
  readonly sortino: number | null;
  readonly maxDrawdown: number;
  readonly currentDrawdown: number;
  readonly valueAtRisk95: number | null;
  readonly conditionalValueAtRisk95: number | null;
  readonly volatility: number | null;
  readonly averageWin: number | null;
  readonly averageLoss: number | null;
  readonly longestLosingStreak: number;
  readonly losingStreak: number;
  readonly commission: number;
  readonly swap: number;
  readonly byExitReason: Readonly<Record<string, { readonly trades: number; readonly profit: number }>>;
  readonly bySymbol: Readonly<Record<string, { readonly trades: number; readonly profit: number }>>;
  readonly decisions: Readonly<Record<string, number>>;
  /** Of models that nothing is traded on: their would-be trades, after costs. */
  readonly shadows: readonly ShadowView[];
  /** What a reader must know before believing a figure: few trades, few days, simulated prices. */
  readonly notes: readonly string[];
}

export interface ControlParts {
  readonly servo: Servo;
  readonly reads: Reads;
  readonly facts: () => ProcessFacts;
}

export function servoControl({ servo, reads, facts }: ControlParts): ServoControl {
  const recent = new RecentDecisions();
  servo.onCommit((commit) => recent.note(commit));
  return {
    command: (command) => servo.command(command),
    setLimit: (order) => servo.setLimit(order),
    status: () => statusView(servo, facts()),
    account: () => accountView(servo),
    positions: () => positionViews(servo.state),
    risk: () => riskView(servo),
    limits: () => limitSettings(servo.state, servo.policy),
    why: (symbol, limit = 5) => recent.latest(symbol, limit),
    reads,
  };
}
