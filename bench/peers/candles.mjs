/** Candles for the peers: a plain CSV as columns of numbers, and the indicators that a peer does not bring itself. */
import { readFileSync } from 'node:fs';

export function readCandles(path) {
  const rows = readFileSync(path, 'latin1').trimEnd().split('\n').slice(1);
  const columns = { time: [], open: [], high: [], low: [], close: [], volume: [] };
  for (const row of rows) {
    const [time, open, high, low, close, volume] = row.split(',');
    columns.time.push(Date.parse(time));
    columns.open.push(+open);
    columns.high.push(+high);
    columns.low.push(+low);
    columns.close.push(+close);
    columns.volume.push(+volume);
  }
  return columns;
}

export function movingAverage(values, period) {
  const averages = new Array(values.length).fill(Number.NaN);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i] - (i >= period ? values[i - period] : 0);
    if (i >= period - 1) averages[i] = sum / period;
  }
  return averages;
}

export function wilderRange({ high, low, close }, period) {
  const averages = new Array(close.length).fill(Number.NaN);
  let average = 0;
  for (let i = 1; i < close.length; i++) {
    const range = Math.max(high[i], close[i - 1]) - Math.min(low[i], close[i - 1]);
    average += i <= period ? range / period : (range - average) / period;
    if (i >= period) averages[i] = average;
  }
  return averages;
}
