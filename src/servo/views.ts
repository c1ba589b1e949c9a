/** Status, account, positions and risk as plain data in human units: what API, Telegram, CLI and page show, from memory. */
import { drawdown } from '../domain/account.ts';
import { formatUtc } from '../domain/calendar.ts';
import type { CalibrationReading } from '../domain/guards/calibration-watch.ts';
import type { Grade } from '../domain/guards/grade.ts';
import type { GuardName, TrustStep } from '../domain/guards/ladder.ts';
import { formatPrice, type Instrument, priceToNumber, quantityToLots } from '../domain/instrument.ts';
import { cardOf } from '../domain/models.ts';
import { isTerminal } from '../domain/order.ts';
import { type LossWindowName, symbolPolicy } from '../domain/policy.ts';
import type { Position } from '../domain/position.ts';
import type { Regime } from '../domain/regime.ts';
import { leadingCause, PERMITS, type ServoStatus, statusOf } from '../domain/servo.ts';
import { marketOf, type ServoState } from '../domain/state.ts';
import { type Money, moneyToUnits } from '../domain/units.ts';
import { equityNow, floatingProfit, freeMargin, marginUsed } from '../domain/valuation.ts';
import { type ArmingView, armingView } from './arming-view.ts';
import { type LimitView, limitViews } from './limit-views.ts';
import type { Servo } from './servo.ts';
import { nextStage, type Stage } from './stage.ts';
import { externalLine } from './words.ts';

export interface PositionView {
  readonly positionId: string;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly lots: number;
  readonly entryPrice: number;
  readonly price: number | null;
  readonly stopLoss: number;
  readonly takeProfit: number;
  readonly floatingProfit: number;
  readonly openedAt: string;
  readonly decisionId: string;
  readonly text: string;
}

export interface ExternalView {
  readonly positionId: string;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly margin: number;
  readonly text: string;
}

export interface MarketView {
  readonly symbol: string;
  readonly lastBarAt: string | null;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly regime: Regime;
  readonly regimeConfidence: number;
  readonly warm: boolean;
  /** What speaks for it; null where its signals come from no model. */
  readonly model: ModelView | null;
}

export interface ModelView {
  readonly id: string;
  /** Market time. */
  readonly expiresAt: string | null;
  readonly expired: boolean;
  readonly trust: TrustStep;
  /** Guards that are not calm. */
  readonly because: readonly GuardName[];
  readonly guards: GuardsView;
}

/** Null where the passport has nothing to compare with. */
export interface GuardsView {
  /** Of the last predictions, the share made on rows unlike the training. */
  readonly dissimilarity: { readonly samples: number; readonly shareBeyond: number; readonly grade: Grade } | null;
  /** Features that stray from training: more than chance would have it, and far more. */
  readonly drift: {
    readonly samples: number;
    readonly warned: number;
    readonly acted: number;
    readonly grade: Grade;
  } | null;
  /** By regime, all of them first. */
  readonly calibration: readonly CalibrationReading[] | null;
}

export interface ComponentView {
  readonly component: string;
  readonly errorsInARow: number;
  readonly lastError: string | null;
  readonly lastOkAgoMs: number | null;
}

export interface AccountView {
  readonly account: string;
  readonly currency: string;
  readonly balance: number;
  readonly equity: number;
  readonly floatingProfit: number;
  readonly marginUsed: number;
  readonly freeMargin: number;
  /** Equity ÷ margin used; null without positions. */
  readonly marginLevel: number | null;
  readonly equityPeak: number;
  readonly drawdown: number;
  readonly pnl: Readonly<Record<LossWindowName, number>>;
}

