/** The risk gate: every check, gravest first, each with its numbers. A signal becomes an order only through here. */
import type { Decision, DecisionBase, Verdict } from './decision.ts';
import { entryPriceOf, lifeOf } from './entry-order.ts';
import { accountVerdicts } from './gate/account-checks.ts';
import { mandateFlatVerdict } from './gate/mandate-checks.ts';
import { marketVerdicts } from './gate/market-checks.ts';
import { MODEL_CHECKS } from './gate/model-checks.ts';
import { paceVerdicts } from './gate/pace-checks.ts';
import { signalVerdicts } from './gate/signal-checks.ts';
import { gravestFirst, verdict } from './gate/verdict.ts';
import { deviationTicks } from './instrument.ts';
import { quoteAtClose } from './market.ts';
import { type OpenIntent, sendByOf } from './order.ts';
import { symbolPolicy } from './policy.ts';
import type { Signal } from './signal.ts';
import { capsOf } from './sizing/caps.ts';
import { wantedBy } from './sizing/methods.ts';
import { multipliersOf } from './sizing/multipliers.ts';
import { orderToSize } from './sizing/order-to-size.ts';
import { sizeOrder } from './sizing/size-order.ts';
import type { Sizing } from './sizing.ts';
import { marketOf, type ServoState } from './state.ts';
import { type Bracket, bracketOf } from './stops.ts';
import { price, type UnixMs } from './units.ts';

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
  const market = marketVerdicts(state, signal.symbol, question.now, signal);
  const asked = gravestFirst(market, signalVerdicts(state, signal, question.now));
  const { symbol, side, barClosedAt } = signal;
  const pace = paceVerdicts(state, { symbol, side, barClosedAt, now: question.now });
  const account = withMandate(state, accountVerdicts(state, symbol), symbol, question.now);
  const verdicts = gravestFirst(gravestFirst(account, pace), asked);
  const base = { decisionId: signal.decisionId, symbol: signal.symbol, barClosedAt: signal.barClosedAt, attempt };
  // Nothing is sized that is refused anyway: most signals of a backtest are.
  if (signal.side === 'flat' || verdicts.some(({ passed }) => !passed)) return denied(base, verdicts);

  const { instrument } = symbolPolicy(state.policy, signal.symbol);
  const entry = entryPriceOf(state, signal, signal.side);
  const bracket = bracketOf(signal.side, entry, entry, signal.stopDistance, signal.targetDistance);
  const sizing = sizingOf(state, signal, signal.side, bracket);
  verdicts.push(
    verdict('conversion_missing', sizing !== undefined, sizing === undefined ? 'no rate' : 'known', 'known'),
  );
  if (sizing === undefined) return denied(base, verdicts);
  verdicts.push(verdict('size_below_minimum', sizing.quantity > 0, sizing.quantity, instrument.quantityMin));
  if (sizing.quantity === 0) return denied(base, verdicts, sizing);
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
  const expired = verdict('signal_expired', now < sendByOf(intent), now, sendByOf(intent));
  const { lastBar } = marketOf(state, intent.symbol);
  const market = marketVerdicts(state, intent.symbol, now, lastBar && quoteAtClose(lastBar));
  const asked = gravestFirst([expired], market);
  const { symbol, side, orderId: ownOrderId, decidedAt: barClosedAt } = intent;
  const pace = paceVerdicts(state, { symbol, side, barClosedAt, now, ownOrderId });
  const account = withMandate(state, accountVerdicts(state, symbol, ownOrderId), symbol, now);
  const verdicts = gravestFirst(gravestFirst(account, pace), asked);
  return verdicts.find(({ passed }) => !passed) ?? sizeAgain(state, intent);
}

const withMandate = ({ policy }: ServoState, account: readonly Verdict[], symbol: string, now: UnixMs): Verdict[] =>
  gravestFirst(account, [mandateFlatVerdict(policy, symbol, now)]);

/** What fitted when it was decided must fit beside all that has come since: nothing is made smaller here, it is not sent. */
function sizeAgain(state: ServoState, intent: OpenIntent): Verdict | undefined {
  const { symbol, side, type, referencePrice: entryPrice, stopLoss, quantity } = intent;
  const stopDistance = price(Math.abs(entryPrice - stopLoss));
  const order = orderToSize(state, { symbol, side, type, entryPrice, stopDistance }, intent.orderId);
  if (order === undefined) return verdict('conversion_missing', false, 'no rate', 'known');
  const beyond = capsOf(order).find(({ steps }) => !(quantity <= steps));
  return beyond && verdict('size_below_minimum', false, `${beyond.name} leaves ${beyond.steps}`, quantity);
}

/** Whether a signal of a model in the shadow is worth an order: the account's own limits, and the serving model's guards, have no part in it. */
export const wouldBeTaken = (state: ServoState, signal: Signal, now: UnixMs): boolean =>
  signalVerdicts(state, signal, now).every(({ check, passed }) => passed || MODEL_CHECKS.has(check)) &&
  marketVerdicts(state, signal.symbol, now, signal).every(({ passed }) => passed);

type Identity = Omit<DecisionBase, 'verdicts' | 'sizing'>;

function denied(base: Identity, verdicts: readonly Verdict[], sizing?: Sizing): Decision {
  const gravest = verdicts.find(({ passed }) => !passed);
  if (gravest === undefined) throw new Error(`decision ${base.decisionId} is denied by no check`);
  return { ...base, outcome: 'denied', verdicts, reason: gravest.check, ...(sizing && { sizing }) };
}

function sizingOf(state: ServoState, signal: Signal, side: OpenIntent['side'], bracket: Bracket): Sizing | undefined {
  const { symbol, stopDistance } = signal;
  const { entryPrice } = bracket;
  const order = orderToSize(state, { symbol, side, entryPrice, stopDistance, type: state.policy.order.type });
  if (order === undefined) return undefined;
  const { wanted, fallback } = wantedBy(state, signal, order);
  const sizing = sizeOrder(order, wanted, multipliersOf(state, signal));
  return fallback === undefined ? sizing : { ...sizing, fallback };
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
    ...lifeOf(state, signal, now),
    attempt,
  };
}
