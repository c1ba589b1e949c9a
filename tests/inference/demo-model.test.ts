/** The committed demo model at work: on simulated markets it never saw, it has an opinion of either side, and the gate both takes and refuses it. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { tradingPolicyOf } from '../../src/config/policy.ts';
import { apply } from '../../src/domain/apply.ts';
import type { Decision } from '../../src/domain/decision.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import { FEATURE_PACK } from '../../src/domain/features.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { TradingPolicy } from '../../src/domain/policy.ts';
import type { Predictor } from '../../src/domain/ports.ts';
import type { Prediction } from '../../src/domain/signal.ts';
import { ingest } from '../../src/domain/stages/ingest.ts';
import { awaitingPrediction, predict } from '../../src/domain/stages/predict.ts';
import { awaitingDecision, riskGate } from '../../src/domain/stages/risk-gate.ts';
import { marketOf, newState } from '../../src/domain/state.ts';
import { moneyFromUnits } from '../../src/domain/units.ts';
import { loadModel } from '../../src/inference/load-model.ts';
import { onnxPredictor } from '../../src/inference/onnx-predictor.ts';
import { simulateBars } from '../../src/market/simulator.ts';
import { SIMULATION_START_AT } from '../../src/market/simulator-feed.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CONFIG = join(ROOT, 'config.yaml');
const FOLDER = join(ROOT, 'models', 'demo');
const BARS = 2000;

let predictor: Predictor;
beforeAll(async () => {
  predictor = await onnxPredictor({ folder: FOLDER, featureNames: FEATURE_PACK.names, timeoutMs: 10_000 });
});
afterAll(() => predictor.close());

/** Bars of every symbol, by close time. */
function marketOfSeed(policy: TradingPolicy, seed: number): Bar[][] {
  const bars = [...policy.symbols.values()].flatMap(({ instrument }) => {
    const candles = simulateBars(instrument, 'M5', seed, BARS, SIMULATION_START_AT);
    return Array.from({ length: BARS }, (_, i) => candles.barAt(i));
  });
  return [...Map.groupBy(bars, ({ closeAt }) => closeAt)].sort(([a], [b]) => a - b).map(([, together]) => together);
}

interface Run {
  readonly predictions: Map<string, Prediction[]>;
  readonly decisions: Map<string, Decision[]>;
}

/** The first three stages in a plain loop. What they authorise is never sent and expires with the next bar: each bar stands alone. */
async function decideAll(policy: TradingPolicy, steps: readonly Bar[][]): Promise<Run> {
  const state = newState(policy);
  const symbols = [...policy.symbols.keys()];
  const run = { predictions: byKey<Prediction>(symbols), decisions: byKey<Decision>(symbols) };
  const emit = (event: DomainEvent) => {
    apply(state, event);
    if (event.kind === 'decision_made') run.decisions.get(event.decision.symbol)?.push(event.decision);
  };
  const at = SIMULATION_START_AT;
  emit({ kind: 'account_opened', at, account: 'test', currency: policy.currency, balance: moneyFromUnits(10_000) });
  emit({ kind: 'reconciled', at, epoch: 1, positions: 0, repaired: 0 });
  for (const bars of steps) {
    ingest(state, { bars, reports: [] }, emit);
    const asked = awaitingPrediction(state);
    const answers = await predictor.predict(
      asked.map((symbol) => ({ symbol, values: marketOf(state, symbol).engine.values() })),
    );
    for (const [i, symbol] of asked.entries()) run.predictions.get(symbol)?.push(answers[i]!);
    predict(state, new Map(asked.map((symbol, i) => [symbol, answers[i]!])), emit);
    const waiting = awaitingDecision(state).map(({ symbol }) => symbol);
    riskGate(state, waiting, emit);
  }
  return run;
}

const byKey = <Value>(keys: readonly string[]) => new Map(keys.map((key) => [key, [] as Value[]]));

function likeliestClass(prediction: Prediction): string {
  if (prediction.kind === 'neutral') return prediction.reason;
  const { down, flat, up } = prediction.probabilities;
  const highest = Math.max(down, flat, up);
  return highest === flat ? 'flat' : highest === up ? 'up' : 'down';
}

const countsOf = <Item>(items: readonly Item[], keyOf: (item: Item) => string): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(items, keyOf)].map(([key, group]) => [key, group.length]));

describe('the demo model', () => {
  it('was fitted on the features of today, and on no market of the default seed', async () => {
    const { passport, onnx } = await loadModel(FOLDER, FEATURE_PACK.names);
    expect(onnx.length).toBeLessThan(250_000);
    expect(passport.training?.simulated).toBe(true);
    expect(passport.training?.seed).not.toBe(loadConfig(CONFIG).feed.simulator.seed);
    const { logLoss, directionAuc } = passport.metrics.figures;
    expect(logLoss?.model).toBeLessThan((logLoss?.baseline ?? 0) - 0.02);
    expect(passport.verdict?.deployable).toBe(false);
    expect(passport.expiresAt).toBeNull();
    expect(directionAuc?.model).toBeGreaterThan(0.55);
  });

  it("was fitted to barriers where the servo's default stop stands", async () => {
    const { passport } = await loadModel(FOLDER, FEATURE_PACK.names);
    const { stopAtrMultiple } = tradingPolicyOf(loadConfig(CONFIG)).signal;
    expect(passport.label).toMatchObject({ stopAtr: stopAtrMultiple, targetAtr: stopAtrMultiple });
  });

  it.each([7, 8, 9])('predicts both sides and is both accepted and refused, simulator seed %i', async (seed) => {
    const policy = tradingPolicyOf(loadConfig(CONFIG));
    const { predictions, decisions } = await decideAll(policy, marketOfSeed(policy, seed));
    for (const symbol of policy.symbols.keys()) {
      const classes = countsOf(predictions.get(symbol) ?? [], likeliestClass);
      expect(Object.keys(classes).sort(), `${symbol}: ${JSON.stringify(classes)}`).toEqual(
        expect.arrayContaining(['down', 'up']),
      );
      const made = decisions.get(symbol) ?? [];
      expect(made).toHaveLength(BARS - FEATURE_PACK.warmupBars + 1);
      const { approved = 0, denied = 0 } = countsOf(made, ({ outcome }) => outcome);
      expect(approved, `${symbol} accepted`).toBeGreaterThan(20);
      expect(denied, `${symbol} refused`).toBeGreaterThan(20);
    }
  });
});
