/** Decisions and money in words: the same sentence in terminal, log, Telegram and CLI. */
import { formatUtc } from '../domain/calendar.ts';
import type { Decision, DenialReason, Verdict } from '../domain/decision.ts';
import type { ExternalPosition } from '../domain/external.ts';
import { formatPrice, type Instrument, quantityToLots } from '../domain/instrument.ts';
import type { TradingPolicy } from '../domain/policy.ts';
import { symbolPolicy } from '../domain/policy.ts';
import { REGIME_LABELS } from '../domain/regime.ts';
import type { Signal } from '../domain/signal.ts';
import { type Money, moneyToUnits, type UnixMs } from '../domain/units.ts';
import { capWords } from './sizing-words.ts';

export const REASON_WORDS: Record<DenialReason, string> = {
  status_forbids_opening: 'the servo takes no entries',
  not_armed: 'live trading is not armed',
  order_unknown: 'an order with unknown outcome',
  market_stale: 'gap in the market data',
  model_unavailable: 'no prediction',
  model_expired: 'model expired',
  model_distrusted: 'model not trusted now',
  model_outlier: 'unlike the training',
  signal_expired: 'signal expired',
  drawdown_limit: 'drawdown limit',
  mandate_limit: 'mandate',
  mandate_flat: 'mandate wants nothing open',
  monthly_loss_limit: 'monthly loss limit',
  weekly_loss_limit: 'weekly loss limit',
  daily_loss_limit: 'daily loss limit',
  margin_level_limit: 'margin level',
  daily_trades_limit: 'daily trades limit',
  losing_streak: 'pause after losses',
  order_rate_limit: 'too many orders',
  session_closed: 'market hours',
  rollover_blackout: 'rollover',
  news_blackout: 'news',
  bar_used: 'entry on this bar already',
  position_open: 'position open',
  positions_limit: 'positions limit',
  regime_not_allowed: 'regime not allowed',
  signal_flat: 'no side worth its cost',
  spread_limit: 'spread',
  spread_unusual: 'spread unusual at this hour',
  volatility_outside: 'volatility',
  volume_low: 'volume',
  expected_value_minimum: 'expected value',
  confidence_minimum: 'confidence',
  conversion_missing: 'no conversion rate',
  size_below_minimum: 'size under the minimum lot',
};

export const formatMoney = (amount: Money, currency: string): string =>
  `${moneyToUnits(amount).toFixed(2)} ${currency}`;

/** What each check looks at, whether it passed or not. */
export const CHECK_WORDS: Record<DenialReason, string> = {
  status_forbids_opening: 'servo status',
  not_armed: 'conditions of live trading',
  order_unknown: 'orders with unknown outcome',
  market_stale: 'market data',
  model_unavailable: 'model',
  model_expired: 'model age',
  model_distrusted: 'trust in the model',
  model_outlier: 'likeness to the training',
  signal_expired: 'signal age',
  drawdown_limit: 'drawdown',
  mandate_limit: 'equity against the mandate',
  mandate_flat: 'closes and news of the mandate',
  monthly_loss_limit: 'monthly loss',
  weekly_loss_limit: 'weekly loss',
  daily_loss_limit: 'daily loss',
  margin_level_limit: 'margin level',
  daily_trades_limit: 'entries today',
  losing_streak: 'losses in a row',
  order_rate_limit: 'entries in an hour',
  session_closed: 'market hours',
  rollover_blackout: 'distance to the rollover',
  news_blackout: 'news',
  bar_used: 'entries on this bar',
  position_open: 'positions on the symbol',
  positions_limit: 'open positions',
  regime_not_allowed: 'regime',
  signal_flat: 'best side after costs',
  spread_limit: 'spread',
  spread_unusual: 'spread against its hour',
  volatility_outside: 'ATR percentile',
  volume_low: 'volume against its hour',
  expected_value_minimum: 'expected value',
  confidence_minimum: 'confidence',
  conversion_missing: 'conversion rate',
  size_below_minimum: 'size',
};

