/** The risk gate: every check, gravest first, each with its numbers. A signal becomes an order only through here. */
import { drawdown, dueLadderStep, lossLimit, lossOf } from './account.ts';
import { DENIAL_REASONS, type Decision, type DecisionBase, type DenialReason, type Verdict } from './decision.ts';
import { trustSizeFactor } from './guards/model-watch.ts';
import { deviationTicks } from './instrument.ts';
import { cardOf } from './models.ts';
import { isTerminal, type OpenIntent } from './order.ts';
import { LOSS_WINDOWS, type LossWindowName, symbolPolicy, type TradingPolicy } from './policy.ts';
import { REGIMES } from './regime.ts';
import { leadingCause, PERMITS, statusOf } from './servo.ts';
import type { Signal } from './signal.ts';
import { type Sizing, sizeByRisk } from './sizing.ts';
import { marketOf, type ServoState } from './state.ts';
import { type Bracket, bracketOf } from './stops.ts';
import type { UnixMs } from './units.ts';
import { conversionOf, freeMargin } from './valuation.ts';

export interface GateQuestion {
  readonly signal: Signal;
  /** 1, or more after the venue definitely did not execute the one before. */
  readonly attempt: number;
  /** Market time. */
  readonly now: UnixMs;
}

/** Reads the state, answers, touches nothing. */
export function decide(state: ServoState, question: GateQuestion): Decision {
  const { signal, attempt } = question;
  const verdicts = gravestFirst(accountVerdicts(state, signal.symbol), signalVerdicts(state, question));
  const base = { decisionId: signal.decisionId, symbol: signal.symbol, barClosedAt: signal.barClosedAt, attempt };
  if (signal.side === 'flat') return denied(base, verdicts);

  const { instrument } = symbolPolicy(state.policy, signal.symbol);
  const bracket = bracketOf(signal.side, signal.bid, signal.ask, signal.stopDistance, signal.targetDistance);
  const sizing = sizeFor(state, signal, bracket);
  verdicts.push(
    verdict('conversion_missing', sizing !== undefined, sizing === undefined ? 'no rate' : 'known', 'known'),
  );
  if (sizing === undefined) return denied(base, verdicts);
  verdicts.push(verdict('size_below_minimum', sizing.quantity > 0, sizing.quantity, instrument.quantityMin));
  if (verdicts.some(({ passed }) => !passed)) return denied(base, verdicts, sizing);
  return {
    ...base,
    outcome: 'approved',
    verdicts,
    sizing,
    intent: intentOf(state, question, signal.side, bracket, sizing),
  };
}

/** The limits that must still hold in the transaction that sends: the gravest that does not, or undefined. */
export function recheck(state: ServoState, intent: OpenIntent, now: UnixMs): Verdict | undefined {
  const expired = verdict('signal_expired', now < intent.expiresAt, now, intent.expiresAt);
  const verdicts = gravestFirst(accountVerdicts(state, intent.symbol, intent.orderId), [expired]);
  return verdicts.find(({ passed }) => !passed);
}

/** About the model that serves, not about what it says. */
const MODEL_CHECKS: ReadonlySet<DenialReason> = new Set(['model_expired', 'model_distrusted', 'model_outlier']);

/** Whether a signal of a model in the shadow is worth an order: the account's own limits, and the serving model's guards, have no part in it. */
export const wouldBeTaken = (state: ServoState, signal: Signal, now: UnixMs): boolean =>
  signalVerdicts(state, { signal, attempt: 1, now }).every(({ check, passed }) => passed || MODEL_CHECKS.has(check));

const verdict = (check: DenialReason, passed: boolean, value: Verdict['value'], limit: Verdict['limit']): Verdict => ({
  check,
  passed,
  value,
  limit,
});

