/** Asks the model, which owes an answer to every question; one that breaks its promise has no opinion. */
import type { Clock, Predictor, PredictorInput } from '../domain/ports.ts';
import type { Prediction } from '../domain/signal.ts';
import { messageOf } from './error-budget.ts';
import { TimeoutError, within } from './exclusive.ts';

export async function askModel(
  { predictor, clock }: { readonly predictor: Predictor; readonly clock: Clock },
  inputs: readonly PredictorInput[],
  timeoutMs: number,
): Promise<readonly Prediction[]> {
  try {
    const predictions = await within(timeoutMs, 'a prediction', predictor.predict(inputs), clock);
    if (predictions.length === inputs.length) return predictions;
    throw new Error(`${predictions.length} answers to ${inputs.length} questions`);
  } catch (error) {
    const reason = error instanceof TimeoutError ? 'timeout' : 'model_failed';
    return inputs.map(() => ({ kind: 'neutral', model: 'none', reason, detail: messageOf(error) }));
  }
}