/** `+1.47` or `−0.62`, with a minus sign of a plus sign's width. */
export const signed = (value: number): string => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(2)}`;

export const formatSigned = (amount: Money, currency: string): string => `${signed(moneyToUnits(amount))} ${currency}`;

/** `P(up) 0.71 P(down) 0.12 · trend up` or why there is no prediction. */
export function signalWords(signal: Signal): string {
  const regime = REGIME_LABELS[signal.regime];
  if (signal.prediction.kind === 'neutral') return `no prediction (${signal.prediction.reason}) · ${regime}`;
  const { up, down } = signal.prediction.probabilities;
  return `P(up) ${up.toFixed(2)} P(down) ${down.toFixed(2)} · ${regime}`;
}

/** `refused: confidence 0.55 < 0.60`, or the order with its stop, target, risk and what capped its size. */
export function outcomeWords(policy: TradingPolicy, decision: Decision): string {
  const { instrument } = symbolPolicy(policy, decision.symbol);
  if (decision.outcome === 'denied') {
    const failed = decision.verdicts.find(({ check }) => check === decision.reason);
    return `refused   ${REASON_WORDS[decision.reason]}${failed ? ` ${verdictNumbers(policy, instrument, failed)}` : ''}`;
  }
  const { intent, sizing } = decision;
  const lots = quantityToLots(instrument, intent.quantity);
  const kind = intent.type === 'market' ? '' : ` ${intent.type.replaceAll('_', ' ')}`;
  const at = (ticks: number) => formatPrice(instrument, ticks);
  const cap = sizing.caps?.find(({ name }) => name === sizing.cappedBy);
  const capped =
    intent.quantity === sizing.wanted
      ? ''
      : `, ${quantityToLots(instrument, sizing.wanted)} wanted, capped by ${capWords(cap ?? { name: sizing.cappedBy })}`;
  const attempt = decision.attempt > 1 ? `, attempt ${decision.attempt}` : '';
  return (
    `accepted  ${intent.side}${kind} ${lots} @ ${at(intent.referencePrice)}  SL ${at(intent.stopLoss)} TP ${at(intent.takeProfit)}` +
    `  (risk ${formatMoney(sizing.riskOfOrder, policy.currency)}${capped}${attempt})`
  );
}

/** `2026-01-05 10:35  EURUSD  P(up) … → accepted …` */
export function decisionLine(policy: TradingPolicy, signal: Signal | undefined, decision: Decision): string {
  const opinion = signal === undefined ? '' : `${signalWords(signal)}  → `;
  return `${formatUtc(decision.barClosedAt)}  ${decision.symbol}  ${opinion}${outcomeWords(policy, decision)}`;
}

const MONEY_CHECKS: ReadonlySet<DenialReason> = new Set([
  'mandate_limit',
  'monthly_loss_limit',
  'weekly_loss_limit',
  'daily_loss_limit',
]);

/** The value and the limit of a check, in the units a person reads: `0.55 < 0.60`, `18 points > 15`. */
export function verdictNumbers(policy: TradingPolicy, instrument: Instrument, verdict: Verdict): string {
  const { check, passed, value, limit } = verdict;
  if (typeof value === 'string') return `(${value})`;
  if (check === 'losing_streak') return `${value}, ${limit}`;
  if (check === 'signal_expired' || check === 'model_expired')
    return `(at ${formatUtc(value as UnixMs)}, good until ${formatUtc(limit as UnixMs)})`;
  const shown = (number: number | string, digits: number): string => {
    if (typeof number === 'string') return number;
    if (MONEY_CHECKS.has(check)) return formatMoney(number as Money, policy.currency);
    if (check === 'size_below_minimum') return `${quantityToLots(instrument, number)} lots`;
    if (check === 'drawdown_limit') return `${(100 * number).toFixed(2)} %`;
    const text = Number.isInteger(value) ? String(number) : number.toFixed(digits);
    return text.replace('-', '−');
  };
  // Two numbers that look equal explain nothing.
  const digits = shown(value, 2) === shown(limit, 2) ? 4 : 2;
  const unit = UNIT[check] ?? '';
  const failing = check === 'volatility_outside' ? beside(value, limit, passed) : (FAILING[check] ?? '≠');
  const comparison = passed ? PASSING[failing] : failing;
  return `${shown(value, digits)}${unit} ${comparison} ${shown(limit, digits)}${unit}`;
}

/** A range has two ends: the one that is told is the one that was passed, or the upper. */
const beside = (value: number, limit: number | string, passed: boolean): Comparison =>
  passed || value > Number(limit) ? '>' : '<';

const UNIT: Partial<Record<DenialReason, string>> = {
  spread_limit: ' points',
  spread_unusual: ' points',
  expected_value_minimum: ' R',
  signal_flat: ' R',
};

type Comparison = '<' | '≤' | '≥' | '>' | '≠';

/** How a value that fails stands to its limit. */
const FAILING: Partial<Record<DenialReason, Comparison>> = {
  drawdown_limit: '≥',
  mandate_limit: '≤',
  monthly_loss_limit: '≥',
  weekly_loss_limit: '≥',
  daily_loss_limit: '≥',
  daily_trades_limit: '≥',
  order_rate_limit: '≥',
  bar_used: '>',
  margin_level_limit: '<',
  position_open: '>',
  positions_limit: '≥',
  signal_flat: '≤',
  spread_limit: '>',
  spread_unusual: '>',
  volume_low: '<',
  expected_value_minimum: '<',
  confidence_minimum: '<',
  size_below_minimum: '<',
  order_unknown: '>',
  model_outlier: '>',
};

const PASSING: Record<Comparison, string> = { '<': '≥', '≤': '>', '≥': '<', '>': '≤', '≠': '=' };

/** A stop or target, or a dash where there is none. */
export const formatLevel = (instrument: Instrument, level: number): string =>
  level > 0 ? formatPrice(instrument, level) : '–';

/** `EURUSD buy 0.50 @ 1.10000, no stop`: a position on the account that is not ours. */
export function externalLine(policy: TradingPolicy, external: ExternalPosition): string {
  const { symbol, side, quantity, entryPrice, stopLoss } = external;
  const instrument = policy.symbols.get(symbol)?.instrument;
  if (instrument === undefined) return `${symbol} ${side}`;
  const stop = stopLoss === undefined ? 'no stop' : `SL ${formatPrice(instrument, stopLoss)}`;
  return `${symbol} ${side} ${quantityToLots(instrument, quantity)} @ ${formatPrice(instrument, entryPrice)}, ${stop}`;
}
