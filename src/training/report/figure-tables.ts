/** The tables of a run as rows of text, head first: the terminal and the page show the same. */
import { count, counted, DASH, inR, number, percent, signedMoney, words } from '../../backtest/report/format.ts';
import { FEATURE_PACK } from '../../domain/features.ts';
import { NAMED_REGIMES, REGIME_LABELS } from '../../domain/regime.ts';
import { classShares } from '../labels/labels.ts';
import type { TradedForecasts } from '../run/trade-forecasts.ts';
import type { TrainingResult } from '../run/train.ts';
import { TRAINER_WORDS } from '../run/trainer.ts';
import type { Interval } from '../validation/block-bootstrap.ts';
import type { Overfitting } from '../validation/overfitting.ts';
import type { Score } from '../validation/score.ts';

/** Head first. */
export type Rows = readonly (readonly string[])[];

const share = (value: number | null, digits = 1): string => percent(value, digits);
const range = ({ low, high }: Interval, shown: (value: number) => string): string => `${shown(low)} to ${shown(high)}`;
const four = (value: number | null): string => number(value, 4);
const three = (value: number | null): string => number(value, 3);

/** Of the chosen trainer, over all folds, and of the hold-out. */
export function scoreTable({ trials, intervals, final }: TrainingResult): Rows {
  const overall = trials[0]?.validated.scores.overall;
  if (overall === undefined) return [];
  const { score: held } = final;
  const level = share(intervals.skill.level, 0);
  return [
    ['figure', 'out of sample', `${level} interval`, 'naive', 'hold-out', 'naive'],
    ['skill', share(overall.skill), range(intervals.skill, share), share(0), share(held.skill), share(0)],
    [
      'log-loss',
      four(overall.logLoss),
      range(intervals.logLoss, four),
      four(overall.priorLogLoss),
      four(held.logLoss),
      four(held.priorLogLoss),
    ],
    [
      'Brier',
      four(overall.brier),
      range(intervals.brier, four),
      four(overall.priorBrier),
      four(held.brier),
      four(held.priorBrier),
    ],
    [
      'accuracy',
      share(overall.accuracy),
      DASH,
      share(overall.priorAccuracy),
      share(held.accuracy),
      share(held.priorAccuracy),
    ],
    [
      'direction AUC',
      three(overall.directionAuc),
      range(intervals.directionAuc, three),
      three(0.5),
      three(held.directionAuc),
      three(0.5),
    ],
    ['move AUC', three(overall.moveAuc), range(intervals.moveAuc, three), three(0.5), three(held.moveAuc), three(0.5)],
    ['calibration error', three(overall.calibrationError), DASH, DASH, three(held.calibrationError), DASH],
    ['rows', count(overall.rows), DASH, DASH, count(held.rows), DASH],
  ];
}

export const foldTable = ({ trials }: TrainingResult): Rows => [
  ['fold', 'rows', 'log-loss', 'naive', 'skill', 'direction AUC', 'move AUC'],
  ...(trials[0]?.validated.scores.folds ?? []).map((fold, index) => [String(index + 1), ...foldCells(fold)]),
];

const foldCells = (fold: Score): string[] => [
  count(fold.rows),
  four(fold.logLoss),
  four(fold.priorLogLoss),
  share(fold.skill),
  three(fold.directionAuc),
  three(fold.moveAuc),
];

export function tradedTable({ trials, holdOutTraded, request }: TrainingResult): Rows {
  const { currency } = request.config.paper;
  const cells = (name: string, traded: TradedForecasts): string[] => [
    name,
    count(traded.trades),
    signedMoney(traded.netProfit, currency),
    inR(traded.expectancyR),
    share(traded.winRate),
    number(traded.profitFactor),
    count(traded.dailyReturns.length),
    three(traded.dailySharpe),
  ];
  const paths = trials.flatMap(({ validated, traded }) =>
    traded.map((path, index) => {
      const name = traded.length === 1 ? 'out of sample' : `path ${index + 1}`;
      return cells(trials.length === 1 ? name : `${TRAINER_WORDS[validated.trainer]}, ${name}`, path);
    }),
  );
  return [
    ['after costs', 'trades', 'net profit', 'a trade', 'won', 'profit factor', 'days', 'Sharpe of a day'],
    ...paths,
    cells('hold-out', holdOutTraded),
  ];
}

