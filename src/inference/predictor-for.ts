/** Several models behind one port: each symbol is asked of its own, and the answers come back in the order of the questions. */
import type { Predictor } from '../domain/ports.ts';
import type { Prediction } from '../domain/signal.ts';

/** A symbol without a model gets a neutral prediction. Closing closes each model once. */
export function predictorFor(models: ReadonlyMap<string, Predictor>): Predictor {
  return {
    async predict(inputs) {
      const predictions = inputs.map(({ symbol }) => withoutModel(symbol));
      const placed = inputs.map((input, place) => ({ input, place }));
      const groups = Map.groupBy(placed, ({ input }) => models.get(input.symbol));
      const ask = async (model: Predictor | undefined, group: typeof placed) => {
        const answers = (await model?.predict(group.map(({ input }) => input))) ?? [];
        for (const [i, answer] of answers.entries()) predictions[group[i]?.place ?? i] = answer;
      };
      await Promise.all([...groups].map(([model, group]) => ask(model, group)));
      return predictions;
    },
    async close() {
      await Promise.all([...new Set(models.values())].map((model) => model.close()));
    },
  };
}

const withoutModel = (symbol: string): Prediction => ({
  kind: 'neutral',
  model: 'none',
  reason: 'model_failed',
  detail: `no model is configured for ${symbol}`,
});
