/** The page beside the demo model, written from its passport: what it is, what it is not, and what it reached. */
import type { Passport } from '../../src/inference/passport.ts';
import type { Recipe } from './recipe.ts';

export function readmeOf(
  { kind, description, label, metrics, verdict, modelSha256 }: Passport,
  recipe: Recipe,
): string {
  const figures = Object.entries(metrics.figures).map(
    ([name, { model, baseline, note = '' }]) => `| \`${name}\` | ${model} | ${baseline} | ${note} |`,
  );
  const barriers = label.kind === 'triple_barrier' ? label.stopAtr : label.moveAtr;
  return `# The demo model

It is ${kind.is}. It is not ${kind.isNot}.

\`npm run model:demo\` makes it: ${recipe.bars} candles of a simulated ${recipe.symbol} ${recipe.timeframe}, seed ${recipe.seed} (a servo's default run has another), written to a file and learned from by
the code of \`servo train\`, with its defaults but for few, small trees: at most ${recipe.roundsMax} rounds of ${recipe.leavesMax} leaves, a learning rate of ${recipe.learningRate}, ${recipe.folds} folds. On this market sixty rounds of fifteen
leaves foresee no more, and take six times as long to answer. Run twice, it writes the same bytes. This page is written with it.

- **Model**: ${description}. SHA-256 of the ONNX: \`${modelSha256}\`.
- **Labels**: up, down or flat by which of two barriers, ${barriers} ATR away, is touched first within ${label.horizonBars} bars. The servo's default stop is as far away.
- **Regimes, guards**: fitted with it, in \`passport.json\`.

## What it reached

On the hold-out, the last ${metrics.rows} rows, which nothing was chosen by:

| figure | model | baseline | |
|---|---|---|---|
${figures.join('\n')}

Its passport calls it ${verdict?.deployable === true ? 'deployable' : '**not deployable**'}, because:

${(verdict?.reasons ?? []).map((reason) => `- ${reason}`).join('\n')}

## What it has learned

The simulator's hidden trends last longer than a bar, so recent momentum says something of the next hours: that is all its skill. Real markets offer no such
gift: on a year of real EURUSD M5, \`servo train\` with the same defaults finds no deployable edge. [docs/TRAINING.md](../../docs/TRAINING.md) says how it judges.
`;
}
