/** A model from its folder, asked by the batch in a thread of its own that starts with the first question: measures that are kept ask none. */

import type { KnownFeatures } from '../domain/features/spec.ts';
import { FEATURE_PACK } from '../domain/features.ts';
import { DissimilarityIndex } from '../domain/guards/dissimilarity.ts';
import type { RegimeModel } from '../domain/regime-model.ts';
import { areProbabilities } from '../domain/signal.ts';
import { unixMs } from '../domain/units.ts';
import { CLASSES } from '../inference/classes.ts';
import { modelCard } from '../inference/model-card.ts';
import type { ModelThread } from '../inference/model-thread.ts';
import { type Passport, sha256 } from '../inference/passport.ts';
import { proofOf } from '../inference/proof.ts';
import { type LoadedModel, readModel } from '../inference/read-model.ts';
import { servingFolder } from '../inference/registry/model-home.ts';
import type { ModelFacts } from './result.ts';
import type { ModelSource } from './signal-source.ts';

export interface OpenModel extends ModelSource {
  /** That the passport holds; absent where the rules name the regimes. */
  readonly regimeModel: RegimeModel | undefined;
  /** Bars after which the labels it was fitted to are decided. */
  readonly horizonBars: number;
  close(): Promise<void>;
}

/** `home` is a plain folder, or one with versions; without `known` features the model must ask for the pack. Throws a `ModelError` when the files are refused. */
export async function openModelSource(home: string, known?: KnownFeatures): Promise<OpenModel> {
  const folder = await servingFolder(home);
  const model = await readModel(folder, known ?? FEATURE_PACK.names);
  const { id, passport } = model;
  const reference = passport.guards?.dissimilarity;
  let started: Promise<ModelThread> | undefined;
  const thread = (): Promise<ModelThread> => {
    started ??= startThread(folder, model);
    return started;
  };
  return {
    kind: 'model',
    id,
    hash: sha256(JSON.stringify(passport)),
    facts: factsOf(passport),
    card: modelCard(model),
    regimeModel: passport.regimes,
    horizonBars: passport.label.horizonBars,
    columns: passport.features.names.length,
    likeness: reference && new DissimilarityIndex(reference),
    prepare: () => {
      // A failure is met by the first question.
      thread().catch(() => undefined);
    },
    predictRows: async (values, rows) => {
      const answer = await (await thread()).ask({ values, rows });
      if (answer.values.length !== rows * CLASSES.length) {
        throw new Error(`model ${id} answered ${rows} rows with a tensor of shape [${answer.shape.join(', ')}]`);
      }
      return soundRows(answer.values, rows, passport.classes);
    },
    close: async () => {
      const running = await started?.catch(() => undefined);
      await running?.end('the backtest is done');
    },
  };
}

/** The thread checks the model as it is checked for trading. Throws a `ModelError` when it is refused. */
async function startThread(folder: string, model: LoadedModel): Promise<ModelThread> {
  const { ModelThread: Thread } = await import('../inference/model-thread.ts');
  const { input, output } = model.passport;
  const ends = { inputName: input.name, outputName: output.name };
  const thread = new Thread({ onnx: model.onnx, ends, proof: proofOf(folder, model.passport) }, () => undefined);
  try {
    await thread.ready;
    return thread;
  } catch (error) {
    await thread.end('the model is refused');
    throw error;
  }
}

/** In the order down, flat, up; a row that is no probability is NaN, as live it is no opinion. */
function soundRows(answer: Float32Array, rows: number, classes: Passport['classes']): Float32Array {
  const [down = 0, flat = 1, up = 2] = CLASSES.map((name) => classes.indexOf(name));
  const sound = new Float32Array(rows * 3).fill(Number.NaN);
  for (let first = 0; first < sound.length; first += 3) {
    const pDown = answer[first + down] ?? Number.NaN;
    const pFlat = answer[first + flat] ?? Number.NaN;
    const pUp = answer[first + up] ?? Number.NaN;
    if (!areProbabilities(pDown, pFlat, pUp)) continue;
    sound[first] = pDown;
    sound[first + 1] = pFlat;
    sound[first + 2] = pUp;
  }
  return sound;
}

function factsOf({ name, modelSha256, training }: Passport): ModelFacts {
  return {
    name,
    sha256: modelSha256,
    training: training && {
      from: unixMs(Date.parse(training.from)),
      to: unixMs(Date.parse(training.to)),
      simulated: training.simulated,
    },
  };
}
