/** The model's opinion turned into a trade idea: side, confidence, distances and the value expected after costs. */
import type { Instrument } from './instrument.ts';
import type { Side } from './order.ts';
import type { Regime } from './regime.ts';
import { type Price, price, type UnixMs, unixMs } from './units.ts';

/** Class probabilities, checked: finite, in [0, 1], summing to 1 ± 0.001. */
export interface Probabilities {
  readonly down: number;
  readonly flat: number;
  readonly up: number;
}

/** Why there is no prediction. Closed: the gate and the alerts name each. */
export type NeutralReason = 'timeout' | 'model_failed' | 'output_invalid' | 'features_invalid';

export type Prediction =
  | { readonly kind: 'prediction'; readonly model: string; readonly probabilities: Probabilities }
  | { readonly kind: 'neutral'; readonly model: string; readonly reason: NeutralReason; readonly detail: string };

export interface Signal {
  /** One id from bar to alert: symbol and close time of the bar it was made on. */
  readonly decisionId: string;
  readonly symbol: string;
  readonly barClosedAt: UnixMs;
  /** A later bar makes the signal worthless. */
  readonly expiresAt: UnixMs;
  readonly side: Side | 'flat';
  readonly prediction: Prediction;
  /** Probability of the side among the moves: p_side ÷ (p_up + p_down); 0 when flat. */
  readonly confidence: number;
  /** Expected profit after costs in multiples of the initial risk (R). */
  readonly expectedValueR: number;
  readonly regime: Regime;
  readonly regimeConfidence: number;
  readonly stopDistance: Price;
  readonly targetDistance: Price;
  /** Spread + commission + slippage of the round trip, in ticks. */
  readonly costTicks: number;
  readonly bid: Price;
  readonly ask: Price;
}

export interface SignalPolicy {
  readonly stopAtrMultiple: number;
  readonly targetAtrMultiple: number;
}

export interface SignalInput {
  readonly symbol: string;
  readonly barClosedAt: UnixMs;
  readonly timeframeMs: number;
  readonly prediction: Prediction;
  readonly regime: Regime;
  readonly regimeConfidence: number;
  readonly atrTicks: number;
  readonly bid: Price;
  readonly ask: Price;
  /** Commission and slippage of the round trip, in ticks of this instrument. */
  readonly tradingCostTicks: number;
}

export const decisionIdOf = (symbol: string, barClosedAt: UnixMs): string => `${symbol}-${barClosedAt}`;

/** Deterministic and total: a neutral prediction, or one without positive value, gives a flat signal. */
export function makeSignal(instrument: Instrument, policy: SignalPolicy, input: SignalInput): Signal {
  const stopDistance = distance(instrument, input.atrTicks * policy.stopAtrMultiple);
  const targetDistance = distance(instrument, input.atrTicks * policy.targetAtrMultiple);
  const costTicks = input.ask - input.bid + input.tradingCostTicks;
  const prediction = soundOrNeutral(input.prediction);
  const view = bestSide(prediction, stopDistance, targetDistance, costTicks);
  return {
    decisionId: decisionIdOf(input.symbol, input.barClosedAt),
    symbol: input.symbol,
    barClosedAt: input.barClosedAt,
    expiresAt: unixMs(input.barClosedAt + input.timeframeMs),
    prediction,
    regime: input.regime,
    regimeConfidence: input.regimeConfidence,
    stopDistance,
    targetDistance,
    costTicks,
    bid: input.bid,
    ask: input.ask,
    ...view,
  };
}

function distance(instrument: Instrument, ticks: number): Price {
  return price(Math.max(1, instrument.stopDistanceMin, Math.round(ticks)));
}

interface View {
  readonly side: Side | 'flat';
  readonly confidence: number;
  readonly expectedValueR: number;
}

/** Expected value in R of each side: p_win × target/stop − p_lose − cost/stop. The flat class ends, on average, where it began. */
function bestSide(prediction: Prediction, stop: Price, target: Price, costTicks: number): View {
  if (prediction.kind === 'neutral') return { side: 'flat', confidence: 0, expectedValueR: 0 };
  const { up, down } = prediction.probabilities;
  const reward = target / stop;
  const cost = costTicks / stop;
  const buy = up * reward - down - cost;
  const sell = down * reward - up - cost;
  const moves = up + down;
  const best = Math.max(buy, sell);
  if (!(moves > 0 && best > 0)) return { side: 'flat', confidence: 0, expectedValueR: best };
  return buy >= sell
    ? { side: 'buy', confidence: up / moves, expectedValueR: buy }
    : { side: 'sell', confidence: down / moves, expectedValueR: sell };
}

/** What no sound model says is no opinion. */
function soundOrNeutral(prediction: Prediction): Prediction {
  if (prediction.kind === 'neutral') return prediction;
  const detail = probabilitiesFault(prediction.probabilities);
  return detail === undefined
    ? prediction
    : { kind: 'neutral', model: prediction.model, reason: 'output_invalid', detail };
}

/** Undefined when sound, otherwise what is wrong: a NaN that passes a `<` guard would trade. */
export function probabilitiesFault(p: Probabilities): string | undefined {
  const values = [p.down, p.flat, p.up];
  if (!values.every((value) => value >= -1e-6 && value <= 1 + 1e-6))
    return `probabilities outside [0, 1]: ${values.join(', ')}`;
  const sum = p.down + p.flat + p.up;
  return Math.abs(sum - 1) <= 1e-3 ? undefined : `probabilities sum to ${sum}, not 1`;
}
