/** grademark on the SMA cross: `node grademark.mjs FILE`. It trades the same crosses, but knows neither spread nor costs nor size, and never exits at an open or on the bar of the entry. */
import { DataFrame } from 'data-forge';
import grademark from 'grademark';
import { movingAverage, readCandles, wilderRange } from './candles.mjs';

const columns = readCandles(process.argv[2]);
const startedMs = performance.now();
const fast = movingAverage(columns.close, 10);
const slow = movingAverage(columns.close, 30);
const range = wilderRange(columns, 14);
const bars = columns.time.map((time, i) => ({
  time: new Date(time),
  open: columns.open[i],
  high: columns.high[i],
  low: columns.low[i],
  close: columns.close[i],
  volume: columns.volume[i],
  crossed: crossOf(i),
  rangeBefore: range[i - 1],
}));

function crossOf(i) {
  if (fast[i - 1] <= slow[i - 1] && fast[i] > slow[i]) return 'long';
  if (fast[i - 1] >= slow[i - 1] && fast[i] < slow[i]) return 'short';
  return undefined;
}

const trades = grademark.backtest(
  {
    entryRule: (enter, { bar }) => {
      if (bar.crossed !== undefined) enter({ direction: bar.crossed });
    },
    stopLoss: ({ bar }) => 2 * bar.rangeBefore,
    profitTarget: ({ bar }) => 3 * bar.rangeBefore,
  },
  new DataFrame(bars),
);
const elapsedMs = performance.now() - startedMs;
process.stdout.write(`${JSON.stringify({ bars: bars.length, trades: trades.length, elapsedMs })}\n`);
