/** The rules of the SMA cross that engine, tight loop and slow twin are compared under: config.yaml's costs, an account on which no limit acts. */
import type { SmaRules } from '../tests/oracle/sma-cross.ts';

/** Stands in where a file has no spread of its own. */
export const SMA_SPREAD_POINTS = 12;

export const SMA_RULES: SmaRules = {
  spec: {
    symbol: 'EURUSD',
    assetClass: 'fx',
    baseCurrency: 'EUR',
    quoteCurrency: 'USD',
    digits: 5,
    tickSize: '0.00001',
    contractSize: 100_000,
    lotStep: 0.01,
    lotMin: 0.01,
    lotMax: 100,
    stopDistanceMinPoints: 0,
    swapLongPoints: -8.6,
    swapShortPoints: 3.9,
  },
  timeframeMs: 3_600_000,
  fastBars: 10,
  slowBars: 30,
  atrBars: 14,
  stopAtr: 2,
  targetAtr: 3,
  decideFrom: 500,
  balanceMicros: 10_000_000e6,
  leverage: 30,
  riskPerTrade: 1,
  maxPositionMargin: 1_000,
  commissionPerLotMicros: 7e6,
  slippageTicks: 2,
  fillRule: 'pessimistic',
  latencyMs: 50,
  maxSlippage: 0.0002,
  maxSpreadTicks: 30,
  minExpectedValueR: 0.05,
  session: { timezone: 'America/New_York', dayStartMinutes: 17 * 60 },
};
