/** Which model serves which symbol, as far as the core must know it, and until when its word opens anything. */
import type { Emit } from './events.ts';
import type { ModelCard } from './model-card.ts';
import { marketOf, type ServoState } from './state.ts';
import type { UnixMs } from './units.ts';

/** Absent where the symbol's signals come from no model. */
export function cardOf(state: ServoState, symbol: string): ModelCard | undefined {
  const { model } = marketOf(state, symbol);
  return model === undefined ? undefined : state.cards.get(model);
}

/** Emits what changed since: symbols that go from one model to another together are one event. Between two bars only. */
export function adoptModels(state: ServoState, serving: ReadonlyMap<string, ModelCard>, at: UnixMs, emit: Emit): void {
  const changed = [...serving].filter(([symbol, card]) => !sameCard(cardOf(state, symbol), card));
  const together = Map.groupBy(changed, ([symbol, { id }]) => `${marketOf(state, symbol).model ?? ''}\n${id}`);
  for (const group of together.values()) {
    const [[symbol, to]] = group as [(typeof group)[number]];
    const from = marketOf(state, symbol).model;
    const symbols = group.map(([member]) => member);
    emit({ kind: 'model_changed', at, symbols, to, ...(from !== undefined && { from }) });
  }
}

const sameCard = (a: ModelCard | undefined, b: ModelCard): boolean =>
  a !== undefined && JSON.stringify(a) === JSON.stringify(b);
