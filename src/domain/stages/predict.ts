/** Stage 2. The model's outputs, given as an argument, become signals. */
import type { Emit } from '../events.ts';
import { quoteAtClose } from '../market.ts';
import { symbolPolicy } from '../policy.ts';
import { makeSignal, type Opinion, type Prediction, type ShadowOpinion, type Signal } from '../signal.ts';
import { marketOf, type ServoState, StateError } from '../state.ts';
import { tradingCostTicks } from '../trading-cost.ts';
import { conversionOf } from '../valuation.ts';
import { openShadowTrades } from './shadow.ts';

/** Symbols whose features wait for a prediction, in order. */
export function awaitingPrediction(state: ServoState): string[] {
  const waiting: string[] = [];
  for (const [symbol, { vectorPending }] of state.markets) if (vectorPending) waiting.push(symbol);
  return waiting;
}

/** `predictions` answers `awaitingPrediction` as it was when the model was asked; what has been dropped since is passed over. */
export function predict(state: ServoState, predictions: ReadonlyMap<string, Prediction>, emit: Emit): void {
  for (const [symbol, answer] of predictions) {
    const [prediction, shadows] = opinionsIn(answer);
    const { vectorPending, lastBar, watch } = marketOf(state, symbol);
    if (!vectorPending || lastBar === undefined) continue;
    const at = lastBar.closeAt;
    const signal = signalOf(state, symbol, prediction, state.cards.get(prediction.model)?.reachAtr);
    const shadowed = shadows.map(({ reachAtr, ...opinion }) => signalOf(state, symbol, opinion, reachAtr));
    const before = watch?.trust;
    emit({ kind: 'signal_made', at, signal });
    if (watch !== undefined && before !== undefined && watch.trust !== before) {
      const { trust: to, because } = watch;
      emit({ kind: 'trust_changed', at, symbol, model: prediction.model, from: before, to, because });
    }
    // Nothing is traded on a model that its guards have put into the shadow; what it would have traded is kept like the others'.
    openShadowTrades(state, watch?.trust === 'shadow' ? [signal, ...shadowed] : shadowed, emit);
  }
}

/** What the serving model says, and apart from it what those in the shadow say. */
function opinionsIn(answer: Prediction): [Opinion, readonly ShadowOpinion[]] {
  if (answer.shadows === undefined) return [answer, NO_SHADOWS];
  const { shadows, ...prediction } = answer;
  return [prediction, shadows];
}

const NO_SHADOWS: readonly ShadowOpinion[] = [];

function signalOf(state: ServoState, symbol: string, prediction: Opinion, reachAtr: number | undefined): Signal {
  const { engine, lastBar: bar } = marketOf(state, symbol);
  if (bar === undefined) throw new StateError(`${symbol}: a signal before the first bar`);
  const { instrument } = symbolPolicy(state.policy, symbol);
  const { bid, ask } = quoteAtClose(bar);
  return makeSignal(instrument, state.policy.signal, {
    symbol,
    barClosedAt: bar.closeAt,
    timeframeMs: state.policy.timeframeMs,
    prediction,
    regime: engine.regime,
    regimeConfidence: engine.regimeConfidence,
    atrTicks: engine.atrTicks,
    stopFactor: state.policy.regimes[engine.regime].stopFactor,
    reachAtr,
    bid,
    ask,
    tradingCostTicks: tradingCostTicks(state.policy, symbol, conversionOf(state, symbol)),
  });
}