/** Whether the account may take another position. Guards are written positively: a NaN never passes one. */
function accountVerdicts(state: ServoState, symbol: string, ownOrderId?: string): Verdict[] {
  const { account, policy } = state;
  const { limits } = policy;
  const status = statusOf(state.causes);
  const exposure = exposureOf(state, symbol, ownOrderId);
  const lossVerdict = (check: DenialReason, window: LossWindowName) => {
    const loss = lossOf(account, window);
    const limit = lossLimit(account, window, limits);
    return verdict(check, loss < limit, loss, limit);
  };
  return [
    verdict(
      'status_forbids_opening',
      PERMITS[status].open,
      leadingCause(state.causes)?.reason || status,
      'running or reduced',
    ),
    verdict('order_unknown', exposure.unknown === 0, exposure.unknown, 0),
    verdict('drawdown_limit', drawdown(account) < limits.maxDrawdown, drawdown(account), limits.maxDrawdown),
    lossVerdict('monthly_loss_limit', 'month'),
    lossVerdict('weekly_loss_limit', 'week'),
    lossVerdict('daily_loss_limit', 'day'),
    verdict(
      'daily_trades_limit',
      account.entriesToday + exposure.authorised < limits.maxDailyTrades,
      account.entriesToday + exposure.authorised,
      limits.maxDailyTrades,
    ),
    verdict('position_open', exposure.onSymbol === 0, exposure.onSymbol, 0),
    verdict('positions_limit', exposure.total < limits.maxPositions, exposure.total, limits.maxPositions),
  ];
}

/** Whether this signal is worth an order. */
function signalVerdicts(state: ServoState, { signal, now }: GateQuestion): Verdict[] {
  const { limits, regimes } = state.policy;
  const { maxSpread } = symbolPolicy(state.policy, signal.symbol);
  const { prediction } = signal;
  const spread = signal.ask - signal.bid;
  const flat = signal.side === 'flat';
  const verdicts = [
    verdict(
      'model_unavailable',
      prediction.kind === 'prediction',
      prediction.kind === 'neutral' ? prediction.reason : 'answered',
      'answered',
    ),
    expiryVerdict(state, signal.symbol, now),
    ...guardVerdicts(state, signal),
    verdict('signal_expired', now < signal.expiresAt, now, signal.expiresAt),
    verdict('regime_not_allowed', regimes[signal.regime].allowed, signal.regime, allowedRegimes(regimes)),
    verdict('signal_flat', !flat, signal.expectedValueR, 0),
  ];
  if (flat) return verdicts;
  return [
    ...verdicts,
    verdict('spread_limit', spread <= maxSpread, spread, maxSpread),
    verdict(
      'expected_value_minimum',
      signal.expectedValueR >= limits.minExpectedValueR,
      signal.expectedValueR,
      limits.minExpectedValueR,
    ),
    verdict('confidence_minimum', signal.confidence >= limits.minConfidence, signal.confidence, limits.minConfidence),
  ];
}

function expiryVerdict(state: ServoState, symbol: string, now: UnixMs): Verdict {
  const expiresAt = cardOf(state, symbol)?.expiresAt;
  if (expiresAt === undefined) return verdict('model_expired', true, 'no expiry', 'no expiry');
  return verdict('model_expired', now < expiresAt, now, expiresAt);
}

function guardVerdicts(state: ServoState, { symbol, prediction }: Signal): Verdict[] {
  const trust = marketOf(state, symbol).watch?.trust ?? 'trust';
  const limit = cardOf(state, symbol)?.guards?.dissimilarityLimit;
  const dissimilarity = prediction.kind === 'prediction' ? prediction.dissimilarity : undefined;
  const outlier =
    limit === undefined || dissimilarity === undefined
      ? verdict('model_outlier', true, 'not measured', 'not measured')
      : verdict('model_outlier', dissimilarity <= limit, dissimilarity, limit);
  return [verdict('model_distrusted', trust !== 'shadow', trust, 'trust, warn or shrink'), outlier];
}

/** A policy's regimes do not change, and every signal asks. */
const allowedWords = new WeakMap<TradingPolicy['regimes'], string>();

function allowedRegimes(regimes: TradingPolicy['regimes']): string {
  const known = allowedWords.get(regimes);
  if (known !== undefined) return known;
  const words = REGIMES.filter((regime) => regimes[regime].allowed).join(', ');
  allowedWords.set(regimes, words);
  return words;
}

const PRECEDENCE: ReadonlyMap<DenialReason, number> = new Map(DENIAL_REASONS.map((reason, rank) => [reason, rank]));
const rank = ({ check }: Verdict): number => PRECEDENCE.get(check) ?? 0;

