/** How good the model is on rows it has never seen, each figure beside what costs nothing to reach. */
import { opposite } from '../../src/domain/order.ts';
import { makeSignal } from '../../src/domain/signal.ts';
import { unixMs } from '../../src/domain/units.ts';
import { CLASSES, type ClassName, type Passport } from '../../src/inference/passport.ts';
import { entryAt, profitR } from './outcomes.ts';
import type { Recipe } from './recipe.ts';
import type { Row } from './rows.ts';

/** Chances in the order of `CLASSES`. */
export interface Judged {
  readonly row: Row;
  readonly chances: readonly number[];
}

const DOWN = CLASSES.indexOf('down');
const UP = CLASSES.indexOf('up');
/** Of the signals whose profit is looked at: the servo's default filter. */
const CONFIDENCE_MIN = 0.6;

export function figuresOf(
  judged: readonly Judged[],
  training: readonly Row[],
  recipe: Recipe,
): Passport['metrics']['figures'] {
  const prior = CLASSES.map((name) => share(training, ({ label }) => label === name));
  const likeliest = prior.indexOf(Math.max(...prior));
  const hits = (chances: readonly number[], label: ClassName) =>
    chances.indexOf(Math.max(...chances)) === CLASSES.indexOf(label);
  const traded = judged.flatMap((each) => tradeOf(each, recipe) ?? []);
  return {
    logLoss: {
      model: logLoss(judged),
      baseline: logLoss(judged.map(({ row }) => ({ row, chances: prior }))),
      note: 'baseline: the shares of the classes in the training rows',
    },
    accuracy: {
      model: share(judged, ({ row, chances }) => hits(chances, row.label)),
      baseline: share(judged, ({ row }) => CLASSES.indexOf(row.label) === likeliest),
      note: 'baseline: always the most frequent class',
    },
    directionAuc: {
      model: directionAuc(judged),
      baseline: 0.5,
      note: 'up against down, flat left out; baseline: chance',
    },
    realisedR: {
      model: mean(traded.map(({ realised }) => realised)),
      baseline: mean(traded.map(({ other }) => other)),
      note: `mean profit before costs of the ${traded.length} signals with confidence ${CONFIDENCE_MIN} or more; baseline: the other side of the same`,
    },
    expectedR: {
      model: mean(traded.map(({ expected }) => expected)),
      baseline: mean(traded.map(({ realised }) => realised)),
      note: 'what those signals expected, before costs; baseline: what they earned',
    },
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const share = <Item>(items: readonly Item[], holds: (item: Item) => boolean): number =>
  mean(items.map((item) => (holds(item) ? 1 : 0)));

const logLoss = (judged: readonly Judged[]): number =>
  mean(judged.map(({ row, chances }) => -Math.log(chances[CLASSES.indexOf(row.label)] ?? 0)));

/** The chance that an up row is given a higher share of up than a down row: ranks, ties apart. */
function directionAuc(judged: readonly Judged[]): number {
  const moves = judged
    .filter(({ row }) => row.label !== 'flat')
    .map(({ row, chances }) => ({
      up: row.label === 'up',
      share: (chances[UP] ?? 0) / ((chances[UP] ?? 0) + (chances[DOWN] ?? 0)),
    }))
    .sort((a, b) => a.share - b.share);
  const ups = moves.filter(({ up }) => up).length;
  const ranks = moves.reduce((sum, { up }, place) => sum + (up ? place + 1 : 0), 0);
  return (ranks - (ups * (ups + 1)) / 2) / (ups * (moves.length - ups));
}

/** The signal that the servo would make of it in a market without costs, and what its two sides went on to earn. */
function tradeOf({ row, chances: [down = 0, flat = 0, up = 0] }: Judged, { stops }: Recipe) {
  const { market, bar, atrTicks } = row;
  const entry = entryAt(market.candles, bar, atrTicks, stops);
  const signal = makeSignal(market.instrument, stops, {
    symbol: market.instrument.symbol,
    barClosedAt: unixMs(0),
    timeframeMs: 0,
    prediction: { kind: 'prediction', model: 'demo', probabilities: { down, flat, up } },
    regime: 'unknown',
    regimeConfidence: 0,
    atrTicks,
    bid: entry.bid,
    ask: entry.bid,
    tradingCostTicks: 0,
  });
  if (signal.side === 'flat' || signal.confidence < CONFIDENCE_MIN) return undefined;
  const realised = profitR(market.candles, entry, signal.side);
  const other = profitR(market.candles, entry, opposite(signal.side));
  return realised === undefined || other === undefined
    ? undefined
    : { expected: signal.expectedValueR, realised, other };
}
