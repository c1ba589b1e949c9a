/** The metric table's rows about trades: what they earned, in which order, and what happened inside them. */
import type { Streak } from '../../domain/trade-sequence.ts';
import type { FigureDefinition } from './figure-definition.ts';
import type { BacktestFigures } from './figures.ts';

export const TRADE_FIGURES: readonly FigureDefinition[] = [
  ['trades', 'trades', 'count', (f) => f.trades, 'Closed round trips.'],
  ['netProfit', 'net profit', 'money', (f) => f.netProfit, 'Σ of the trades, after commission and swap.'],
  ['grossProfit', 'gross profit', 'money', (f) => f.grossProfit, 'Σ of winning trades, a round trip counted once.'],
  ['grossLoss', 'gross loss', 'money', (f) => f.grossLoss, 'Σ of losing trades.'],
  ['profitFactor', 'profit factor', 'number', (f) => f.profitFactor, 'Gross profit ÷ |gross loss|.', 'trades'],
  ['winRate', 'win rate', 'ratio', (f) => f.winRate, 'Winners ÷ trades; a draw is no winner.', 'trades'],
  ['averageWin', 'average win', 'money', (f) => f.averageWin, 'Mean of winning trades.', 'trades'],
  ['averageLoss', 'average loss', 'money', (f) => f.averageLoss, 'Mean of losing trades.', 'trades'],
  ['payoffRatio', 'payoff ratio', 'number', (f) => f.payoffRatio, 'Average win ÷ |average loss|.', 'trades'],
  ['expectancy', 'expectancy', 'money', (f) => f.expectancy, 'Mean profit of a trade.', 'trades'],
  [
    'expectancyR',
    'expectancy in R',
    'R',
    (f) => f.expectancyR,
    'Mean profit in multiples of the money at risk at the opening.',
    'trades',
  ],
  ['expectancyRatio', 'expectancy ratio', 'number', (f) => f.expectancyRatio, '(1 + payoff) × win rate − 1.', 'trades'],
  [
    'sqn',
    'SQN',
    'number',
    (f) => f.sqn,
    'System quality: √N × mean ÷ standard deviation (n − 1) of profits.',
    'trades',
  ],
  ['sqn100', 'SQN of 100', 'number', (f) => f.sqn100, 'The same of R, with N at most 100.', 'trades'],
  [
    'kelly',
    'Kelly',
    'ratio',
    (f) => f.kelly,
    'Win rate − (1 − win rate) ÷ payoff. Not a size to trade with.',
    'trades',
  ],
  ['bestTrade', 'best trade', 'money', (f) => f.bestTrade, 'Largest profit of one trade.'],
  ['worstTrade', 'worst trade', 'money', (f) => f.worstTrade, 'Smallest profit of one trade.'],
];

const streak =
  (chosen: (figures: BacktestFigures) => Streak | null, part: keyof Streak) => (figures: BacktestFigures) =>
    chosen(figures)?.[part] ?? null;

export const SEQUENCE_FIGURES: readonly FigureDefinition[] = [
  ['longestWins', 'longest run of wins', 'count', streak((f) => f.longestWins, 'trades'), 'Wins in a row.'],
  ['longestWinsProfit', 'its profit', 'money', streak((f) => f.longestWins, 'profit'), 'Profit of that run.'],
  [
    'richestWins',
    'richest run of wins',
    'money',
    streak((f) => f.richestWins, 'profit'),
    'Most profit of one run of wins.',
  ],
  ['longestLosses', 'longest run of losses', 'count', streak((f) => f.longestLosses, 'trades'), 'Losses in a row.'],
  ['longestLossesProfit', 'its loss', 'money', streak((f) => f.longestLosses, 'profit'), 'Loss of that run.'],
  [
    'costliestLosses',
    'costliest run of losses',
    'money',
    streak((f) => f.costliestLosses, 'profit'),
    'Most lost in one run of losses.',
  ],
  [
    'zScore',
    'Z-score of runs',
    'number',
    (f) => f.zScore,
    '(N(R − ½) − P) ÷ √(P(P − N) ÷ (N − 1)), R runs, P = 2 × wins × others: below −2, wins follow wins.',
    'trades',
  ],
  [
    'averageHoldingPeriodReturn',
    'AHPR',
    'number',
    (f) => f.averageHoldingPeriodReturn,
    'Mean of balance ÷ balance before.',
    'trades',
  ],
  [
    'geometricHoldingPeriodReturn',
    'GHPR',
    'number',
    (f) => f.geometricHoldingPeriodReturn,
    '(final ÷ opening balance)^(1 ÷ trades).',
    'trades',
  ],
  [
    'linearCorrelation',
    'LR correlation',
    'number',
    (f) => f.linearCorrelation,
    'Of the balance with the number of the trade: 1 is a straight rise.',
    'trades',
  ],
  [
    'linearStandardError',
    'LR standard error',
    'money',
    (f) => f.linearStandardError,
    '√(squared distances from that line ÷ (n − 2)).',
    'trades',
  ],
];

export const HOLDING_FIGURES: readonly FigureDefinition[] = [
  ['shortestHoldingMs', 'shortest holding', 'ms', (f) => f.shortestHoldingMs, 'From the first fill to the last.'],
  ['meanHoldingMs', 'mean holding', 'ms', (f) => f.meanHoldingMs, 'Mean of all trades.'],
  ['longestHoldingMs', 'longest holding', 'ms', (f) => f.longestHoldingMs, 'From the first fill to the last.'],
  ['meanHoldingOfWinnersMs', 'mean holding, winners', 'ms', (f) => f.meanHoldingOfWinnersMs, 'Mean of winning trades.'],
  ['meanHoldingOfLosersMs', 'mean holding, losers', 'ms', (f) => f.meanHoldingOfLosersMs, 'Mean of losing trades.'],
  [
    'meanAdverseR',
    'mean MAE',
    'R',
    (f) => f.meanAdverseR,
    'Worst floating profit inside the trade, by highs and lows, in R.',
    'trades',
  ],
  [
    'meanFavourableR',
    'mean MFE',
    'R',
    (f) => f.meanFavourableR,
    'Best floating profit inside the trade, by highs and lows, in R.',
    'trades',
  ],
  [
    'profitToAdverseCorrelation',
    'correlation profit, MAE',
    'number',
    (f) => f.profitToAdverseCorrelation,
    "Pearson's, of money.",
    'trades',
  ],
  [
    'profitToFavourableCorrelation',
    'correlation profit, MFE',
    'number',
    (f) => f.profitToFavourableCorrelation,
    "Pearson's, of money.",
    'trades',
  ],
];
