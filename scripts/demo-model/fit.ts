/** The whole way from the recipe to the two files of the model. The same recipe gives the same bytes. */
import { FEATURE_PACK } from '../../src/domain/features.ts';
import { CLASSES, featureHash, type Passport, sha256 } from '../../src/inference/passport.ts';
import { graphOf, INPUT_NAME, OUTPUT_NAME } from './graph.ts';
import { figuresOf, type Judged } from './measures.ts';
import { writeOnnx } from './onnx-writer.ts';
import type { Recipe } from './recipe.ts';
import { type Row, type Rows, simulateRows } from './rows.ts';
import { fitSoftmax, predictSoftmax } from './softmax-regression.ts';

export interface DemoModel {
  readonly onnx: Uint8Array;
  readonly passport: Passport;
}

const GOLDEN_ROWS = 12;

export function fitDemoModel(recipe: Recipe): DemoModel {
  const rows = simulateRows(recipe);
  const examples = rows.training.map(({ features, label }) => ({ features, answer: CLASSES.indexOf(label) }));
  const model = fitSoftmax(examples, recipe);
  const judged = rows.holdOut.map((row) => ({ row, chances: predictSoftmax(model, row.features) }));
  const onnx = writeOnnx(graphOf(model));
  return { onnx, passport: passportOf(recipe, rows, judged, sha256(onnx)) };
}

function passportOf(recipe: Recipe, rows: Rows, judged: readonly Judged[], modelSha256: string): Passport {
  const { names } = FEATURE_PACK;
  const iso = (at: number) => new Date(at).toISOString();
  return {
    schema: 1,
    name: 'demo',
    description: 'Multinomial logistic regression on the feature pack v1, fitted to simulated candles',
    kind: {
      is: 'a demonstration: it shows the servo at work on the built-in simulator, whose hidden trends it has learned to see',
      isNot: 'a trading model: no real price was used, and nothing it says of a real market has any worth',
    },
    features: { pack: FEATURE_PACK.name, names: [...names], hash: featureHash(names) },
    input: { name: INPUT_NAME, shape: ['rows', names.length] },
    output: { name: OUTPUT_NAME },
    classes: [...CLASSES],
    label: {
      kind: 'triple_barrier',
      horizonBars: recipe.horizonBars,
      stopAtr: recipe.stops.stopAtrMultiple,
      targetAtr: recipe.stops.targetAtrMultiple,
    },
    training: {
      data: `SIMULATED candles of this repository's market simulator, seed ${recipe.seed}`,
      symbols: [...recipe.symbols],
      timeframe: recipe.timeframe,
      from: iso(rows.trainedFrom),
      to: iso(rows.trainedTo),
      seed: recipe.seed,
      bars: recipe.barsPerSymbol * recipe.symbols.length,
      simulated: true,
    },
    metrics: { rows: judged.length, figures: roundedFigures(figuresOf(judged, rows.training, recipe)) },
    modelSha256,
    createdAt: iso(rows.endsAt),
    expiresAt: null,
    goldenRows: goldenRowsOf(judged),
  };
}

const rounded = (value: number): number => Number(value.toFixed(4));

const roundedFigures = (figures: Passport['metrics']['figures']): Passport['metrics']['figures'] =>
  Object.fromEntries(
    Object.entries(figures).map(([name, { model, baseline, ...rest }]) => [
      name,
      { model: rounded(model), baseline: rounded(baseline), ...rest },
    ]),
  );

/** Held-out rows, spread evenly over each class. */
function goldenRowsOf(judged: readonly Judged[]): Passport['goldenRows'] {
  return CLASSES.flatMap((name) => {
    const ofClass = judged.filter(({ row }: { row: Row }) => row.label === name);
    const each = GOLDEN_ROWS / CLASSES.length;
    const chosen = Array.from({ length: each }, (_, i) => ofClass[Math.floor(((i + 0.5) * ofClass.length) / each)]);
    return chosen.flatMap((golden) =>
      golden === undefined ? [] : [{ values: [...golden.row.features], probabilities: [...golden.chances] }],
    );
  });
}
