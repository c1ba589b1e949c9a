/** A model that another version of itself may replace while it serves: loaded and checked beside it, put in its place between bars. */
import type { ModelCard } from '../domain/model-card.ts';
import type { Predictor, PredictorInput } from '../domain/ports.ts';
import type { Prediction } from '../domain/signal.ts';
import { ModelError, reasonOf } from './model-error.ts';
import { type ModelPredictor, type OnnxPredictorOptions, onnxPredictor } from './onnx-predictor.ts';
import { currentStamp, servingFolder } from './registry/model-home.ts';

/** `folder` is the home: a plain folder, or one with versions. */
export type LiveModelOptions = OnnxPredictorOptions;

interface Version {
  readonly folder: string;
  readonly predictor: ModelPredictor;
}

export class LiveModel implements Predictor {
  readonly #options: LiveModelOptions;
  #stamp: string | undefined;
  #serving: Version;
  /** Loaded, sound, and waiting for the end of the bar. */
  #next: Version | undefined;
  #refusal: string | undefined;
  readonly #asked = new Set<Promise<unknown>>();
  /** Those that were replaced and still have an answer to give. */
  readonly #retiring = new Set<Promise<void>>();
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(options: LiveModelOptions, stamp: string | undefined, serving: Version) {
    this.#options = options;
    this.#stamp = stamp;
    this.#serving = serving;
  }

  /** Throws a `ModelError` when the model is refused. */
  static async open(options: LiveModelOptions): Promise<LiveModel> {
    // Read before what it stands for: a change in between is seen at the next look.
    const stamp = await currentStamp(options.folder);
    const folder = await servingFolder(options.folder);
    return new LiveModel(options, stamp, { folder, predictor: await onnxPredictor({ ...options, folder }) });
  }

  get card(): ModelCard {
    return this.#serving.predictor.card;
  }

  get featureNames(): readonly string[] {
    return this.#serving.predictor.featureNames;
  }

  async predict(inputs: readonly PredictorInput[]): Promise<readonly Prediction[]> {
    const asked = this.#serving.predictor.predict(inputs);
    this.#asked.add(asked);
    return asked.finally(() => this.#asked.delete(asked));
  }

  /** Looks whether another version was made current, and loads it while this one serves on. Never rejects. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => (this.#closed ? undefined : this.#look()));
    return this.#looking;
  }

  async #look(): Promise<void> {
    try {
      const stamp = await currentStamp(this.#options.folder);
      if (stamp === this.#stamp) return;
      this.#stamp = stamp;
      const folder = await servingFolder(this.#options.folder);
      if (folder === (this.#next ?? this.#serving).folder) return;
      const predictor = await onnxPredictor({ ...this.#options, folder });
      await this.#refuseOtherFeatures(predictor);
      if (this.#next !== undefined) this.#retire(this.#next);
      this.#next = { folder, predictor };
    } catch (thrown) {
      this.#refusal = reasonOf(thrown);
    }
  }

  /** The servo computes what the first version asked for, since its start. */
  async #refuseOtherFeatures(next: ModelPredictor): Promise<void> {
    const { featureNames } = this.#serving.predictor;
    if (next.featureNames.join('\n') === featureNames.join('\n')) return;
    await next.close();
    throw new ModelError(
      next.card.id,
      'it asks for other features than the one that serves',
      'Restart the servo to take it',
    );
  }

  /** Between two bars: what waits takes over. Returns why a version was refused since the last time. */
  swap(): string | undefined {
    if (this.#next !== undefined) {
      this.#retire(this.#serving);
      this.#serving = this.#next;
      this.#next = undefined;
    }
    const refusal = this.#refusal;
    this.#refusal = undefined;
    return refusal;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#looking;
    if (this.#next !== undefined) this.#retire(this.#next);
    this.#retire(this.#serving);
    await Promise.all(this.#retiring);
  }

  /** An answer that is under way is still given. */
  #retire({ predictor }: Version): void {
    const retiring = Promise.allSettled(this.#asked)
      .then(() => predictor.close())
      .finally(() => this.#retiring.delete(retiring));
    this.#retiring.add(retiring);
  }
}
