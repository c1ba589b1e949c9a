/** Indicators beside the pack that a model may ask for by name, such as `ta.cci_20`: TA-Lib's, free of the price's scale. */
import { Adx } from '../indicators/adx.ts';
import { Aroon } from '../indicators/aroon.ts';
import { Atr } from '../indicators/atr.ts';
import { Cci } from '../indicators/cci.ts';
import { Ema } from '../indicators/ema.ts';
import { Kama } from '../indicators/kama.ts';
import { LinearSlope } from '../indicators/linear-slope.ts';
import { MoneyFlowIndex, OnBalanceVolume } from '../indicators/money-flow.ts';
import { ParabolicSar } from '../indicators/parabolic-sar.ts';
import { Ring } from '../indicators/ring.ts';
import { Rsi } from '../indicators/rsi.ts';
import { Stochastic } from '../indicators/stochastic.ts';
import { UltimateOscillator } from '../indicators/ultimate-oscillator.ts';
import type { BarRow, Column } from './column.ts';

interface Recipe {
  /** Bars after which a later start changes the value by less than a millionth of its spread. */
  readonly warmupBars: (period: number) => number;
  readonly create: (period: number) => Column;
}

/** A window forgets at once, an average with weight 2 / (n + 1) after 8 n bars, Wilder's with 1 / n after 17 n. */
const ofWindow = (period: number): number => 4 * period + 10;
const ofAverage = (period: number): number => 8 * period + 10;
const ofWilder = (period: number): number => 17 * period + 10;
const ofWilderTwice = (period: number): number => 22 * period + 10;
/** Kaufman's average forgets slowest where the price goes to and fro; the stop forgets when it turns. */
const ofKama = (period: number): number => period + 1_500;
const ofSar = (): number => 400;

/** Keeps the latest bar, which most values are measured from. */
function column<M extends object>(memory: M, push: (bar: BarRow) => void, value: (close: number) => number): Column {
  const latest = { close: 0 };
  return {
    memory: { latest, memory },
    push: (bar) => {
      latest.close = bar.close;
      push(bar);
    },
    value: () => value(latest.close),
  };
}

function overCloses(period: number, value: (closes: Ring, close: number) => number): Column {
  const closes = new Ring(period + 1);
  return column(
    closes,
    ({ close }) => closes.push(close),
    (close) => value(closes, close),
  );
}

function overLine(period: number, value: (line: LinearSlope, close: number) => number): Column {
  const memory = { closes: new Ring(period + 1), line: new LinearSlope(period) };
  const push = ({ close }: BarRow): void => {
    memory.closes.push(close);
    memory.line.update(memory.closes);
  };
  return column(memory, push, (close) => value(memory.line, close));
}

function overRsi(period: number, value: (rsi: Rsi) => number): Column {
  const rsi = new Rsi(period);
  return column(
    rsi,
    ({ close }) => rsi.push(close),
    () => value(rsi),
  );
}

function overAdx(period: number, value: (adx: Adx) => number): Column {
  const adx = new Adx(period);
  return column(
    adx,
    ({ high, low, close }) => adx.push(high, low, close),
    () => value(adx),
  );
}

function overAroon(period: number, value: (aroon: Aroon) => number): Column {
  const aroon = new Aroon(period);
  return column(
    aroon,
    ({ high, low }) => aroon.push(high, low),
    () => value(aroon),
  );
}

function overStochastic(period: number, value: (stochastic: Stochastic) => number): Column {
  const stochastic = new Stochastic(period);
  return column(
    stochastic,
    ({ high, low, close }) => stochastic.push(high, low, close),
    () => value(stochastic),
  );
}

/** How far the close stands above a level, as a fraction of itself. */
const above = (level: number, close: number): number => (close - level) / close;

