/** Models change places between two bars: what the predictor has done is made known to the book, once. */
import type { ModelCard } from '../domain/model-card.ts';
import { adoptModels } from '../domain/models.ts';
import type { Clock, Predictor } from '../domain/ports.ts';
import type { Book } from './book.ts';

export class ModelTurnover {
  readonly #predictor: Predictor;
  readonly #clock: Clock;
  /** As the book has it. */
  #known: ReadonlyMap<string, ModelCard> | undefined;

  constructor(predictor: Predictor, clock: Clock) {
    this.#predictor = predictor;
    this.#clock = clock;
  }

  /** To be called between two bars; almost always there is nothing to say. */
  tell(commit: Book['commit']): void {
    const news = this.#predictor.turnOver?.();
    if (news === undefined || (news.serving === this.#known && news.refused.length === 0)) return;
    commit((state, emit) => {
      const at = state.step.at ?? this.#clock.wall();
      adoptModels(state, news.serving, at, emit);
      for (const refusal of news.refused) emit({ kind: 'model_refused', at, ...refusal });
    });
    // Only now: what could not be written is told again.
    this.#known = news.serving;
  }
}