/** Two lists, each in order already, as one. */
function gravestFirst(ones: readonly Verdict[], others: readonly Verdict[]): Verdict[] {
  const merged: Verdict[] = [];
  let next = 0;
  for (const one of ones) {
    for (let other = others[next]; other !== undefined && rank(other) < rank(one); other = others[next]) {
      merged.push(other);
      next++;
    }
    merged.push(one);
  }
  for (; next < others.length; next++) merged.push(others[next] as Verdict);
  return merged;
}

type Identity = Omit<DecisionBase, 'verdicts' | 'sizing'>;

function denied(base: Identity, verdicts: readonly Verdict[], sizing?: Sizing): Decision {
  const gravest = verdicts.find(({ passed }) => !passed);
  if (gravest === undefined) throw new Error(`decision ${base.decisionId} is denied by no check`);
  return { ...base, outcome: 'denied', verdicts, reason: gravest.check, ...(sizing && { sizing }) };
}

interface Exposure {
  readonly total: number;
  readonly onSymbol: number;
  readonly authorised: number;
  readonly unknown: number;
}

/** Positions, and the orders that may still become positions: what was decided a moment ago counts already. */
function exposureOf(state: ServoState, symbol: string, ownOrderId?: string): Exposure {
  let [total, onSymbol, authorised, unknown] = [state.positions.size, 0, 0, 0];
  // A partly filled order and its position are one exposure, until a stop closes the position before the rest fills.
  const opened = new Set<string>();
  for (const position of state.positions.values()) {
    opened.add(position.decisionId);
    if (position.symbol === symbol) onSymbol++;
  }
  for (const { intent, status } of state.orders.values()) {
    if (status === 'unknown' && intent.symbol === symbol) unknown++;
    if (intent.kind !== 'open' || isTerminal(status) || intent.orderId === ownOrderId) continue;
    if (opened.has(intent.decisionId)) continue;
    total++;
    if (intent.symbol === symbol) onSymbol++;
    if (status === 'authorised') authorised++;
  }
  return { total, onSymbol, authorised, unknown };
}

function sizeFor(state: ServoState, signal: Signal, bracket: Bracket): Sizing | undefined {
  const { policy, account } = state;
  const { instrument, slippage } = symbolPolicy(policy, signal.symbol);
  const rate = conversionOf(state, signal.symbol);
  if (rate === undefined) return undefined;
  return sizeByRisk({
    instrument,
    rate,
    equity: account.equity,
    freeMargin: freeMargin(state),
    leverage: policy.leverage,
    entryPrice: bracket.entryPrice,
    stopTicks: signal.stopDistance + slippage * (policy.order.type === 'market' ? 2 : 1),
    commissionPerLot: policy.commissionPerLot,
    riskPerTrade: policy.limits.riskPerTrade,
    maxPositionMargin: policy.limits.maxPositionMargin,
    sizeFactor: sizeFactorOf(state) * trustSizeFactor(marketOf(state, signal.symbol).watch),
    regimeFactor: policy.regimes[signal.regime].sizeFactor,
  });
}

/** A step of the loss ladder that is due halves this entry already: monitor, which takes the step, runs after the gate. */
function sizeFactorOf({ causes, account, policy }: ServoState): number {
  const permitted = PERMITS[statusOf(causes)].sizeFactor;
  const stepDue = LOSS_WINDOWS.some((window) => dueLadderStep(account, window, policy.limits) !== undefined);
  return stepDue ? Math.min(permitted, PERMITS.reduced.sizeFactor) : permitted;
}

function intentOf(
  state: ServoState,
  { signal, attempt, now }: GateQuestion,
  side: OpenIntent['side'],
  bracket: Bracket,
  sizing: Sizing,
): OpenIntent {
  const { order } = state.policy;
  return {
    kind: 'open',
    // The id follows from the decision: deciding twice cannot make two orders.
    orderId: `${signal.decisionId}-${side}-${attempt}`,
    decisionId: signal.decisionId,
    symbol: signal.symbol,
    side,
    quantity: sizing.quantity,
    type: order.type,
    referencePrice: bracket.entryPrice,
    deviation: deviationTicks(bracket.entryPrice, order.maxSlippage),
    stopLoss: bracket.stopLoss,
    takeProfit: bracket.takeProfit,
    decidedAt: now,
    expiresAt: signal.expiresAt,
    attempt,
  };
}