export interface StatusView {
  readonly mode: string;
  readonly dryRun: boolean;
  readonly simulated: boolean;
  readonly version: string;
  readonly configHash: string;
  readonly status: ServoStatus;
  readonly since: string | null;
  readonly by: string | null;
  readonly reason: string | null;
  /** Wall time at which a cooldown ends. */
  readonly cooldownUntil: string | null;
  readonly flattening: boolean;
  readonly entriesAllowed: boolean;
  /** Null where the money is not real. */
  readonly arming: ArmingView | null;
  readonly startedAt: string;
  readonly uptimeMs: number;
  /** Market time of the last step. */
  readonly marketTime: string | null;
  readonly stageDue: Stage;
  readonly feedEnded: boolean;
  readonly watchdogActive: boolean;
  /** Since the safety monitor last ran, by the queue or by the watchdog. */
  readonly heartbeatAgoMs: number;
  readonly markets: readonly MarketView[];
  readonly components: readonly ComponentView[];
  readonly positionsOpen: number;
  /** On the account and not ours: never touched, counted in exposure and margin. */
  readonly externals: readonly ExternalView[];
  readonly ordersWorking: number;
  readonly tradesClosed: number;
  readonly limits: readonly LimitView[];
  readonly account: AccountView;
}

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

/** What is known outside the state: the shell's own parts. */
export interface ProcessFacts {
  readonly nowWallMs: number;
  readonly nowMonotonicMs: number;
  readonly simulated: boolean;
  readonly watchdogActive: boolean;
  readonly heartbeatAgoMs: number;
}

/** A running servo, or what its journal says of one that is off. */
export type StatusSource = Pick<Servo, 'state' | 'identity' | 'startedAt' | 'health' | 'finished' | 'reconcileProblem'>;

export function statusView(servo: StatusSource, facts: ProcessFacts): StatusView {
  const { state, identity } = servo;
  const { causes } = state;
  const status = statusOf(causes);
  const cause = leadingCause(causes);
  const arming = armingView(state);
  return {
    mode: identity.mode,
    dryRun: state.policy.dryRun,
    simulated: facts.simulated,
    version: identity.version,
    configHash: identity.configHash,
    status,
    since: iso(cause?.at),
    by: cause?.by ?? null,
    reason: cause?.reason ?? servo.reconcileProblem ?? null,
    cooldownUntil: iso(causes.cooldown?.until),
    flattening: causes.flattening !== undefined,
    // While the watchdog stands in for the queue nothing is predicted, hence nothing opened.
    entriesAllowed: PERMITS[status].open && !facts.watchdogActive && arming?.mayOpen !== false,
    arming,
    startedAt: new Date(servo.startedAt).toISOString(),
    uptimeMs: facts.nowWallMs - servo.startedAt,
    marketTime: iso(state.step.at),
    stageDue: nextStage(state),
    feedEnded: servo.finished,
    watchdogActive: facts.watchdogActive,
    heartbeatAgoMs: Math.round(facts.heartbeatAgoMs),
    markets: marketViews(state),
    components: componentViews(servo, facts.nowMonotonicMs),
    positionsOpen: state.positions.size,
    externals: externalViews(state),
    ordersWorking: [...state.orders.values()].filter((order) => !isTerminal(order.status)).length,
    tradesClosed: state.tradesClosed,
    limits: limitViews(state),
    account: accountView(servo),
  };
}

export function accountView({ state, identity }: Pick<Servo, 'state' | 'identity'>): AccountView {
  const { account, policy } = state;
  const equity = equityNow(state);
  const margin = marginUsed(state);
  const since = (window: LossWindowName) =>
    moneyToUnits((account.equity - account.windows[window].startEquity) as Money);
  return {
    account: identity.account,
    currency: policy.currency,
    balance: moneyToUnits(account.balance),
    equity: moneyToUnits(equity),
    floatingProfit: moneyToUnits((equity - account.balance) as Money),
    marginUsed: moneyToUnits(margin),
    freeMargin: moneyToUnits(freeMargin(state)),
    marginLevel: margin > 0 ? equity / margin : null,
    equityPeak: moneyToUnits(account.equityPeak),
    drawdown: drawdown(account),
    pnl: { day: since('day'), week: since('week'), month: since('month') },
  };
}

const externalViews = ({ externals, policy }: ServoState): ExternalView[] =>
  [...externals.values()].map((external) => ({
    positionId: external.positionId,
    symbol: external.symbol,
    side: external.side,
    margin: moneyToUnits(external.margin),
    text: externalLine(policy, external),
  }));