const RECIPES: Readonly<Record<string, Recipe>> = {
  sma: { warmupBars: ofWindow, create: (n) => overCloses(n, (closes, close) => above(closes.mean(n), close)) },
  ema: {
    warmupBars: ofAverage,
    create: (n) => {
      const ema = new Ema(n);
      return column(
        ema,
        ({ close }) => ema.push(close),
        (close) => above(ema.value, close),
      );
    },
  },
  wma: { warmupBars: ofWindow, create: (n) => overLine(n, (line, close) => above(line.weightedMean, close)) },
  kama: {
    warmupBars: ofKama,
    create: (n) => {
      const kama = new Kama(n);
      return column(
        kama,
        ({ close }) => kama.push(close),
        (close) => above(kama.value, close),
      );
    },
  },
  sar: {
    warmupBars: ofSar,
    create: () => {
      const sar = new ParabolicSar();
      return column(
        sar,
        ({ high, low }) => sar.push(high, low),
        (close) => above(sar.value, close),
      );
    },
  },
  stddev: {
    warmupBars: ofWindow,
    create: (n) => overCloses(n, (closes, close) => closes.deviation(n, closes.mean(n)) / close),
  },
  bbands: { warmupBars: ofWindow, create: (n) => overCloses(n, (closes) => bandPosition(closes, n)) },
  roc: { warmupBars: ofWindow, create: (n) => overCloses(n, (closes, close) => 100 * (close / closes.ago(n) - 1)) },
  linearreg_slope: { warmupBars: ofWindow, create: (n) => overLine(n, (line, close) => (n * line.value) / close) },
  rsi: { warmupBars: ofWilder, create: (n) => overRsi(n, (rsi) => rsi.value) },
  cmo: { warmupBars: ofWilder, create: (n) => overRsi(n, (rsi) => rsi.momentum) },
  natr: {
    warmupBars: ofWilder,
    create: (n) => {
      const atr = new Atr(n);
      return column(
        atr,
        ({ high, low, close }) => atr.push(high, low, close),
        (close) => (100 * atr.value) / close,
      );
    },
  },
  adx: { warmupBars: ofWilderTwice, create: (n) => overAdx(n, (adx) => adx.value) },
  plus_di: { warmupBars: ofWilder, create: (n) => overAdx(n, (adx) => adx.plusDi) },
  minus_di: { warmupBars: ofWilder, create: (n) => overAdx(n, (adx) => adx.minusDi) },
  aroon_up: { warmupBars: ofWindow, create: (n) => overAroon(n, (aroon) => aroon.up) },
  aroon_down: { warmupBars: ofWindow, create: (n) => overAroon(n, (aroon) => aroon.down) },
  aroonosc: { warmupBars: ofWindow, create: (n) => overAroon(n, (aroon) => aroon.oscillator) },
  stoch_k: { warmupBars: ofWindow, create: (n) => overStochastic(n, (stochastic) => stochastic.slowK) },
  stoch_d: { warmupBars: ofWindow, create: (n) => overStochastic(n, (stochastic) => stochastic.slowD) },
  willr: { warmupBars: ofWindow, create: (n) => overStochastic(n, (stochastic) => stochastic.williamsR) },
  cci: {
    warmupBars: ofWindow,
    create: (n) => {
      const cci = new Cci(n);
      return column(
        cci,
        ({ high, low, close }) => cci.push(high, low, close),
        () => cci.value,
      );
    },
  },
  mfi: {
    warmupBars: ofWindow,
    create: (n) => {
      const mfi = new MoneyFlowIndex(n);
      return column(
        mfi,
        ({ high, low, close, volume }) => mfi.push(high, low, close, volume),
        () => mfi.value,
      );
    },
  },
  obv: {
    warmupBars: ofWindow,
    create: (n) => {
      const obv = new OnBalanceVolume(n);
      return column(
        obv,
        ({ close, volume }) => obv.push(close, volume),
        () => obv.value,
      );
    },
  },
  ultosc: {
    warmupBars: ofWindow,
    create: (n) => {
      const oscillator = new UltimateOscillator(n);
      return column(
        oscillator,
        ({ high, low, close }) => oscillator.push(high, low, close),
        () => oscillator.value,
      );
    },
  },
};

/** In deviations times two from the middle band; 0 where the price stood still. */
function bandPosition(closes: Ring, period: number): number {
  const mean = closes.mean(period);
  const deviation = closes.deviation(period, mean);
  return deviation > 0 ? (closes.ago(0) - mean) / (2 * deviation) : 0;
}

const PERIOD_MIN = 2;
const PERIOD_MAX = 500;
/** Has no window of its own. */
const WITHOUT_PERIOD = new Set(['sar']);

export interface ExtraIndicator {
  readonly warmupBars: number;
  readonly create: () => Column;
}

export const EXTRA_INDICATOR_NAMES: readonly string[] = Object.keys(RECIPES);

/** Of `cci_20` or `sar`; otherwise what is wrong with it. */
export function extraIndicator(name: string): ExtraIndicator | string {
  const [, word = name, digits] = /^(.*?)(?:_(\d+))?$/.exec(name) ?? [];
  const recipe = Object.hasOwn(RECIPES, word) ? RECIPES[word] : undefined;
  if (recipe === undefined) return `there is no indicator ${word}`;
  if (WITHOUT_PERIOD.has(word)) return digits === undefined ? made(recipe, 0) : `ta.${word} takes no period`;
  const period = Number(digits);
  if (!(period >= PERIOD_MIN && period <= PERIOD_MAX)) {
    return `its period must be a number of bars from ${PERIOD_MIN} to ${PERIOD_MAX}, as in ta.${word}_20`;
  }
  return made(recipe, period);
}

const made = ({ warmupBars, create }: Recipe, period: number): ExtraIndicator => ({
  warmupBars: warmupBars(period),
  create: () => create(period),
});
