/** Reads a model's folder and refuses whatever could give a wrong answer quietly: the servo never trades on a model it did not check. */
import type { ExpectedFeatures } from './passport.ts';
import { proofOf } from './proof.ts';
import { openProven } from './prove-model.ts';
import { type LoadedModel, readModel } from './read-model.ts';

/** Throws a `ModelError` with one message: what, where, how to mend it. */
export async function loadModel(folder: string, expected: ExpectedFeatures): Promise<LoadedModel> {
  const model = await readModel(folder, expected);
  const session = await openProven(model.onnx, proofOf(folder, model.passport));
  await session.release();
  return model;
}
