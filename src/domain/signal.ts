/** The model's opinion turned into a trade idea: side, confidence, distances and the value expected after costs. */
import type { Instrument } from './instrument.ts';
import type { Side } from './order.ts';
import type { Regime } from './regime.ts';
import { leastDistance } from './stops.ts';
import { type Price, price, type UnixMs, unixMs } from './units.ts';

/** Class probabilities, checked: finite, in [0, 1], summing to 1 ± 0.001. */
export interface Probabilities {
  readonly down: number;
  readonly flat: number;
  readonly up: number;
}

/** Why there is no prediction. Closed: the gate and the alerts name each. */
export type NeutralReason = 'timeout' | 'model_failed' | 'output_invalid' | 'features_invalid';

/** What one model says. */
export type Opinion =
  | {
      readonly kind: 'prediction';
      readonly model: string;
      readonly probabilities: Probabilities;
      /** How unlike its training the features were; absent where the model has nothing to compare with. */
      readonly dissimilarity?: number;
    }
  | { readonly kind: 'neutral'; readonly model: string; readonly reason: NeutralReason; readonly detail: string };

/** `reachAtr` as on the model's card: only models that serve have theirs in the state. */
export type ShadowOpinion = Opinion & { readonly reachAtr?: number };

/** What the serving model says, and beside it what models in the shadow say of the same features: nothing is traded on those. */
export type Prediction = Opinion & { readonly shadows?: readonly ShadowOpinion[] };

export interface Signal {
  /** One id from bar to alert: symbol and close time of the bar it was made on. */
  readonly decisionId: string;
  readonly symbol: string;
  readonly barClosedAt: UnixMs;
  /** A later bar makes the signal worthless. */
  readonly expiresAt: UnixMs;
  readonly side: Side | 'flat';
  readonly prediction: Opinion;
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
  readonly prediction: Opinion;
  readonly regime: Regime;
  readonly regimeConfidence: number;
  readonly atrTicks: number;
  /** By which the regime widens both distances, or narrows them. */
  readonly stopFactor: number;
  /** How far the price goes, in ATRs, when the model is right; absent where no model says: to the stop's distance. */
  readonly reachAtr: number | undefined;
  readonly bid: Price;
  readonly ask: Price;
  /** Commission and slippage of the round trip, in ticks of this instrument. */
  readonly tradingCostTicks: number;
}

export const decisionIdOf = (symbol: string, barClosedAt: UnixMs): string => `${symbol}-${barClosedAt}`;

/** Deterministic and total: a neutral prediction, or one without positive value, gives a flat signal. */
export function makeSignal(instrument: Instrument, policy: SignalPolicy, input: SignalInput): Signal {
  const unit = input.atrTicks * input.stopFactor;
  const stopDistance = distance(instrument, unit * policy.stopAtrMultiple);
  const targetDistance = distance(instrument, unit * policy.targetAtrMultiple);
  const reach = input.reachAtr === undefined ? stopDistance : input.reachAtr * input.atrTicks;
  const costTicks = input.ask - input.bid + input.tradingCostTicks;
  const prediction = soundOrNeutral(input.prediction);
  const { side, confidence, expectedValueR } = bestSide(prediction, stopDistance, reach, costTicks);
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
    side,
    confidence,
    expectedValueR,
  };
}

/** Whole ticks, at least what the venue asks for. */
export function distance(instrument: Instrument, ticks: number): Price {
  return price(Math.max(leastDistance(instrument), Math.round(ticks)));
}

interface View {
  readonly side: Side | 'flat';
  readonly confidence: number;
  readonly expectedValueR: number;
}

/**
 * Expected value of one side in R: the move that is foretold, (p_win − p_lose) × reach, less the costs, in units of the stop.
 * No more is earned than was foretold, wherever stop and target are; without an opinion on the side, costs are all there is.
 */
export const sideValueR = (win: number, lose: number, stop: Price, reach: number, costTicks: number): number =>
  ((win - lose) * reach - costTicks) / stop;

function bestSide(prediction: Opinion, stop: Price, reach: number, costTicks: number): View {
  if (prediction.kind === 'neutral') return { side: 'flat', confidence: 0, expectedValueR: 0 };
  const { up, down } = prediction.probabilities;
  const buy = sideValueR(up, down, stop, reach, costTicks);
  const sell = sideValueR(down, up, stop, reach, costTicks);
  const moves = up + down;
  const best = Math.max(buy, sell);
  if (!(moves > 0 && best > 0)) return { side: 'flat', confidence: 0, expectedValueR: best };
  return buy >= sell
    ? { side: 'buy', confidence: up / moves, expectedValueR: buy }
    : { side: 'sell', confidence: down / moves, expectedValueR: sell };
}

/** What no sound model says is no opinion. */
function soundOrNeutral(prediction: Opinion): Opinion {
  if (prediction.kind === 'neutral') return prediction;
  const detail = probabilitiesFault(prediction.probabilities);
  return detail === undefined
    ? prediction
    : { kind: 'neutral', model: prediction.model, reason: 'output_invalid', detail };
}

/** Undefined when sound, otherwise what is wrong: a NaN that passes a `<` guard would trade. */
export function probabilitiesFault({ down, flat, up }: Probabilities): string | undefined {
  if (areProbabilities(down, flat, up)) return undefined;
  return isShare(down) && isShare(flat) && isShare(up)
    ? `probabilities sum to ${down + flat + up}, not 1`
    : `probabilities outside [0, 1]: ${down}, ${flat}, ${up}`;
}

export const areProbabilities = (down: number, flat: number, up: number): boolean =>
  isShare(down) && isShare(flat) && isShare(up) && Math.abs(down + flat + up - 1) <= 1e-3;

const isShare = (value: number): boolean => value >= -1e-6 && value <= 1 + 1e-6;
