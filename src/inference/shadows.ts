/** Models in the shadow: asked beside the one that serves, about the same features; what they say only rides along. */
import type { ModelCard } from '../domain/model-card.ts';
import type { Predictor, PredictorInput } from '../domain/ports.ts';
import type { Prediction, ShadowOpinion } from '../domain/signal.ts';

/** A model that is asked, and nothing is traded on. */
export interface ShadowModel extends Predictor {
  readonly card: ModelCard;
}

/** `shadows` by symbol. A shadow that fails says so in its own opinion; the serving model's is what it would be without it. */
export function withShadows(
  predict: Predictor['predict'],
  shadows: ReadonlyMap<string, readonly ShadowModel[]>,
): Predictor['predict'] {
  if (shadows.size === 0) return predict;
  return async (inputs) => {
    const [predictions, opinions] = await Promise.all([predict(inputs), opinionsOf(shadows, inputs)]);
    return predictions.map((prediction, place): Prediction => {
      const said = opinions.get(place) ?? [];
      return said.length === 0 ? prediction : { ...prediction, shadows: said };
    });
  };
}

/** By the place of the question, each shadow in the order of the configuration. */
async function opinionsOf(
  shadows: ReadonlyMap<string, readonly ShadowModel[]>,
  inputs: readonly PredictorInput[],
): Promise<ReadonlyMap<number, readonly ShadowOpinion[]>> {
  const questions = inputs.flatMap((input, place) =>
    (shadows.get(input.symbol) ?? []).map((shadow) => ({ shadow, input, place })),
  );
  const answers = new Map<(typeof questions)[number], ShadowOpinion>();
  const ask = async (shadow: ShadowModel, asked: typeof questions) => {
    const { reachAtr } = shadow.card;
    const said = await shadow.predict(asked.map(({ input }) => input));
    for (const [i, opinion] of said.entries()) {
      const question = asked[i];
      if (question !== undefined) answers.set(question, { ...opinion, ...(reachAtr !== undefined && { reachAtr }) });
    }
  };
  await Promise.all([...Map.groupBy(questions, ({ shadow }) => shadow)].map(([shadow, asked]) => ask(shadow, asked)));
  const byPlace = Map.groupBy(questions, ({ place }) => place);
  return new Map(
    [...byPlace].map(([place, asked]) => [place, asked.flatMap((question) => answers.get(question) ?? [])]),
  );
}
