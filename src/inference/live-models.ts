/** The models of all symbols behind one port, each watched for a version that is to take its place. */
import type { ModelCard } from '../domain/model-card.ts';
import type { Predictor, Turnover } from '../domain/ports.ts';
import { LiveModel } from './live-model.ts';
import { ModelError } from './model-error.ts';
import type { ExpectedFeatures } from './passport.ts';
import { predictorFor } from './predictor-for.ts';
import { withShadows } from './shadows.ts';

interface NamedModel {
  readonly name: string;
  readonly folder: string;
  readonly timeoutMs: number;
  /** That it speaks for. */
  readonly symbols: readonly string[];
  /** On which nothing is traded by its word, and all of it is kept. */
  readonly shadowed?: readonly string[];
}

export interface LiveModelsOptions {
  readonly models: readonly NamedModel[];
  readonly featureNames: ExpectedFeatures;
  readonly log: (line: string) => void;
  readonly lookEveryMs?: number;
}

interface Named extends Pick<NamedModel, 'name' | 'symbols'> {
  readonly shadowed: readonly string[];
  readonly model: LiveModel;
}

const LOOK_EVERY_MS = 2_000;

/** Throws a `ModelError` on the first model that is refused. */
export async function liveModels({
  models,
  featureNames,
  log,
  lookEveryMs = LOOK_EVERY_MS,
}: LiveModelsOptions): Promise<Predictor> {
  const opened: Named[] = [];
  try {
    for (const { name, symbols, shadowed = [], ...options } of models) {
      opened.push({ name, symbols, shadowed, model: await LiveModel.open({ ...options, featureNames, log }) });
    }
    for (const shadow of opened) checkSameFeatures(opened, shadow);
  } catch (error) {
    await Promise.all(opened.map(({ model }) => model.close()));
    throw error;
  }
  const bySymbol = new Map(opened.flatMap(({ symbols, model }) => symbols.map((symbol) => [symbol, model] as const)));
  const { predict } = predictorFor(bySymbol);
  const timer = setInterval(() => {
    for (const { model } of opened) void model.look();
  }, lookEveryMs).unref();
  return {
    predict: withShadows(predict, shadowsBySymbol(opened)),
    turnOver: turnOverOf(opened, bySymbol),
    close: async () => {
      clearInterval(timer);
      await Promise.all(opened.map(({ model }) => model.close()));
    },
  };
}

function shadowsBySymbol(opened: readonly Named[]): ReadonlyMap<string, readonly LiveModel[]> {
  const pairs = opened.flatMap(({ shadowed, model }) => shadowed.map((symbol) => ({ symbol, model })));
  const grouped = Map.groupBy(pairs, ({ symbol }) => symbol);
  return new Map([...grouped].map(([symbol, group]) => [symbol, group.map(({ model }) => model)]));
}

/** A shadow is asked about the vector that the serving model is asked about. */
function checkSameFeatures(opened: readonly Named[], { name, shadowed, model }: Named): void {
  for (const symbol of shadowed) {
    const serving = opened.find(({ symbols }) => symbols.includes(symbol));
    if (serving === undefined || serving.model.featureNames.join('\n') === model.featureNames.join('\n')) continue;
    throw new ModelError(
      `the shadow model ${name}`,
      `it takes other features than ${serving.name}, which serves ${symbol}`,
      'Shadow with a model of the same features',
    );
  }
}

/** The same map as long as nothing has changed. */
function turnOverOf(opened: readonly Named[], bySymbol: ReadonlyMap<string, LiveModel>): () => Turnover {
  const cards = () => new Map<string, ModelCard>([...bySymbol].map(([symbol, { card }]) => [symbol, card]));
  let serving = cards();
  return () => {
    const refused = opened.flatMap(({ name, symbols, shadowed, model }) => {
      const reason = model.swap();
      return reason === undefined ? [] : [{ name, symbols: [...symbols, ...shadowed], reason }];
    });
    if ([...bySymbol].some(([symbol, { card }]) => serving.get(symbol) !== card)) serving = cards();
    return { serving, refused };
  };
}
