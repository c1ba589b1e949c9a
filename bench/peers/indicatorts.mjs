/** indicatorts on the SMA cross: `node indicatorts.mjs FILE`. Averages, range and crosses alone: it trades nothing, so it has neither stops nor costs. */
import { atr, sma } from 'indicatorts';
import { readCandles } from './candles.mjs';

const { high, low, close } = readCandles(process.argv[2]);
const startedMs = performance.now();
const fast = sma(close, { period: 10 });
const slow = sma(close, { period: 30 });
const { atrLine } = atr(high, low, close, { period: 14 });
let crosses = 0;
for (let i = 30; i < close.length; i++) {
  const up = fast[i - 1] <= slow[i - 1] && fast[i] > slow[i];
  const down = fast[i - 1] >= slow[i - 1] && fast[i] < slow[i];
  if ((up || down) && atrLine[i] > 0) crosses++;
}
const elapsedMs = performance.now() - startedMs;
process.stdout.write(`${JSON.stringify({ bars: close.length, crosses, elapsedMs })}\n`);
