/** The plain loop: the same stage functions, feed, venue and predictor as the servo, without queue, journal or promise between stages. */

import { apply } from '../../src/domain/apply.ts';
import type { DomainEvent, Emit } from '../../src/domain/events.ts';
import { adoptModels } from '../../src/domain/models.ts';
import type { TradingPolicy } from '../../src/domain/policy.ts';
import type { BarFeed, Broker, Predictor } from '../../src/domain/ports.ts';
import type { Prediction } from '../../src/domain/signal.ts';
import { authorise, awaitingExecution } from '../../src/domain/stages/execute.ts';
import { ingest, ingestHistory } from '../../src/domain/stages/ingest.ts';
import { monitor } from '../../src/domain/stages/monitor.ts';
import { awaitingPrediction, predict } from '../../src/domain/stages/predict.ts';
import { awaitingDecision, riskGate } from '../../src/domain/stages/risk-gate.ts';
import { settle } from '../../src/domain/stages/settle.ts';
import { marketOf, newState, type ServoState } from '../../src/domain/state.ts';
import { unixMs } from '../../src/domain/units.ts';

export interface LoopResult {
  readonly state: ServoState;
  readonly events: readonly DomainEvent[];
}

/** Runs the feed to its end. Every fact is kept, in order. */
export async function plainLoop(
  policy: TradingPolicy,
  feed: BarFeed,
  broker: Broker,
  predictor: Predictor,
): Promise<LoopResult> {
  const state = newState(policy);
  const events: DomainEvent[] = [];
  const emit: Emit = (event) => {
    apply(state, event);
    events.push(event);
  };
  await broker.connect(state.epoch);
  const { balance } = await broker.snapshot();
  emit({ kind: 'account_opened', at: unixMs(0), account: 'loop', currency: policy.currency, balance });
  emit({ kind: 'reconciled', at: unixMs(0), epoch: 1, positions: 0, repaired: 0 });
  adoptModels(state, predictor.turnOver?.().serving ?? new Map(), unixMs(0), emit);
  ingestHistory(feed.history(), emit);

  for (let due = feed.due(state.step.at); due.kind === 'bars'; due = feed.due(state.step.at)) {
    await broker.onBars(due.bars);
    ingest(state, { bars: due.bars, reports: await broker.reportsAfter(state.reportCursor) }, emit);
    await predictAll(state, predictor, emit);
    while (awaitingDecision(state).length > 0) {
      riskGate(
        state,
        awaitingDecision(state).map(({ symbol }) => symbol),
        emit,
      );
      await executeAll(state, broker, emit);
    }
    monitor(state, emit);
    await executeAll(state, broker, emit);
  }
  return { state, events };
}

async function predictAll(state: ServoState, predictor: Predictor, emit: Emit): Promise<void> {
  const symbols = awaitingPrediction(state);
  if (symbols.length === 0) return;
  const answers = await predictor.predict(
    symbols.map((symbol) => ({ symbol, values: marketOf(state, symbol).engine.values() })),
  );
  predict(state, new Map(symbols.map((symbol, i) => [symbol, answers[i] as Prediction])), emit);
}

async function executeAll(state: ServoState, broker: Broker, emit: Emit): Promise<void> {
  const at = state.step.at;
  while (at !== undefined && awaitingExecution(state).length > 0) {
    const orders = authorise(state, at, 'all', emit);
    for (const order of orders) await broker.submit(order);
    settle(state, await broker.reportsAfter(state.reportCursor), true, emit);
  }
}