export const positionViews = (state: ServoState): PositionView[] =>
  [...state.positions.values()].map((position) => positionView(state, position));

function marketViews(state: ServoState): MarketView[] {
  const { markets, policy } = state;
  return [...markets].map(([symbol, { engine, lastBar }]) => {
    const { instrument } = symbolPolicy(policy, symbol);
    return {
      symbol,
      lastBarAt: iso(lastBar?.closeAt),
      bid: lastBar === undefined ? null : priceToNumber(instrument, lastBar.close),
      ask: lastBar === undefined ? null : priceToNumber(instrument, lastBar.close + lastBar.spread),
      regime: engine.regime,
      regimeConfidence: engine.regimeConfidence,
      warm: engine.ready,
      model: modelView(state, symbol),
    };
  });
}

function modelView(state: ServoState, symbol: string): ModelView | null {
  const card = cardOf(state, symbol);
  if (card === undefined) return null;
  const { watch } = marketOf(state, symbol);
  const { dissimilarity = null, drift, calibration = null } = watch?.readings() ?? {};
  return {
    id: card.id,
    expiresAt: iso(card.expiresAt),
    expired: (state.step.at ?? 0) >= (card.expiresAt ?? Number.POSITIVE_INFINITY),
    trust: watch?.trust ?? 'trust',
    because: watch?.because ?? [],
    guards: {
      dissimilarity,
      drift:
        drift === undefined
          ? null
          : { samples: drift.samples, warned: drift.warned, acted: drift.acted, grade: drift.grade },
      calibration,
    },
  };
}

function componentViews(servo: StatusSource, nowMs: number): ComponentView[] {
  return [...servo.health].map(([component, { errorsInARow, lastError, lastOkAtMs }]) => ({
    component,
    errorsInARow,
    lastError: lastError ?? null,
    lastOkAgoMs: lastOkAtMs === undefined ? null : Math.round(nowMs - lastOkAtMs),
  }));
}

function positionView(state: ServoState, position: Position): PositionView {
  const { instrument } = symbolPolicy(state.policy, position.symbol);
  const { currency } = state.policy;
  const bar = state.markets.get(position.symbol)?.lastBar;
  const exit = bar === undefined ? undefined : position.side === 'buy' ? bar.close : bar.close + bar.spread;
  const floating = moneyToUnits(floatingProfit(state, position));
  const lots = quantityToLots(instrument, position.quantity);
  const at = (ticks: number) => formatPrice(instrument, ticks);
  return {
    positionId: position.positionId,
    symbol: position.symbol,
    side: position.side,
    lots,
    entryPrice: priceToNumber(instrument, position.entryPrice),
    price: exit === undefined ? null : priceToNumber(instrument, exit),
    stopLoss: priceToNumber(instrument, position.stopLoss),
    takeProfit: priceToNumber(instrument, position.takeProfit),
    floatingProfit: floating,
    openedAt: new Date(position.openedAt).toISOString(),
    decisionId: position.decisionId,
    text:
      `${position.symbol} ${position.side} ${lots} @ ${at(position.entryPrice)}  SL ${at(position.stopLoss)} TP ${at(position.takeProfit)}` +
      `  ${floating >= 0 ? '+' : '−'}${Math.abs(floating).toFixed(2)} ${currency}  since ${formatUtc(position.openedAt)}` +
      managedWords(instrument, position),
  };
}

/** What has been done with it since: `  (0.12 of 0.25 left, stop at break-even)` */
function managedWords(instrument: Instrument, { quantity, openingQuantity, progress }: Position): string {
  const done = [
    quantity < openingQuantity &&
      `${quantityToLots(instrument, quantity)} of ${quantityToLots(instrument, openingQuantity)} left`,
    progress?.breakEven === true && 'stop at break-even',
  ].filter((words) => words !== false);
  return done.length === 0 ? '' : `  (${done.join(', ')})`;
}
