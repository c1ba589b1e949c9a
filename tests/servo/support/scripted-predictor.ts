/** A model that nearly always wants to trade. Its opinion follows from its inputs alone: asked again, it says the same. */
import type { Predictor, PredictorInput } from '../../../src/domain/ports.ts';
import { hashToUnit } from '../../../src/domain/random.ts';
import type { Prediction } from '../../../src/domain/signal.ts';

export const scriptedPredictor = (): Predictor => ({
  predict: async (inputs) => inputs.map(opinion),
  close: async () => {},
});

function opinion({ symbol, values }: PredictorInput): Prediction {
  const up = hashToUnit(`${symbol}|${values.join()}`) < 0.5 ? 0.8 : 0.1;
  return { kind: 'prediction', model: 'scripted', probabilities: { up, flat: 0.1, down: 0.9 - up } };
}