/** The most important first. */
export function importanceTable({ importances }: TrainingResult, most: number): Rows {
  const sorted = importances.toSorted((a, b) => b.drop - a.drop).slice(0, most);
  return [
    ['feature', 'rise of the log-loss', 'deviation', 'share'],
    ...sorted.map(({ column, drop, deviation, share: part }) => [
      featureName(column),
      number(drop, 5),
      number(deviation, 5),
      share(part),
    ]),
  ];
}

export const featureName = (column: number): string => FEATURE_PACK.names[column] ?? `feature ${column}`;

export const regimeTable = ({ regimes: { described } }: TrainingResult): Rows => [
  ['regime', 'share', 'lasts, bars', 'volatility after', 'move after'],
  ...NAMED_REGIMES.map((name) => {
    const { share: part, meanDurationBars, forwardVolatilityRatio, forwardMove } = described[name];
    return [
      REGIME_LABELS[name],
      share(part),
      number(meanDurationBars, 0),
      number(forwardVolatilityRatio),
      number(forwardMove),
    ];
  }),
];

export function calibrationLine({ final: { calibration } }: TrainingResult): string {
  const { temperature, trials } = calibration;
  const [trial] = trials;
  if (trial === undefined) return 'not tried';
  const change = `log-loss of the later half ${four(trial.before.logLoss)} → ${four(trial.after.logLoss)}, calibration error ${three(trial.before.calibrationError)} → ${three(trial.after.calibrationError)}`;
  return trial.helps
    ? `kept, temperature ${number(temperature, 3)}: ${change}`
    : `not kept, it does not help: ${change}`;
}

/** What the rows are worth, and what their outcomes were. */
export function dataFacts(result: TrainingResult): readonly (readonly [string, string])[] {
  const { material, request, final } = result;
  const { candles, development, holdOut, labels, effectiveRows, multiple, reachAtr } = material;
  const shares = (rows: Int32Array): string => {
    const [down, flat, up] = classShares(labels.classes, rows);
    return `down ${share(down)}, flat ${share(flat)}, up ${share(up)}`;
  };
  const unit = request.barrierUnit === 'atr' ? 'ATR' : 'σ of the horizon';
  return [
    ['candles', `${counted(candles.length, 'bar')} of ${candles.symbol} ${candles.timeframe}`],
    ['labels', `${words(request.label)}, ${number(multiple)} ${unit}, ${counted(request.horizonBars, 'bar')} ahead`],
    ['reach', `${number(reachAtr)} ATR`],
    [
      'development',
      `${counted(development.length, 'row')}, worth ${count(Math.round(effectiveRows))} independent outcomes (N_eff): ${shares(development)}`,
    ],
    ['hold-out', `${counted(holdOut.length, 'row')}: ${shares(holdOut)}`],
    ['model', `${TRAINER_WORDS[result.trials[0]?.validated.trainer ?? 'gbdt']}, ${final.model.description}`],
    ['calibration', calibrationLine(result)],
  ];
}

export function luckFacts({
  trials,
  deflated,
  overfitting,
  earlierTrials,
}: TrainingResult): readonly (readonly [string, string])[] {
  const looks =
    earlierTrials === 0
      ? 'no earlier run of this model on these candles: the hold-out was untouched'
      : `${counted(earlierTrials, 'earlier trial')} of this model on these candles: the hold-out is NOT untouched, and the Sharpe ratio is deflated for them`;
  return [
    ['trials', looks],
    [
      'Sharpe above 0',
      deflated === null
        ? 'not known: too few days, or nothing was traded'
        : `${share(deflated.probabilistic)} by the days alone, ${share(deflated.deflated)} after ${counted(deflated.trials, 'trial')} (luck alone reaches ${three(deflated.expectedMaximum)} a day)`,
    ],
    ['backtest overfitting', overfittingWords(trials.length, overfitting)],
  ];
}

function overfittingWords(compared: number, found: Overfitting | null): string {
  if (found !== null) return share(found.probability);
  return compared < 2 ? 'a matter of several trainers: name two with --trainer' : 'not known: the days are too few';
}
