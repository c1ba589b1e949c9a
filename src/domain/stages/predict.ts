/** Stage 2. The model's outputs, given as an argument, become signals. */
import type { Emit } from '../events.ts';
import { multiplyRatio } from '../instrument.ts';
import { quoteAtClose } from '../market.ts';
import { symbolPolicy } from '../policy.ts';
import { makeSignal, type Prediction } from '../signal.ts';
import { marketOf, type ServoState } from '../state.ts';
import { conversionOf } from '../valuation.ts';

/** Symbols whose features wait for a prediction, in order. */
export const awaitingPrediction = (state: ServoState): string[] =>
  [...state.markets].filter(([, market]) => market.vectorPending).map(([symbol]) => symbol);

/** `predictions` answers `awaitingPrediction` as it was when the model was asked; what has been dropped since is passed over. */
export function predict(state: ServoState, predictions: ReadonlyMap<string, Prediction>, emit: Emit): void {
  for (const [symbol, prediction] of predictions) {
    const { vectorPending, lastBar, engine } = marketOf(state, symbol);
    if (!vectorPending || lastBar === undefined) continue;
    const { instrument } = symbolPolicy(state.policy, symbol);
    const { bid, ask } = quoteAtClose(lastBar);
    const signal = makeSignal(instrument, state.policy.signal, {
      symbol,
      barClosedAt: lastBar.closeAt,
      timeframeMs: state.policy.timeframeMs,
      prediction,
      regime: engine.regime,
      regimeConfidence: engine.regimeConfidence,
      atrTicks: engine.atrTicks,
      bid,
      ask,
      tradingCostTicks: tradingCostTicks(state, symbol),
    });
    emit({ kind: 'signal_made', at: lastBar.closeAt, signal });
  }
}

/** Commission and slippage of the round trip in ticks: both sides slip, the commission is per lot. */
function tradingCostTicks(state: ServoState, symbol: string): number {
  const { instrument, slippage } = symbolPolicy(state.policy, symbol);
  const rate = conversionOf(state, symbol);
  if (rate === undefined) return 2 * slippage;
  const moneyPerTickAndLot =
    multiplyRatio(instrument.tickValue, rate) * (instrument.lotStep.den / instrument.lotStep.num);
  return 2 * slippage + state.policy.commissionPerLot / moneyPerTickAndLot;
}
