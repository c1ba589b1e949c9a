/** A risk view of an account with one position, for tests of whoever shows it. */
import type { LimitSetting } from '../../src/servo/limit-settings.ts';
import type { LimitView } from '../../src/servo/limit-views.ts';
import type { RiskView } from '../../src/servo/risk-view.ts';

/** Of one limit that was tightened, has a looser value waiting, and one that nobody has touched. */
export const SETTINGS: LimitSetting[] = [
  {
    name: 'max_daily_loss',
    key: 'trading.risk_management.max_daily_loss',
    unit: 'fraction',
    value: 0.01,
    file: 0.02,
    journal: { value: 0.01, by: 'anna', at: '2026-01-05T10:00:00.000Z', reason: 'news' },
    pending: { value: 0.03, by: 'bert', at: '2026-01-05T11:00:00.000Z', reason: 'calm', from: 'day' },
    text: 'journal 1 % (anna, 2026-01-05 10:00: news); 3 % when the next trading day begins (bert, 2026-01-05 11:00: calm)',
  },
  {
    name: 'max_symbol_leverage',
    key: 'trading.exposure.max_symbol_leverage',
    unit: 'multiple',
    value: null,
    file: null,
    journal: null,
    pending: null,
    text: '',
  },
];

export function riskPicture(status: RiskView['status'], limits: readonly LimitView[]): RiskView {
  return {
    status,
    currency: 'USD',
    sizeFactor: 1,
    level: {
      level: 'medium',
      since: '2026-01-04T22:00:00.000Z',
      because: 'drawdown',
      score: 0.45,
      sizeFactor: 0.8,
      calmDays: 1,
    },
    limits,
    worstCase: 36.4,
    book: {
      worstCase: 36.4,
      riskRatio: 0.182,
      marginLevel: 46.21,
      days: 24,
      tails: [{ level: 0.99, method: 'ewma', valueAtRisk: 61.2, conditional: 70.1 }],
      extreme: { marginLevelMin: 1.5, worstCaseMax: 0.1, valueAtRiskMax: null },
    },
    account: {
      days: 24,
      volatility: null,
      volatilityNow: 0.081,
      sharpe: null,
      sortino: null,
      valueAtRisk95: { method: 'normal', valueAtRisk: 0.0061, conditional: 0.0077 },
      valueAtRisk99: { method: 'normal', valueAtRisk: 0.0087, conditional: 0.01 },
      drawdown: 0.00374,
      maxDrawdown: 0.0123,
    },
    positions: [{ positionId: 'P-7', symbol: 'EURUSD', side: 'buy', lots: 0.2, risk: 36.4, reward: 73.6, ratio: 2.02 }],
    exposure: [{ symbol: 'EURUSD', notional: 21_678.8, leverage: 2.165 }],
    currencies: [
      { currency: 'EUR', net: 21_678.8, leverage: 2.165, cap: 30_000 },
      { currency: 'USD', net: -21_678.8, leverage: -2.165, cap: 30_000 },
    ],
    stress: [
      { name: '3 % against every position', profit: -650.36, ofEquity: -0.065 },
      { name: 'an unknown price', profit: null, ofEquity: null },
    ],
  };
}
