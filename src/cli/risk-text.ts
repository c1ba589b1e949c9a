/** `servo risk` as a person reads it: limits first, then what is open, then what the days say. */
import colours from 'picocolors';
import { MEASURE_WORDS } from '../servo/risk-alerts.ts';
import type { LevelView, RiskView, TailView } from '../servo/risk-view.ts';
import { limitRows } from './limit-table.ts';
import { counted, figure, money, percent, profit, second, table } from './text.ts';

export function riskText(risk: RiskView): string {
  return [
    colours.bold(`${risk.status.replaceAll('_', ' ').toUpperCase()} · new sizes × ${risk.sizeFactor}`),
    ...(risk.level === null ? [] : [levelLine(risk.level)]),
    table('lrrlrr', [['limit', 'used', 'of', '', '', 'left'], ...limitRows(risk)]),
    bookTable(risk),
    ...(risk.positions.length === 0 ? [] : [positionTable(risk)]),
    ...(risk.currencies.length === 0 ? [] : [currencyTable(risk)]),
    ...(risk.positions.length === 0 ? [] : [stressTable(risk)]),
    accountTable(risk),
  ].join('\n\n');
}

function levelLine({ level, since, because, score, sizeFactor, calmDays }: LevelView): string {
  const started = since === null ? '' : ` since ${second(since)}`;
  const calm = calmDays > 0 ? `, ${counted(calmDays, 'calm day')} so far` : '';
  const now = `now ${MEASURE_WORDS[because]} is gravest, at ${percent(score)} of its limit`;
  return `risk level ${colours.bold(level)}${started}: sizes × ${sizeFactor}${calm}; ${now}`;
}

function bookTable({ book, currency, positions, exposure }: RiskView): string {
  const amount = (value: number) => money(value, currency);
  const { extreme, marginLevel } = book;
  const limit = (value: number | null, shown: (known: number) => string) => (value === null ? 'off' : shown(value));
  return table('lrlr', [
    ['open positions', String(positions.length), 'exposure', exposureWords({ exposure, currency })],
    ['all stops hit', amount(book.worstCase), 'halts at, of equity', limit(extreme.worstCaseMax, percent)],
    ['of the daily limit', percent(book.riskRatio), '', ''],
    ['margin level', percent(marginLevel), 'halts at', limit(extreme.marginLevelMin, percent)],
    ...tailRows(book.tails, amount),
    [
      'one-day losses from',
      counted(book.days, 'day'),
      'VaR 99 % halts at, of equity',
      limit(extreme.valueAtRiskMax, percent),
    ],
  ]);
}

const TAIL_LABELS: Record<TailView['method'], string> = { historical: 'as seen', ewma: 'of late', normal: 'normal' };

function tailRows(tails: readonly TailView[], amount: (value: number) => string): string[][] {
  return tails.map(({ level, method, valueAtRisk, conditional }) => [
    `VaR ${100 * level} %, ${TAIL_LABELS[method]}`,
    amount(valueAtRisk),
    'mean loss beyond it',
    amount(conditional),
  ]);
}

function exposureWords({ exposure, currency }: Pick<RiskView, 'exposure' | 'currency'>): string {
  if (exposure.length === 0) return 'none';
  return exposure.map(({ symbol, notional }) => `${symbol} ${profit(notional, currency)}`).join(', ');
}

function positionTable({ positions, currency }: RiskView): string {
  return table('llrrrr', [
    ['position', '', 'lots', 'risk', 'reward', 'reward ÷ risk'],
    ...positions.map(({ symbol, side, lots, risk, reward, ratio }) => [
      symbol,
      side,
      String(lots),
      money(risk, currency),
      money(reward, currency),
      figure(ratio),
    ]),
  ]);
}

/** Both legs of every position, of what works and of what others hold. */
function currencyTable({ currencies, currency: account }: RiskView): string {
  return table('lrrr', [
    ['currency, net', 'exposure', 'of equity', 'at most'],
    ...currencies.map(({ currency, net, leverage, cap }) => [
      currency,
      profit(net, account),
      percent(leverage),
      cap === null ? 'no limit' : money(cap, account),
    ]),
  ]);
}

function stressTable({ stress, currency }: RiskView): string {
  return table('lrr', [
    ['bad hour', 'profit', 'of equity'],
    ...stress.map(({ name, profit: made, ofEquity }) => [name, profit(made, currency), percent(ofEquity)]),
  ]);
}

function accountTable({ account }: RiskView): string {
  const { valueAtRisk95, valueAtRisk99 } = account;
  return table('lrlr', [
    ['drawdown', percent(account.drawdown), 'deepest, day ends', percent(account.maxDrawdown)],
    ['volatility, a year', percent(account.volatility), 'of late', percent(account.volatilityNow)],
    [
      'VaR 95 %, one day',
      percent(valueAtRisk95?.valueAtRisk ?? null),
      'CVaR 95 %',
      percent(valueAtRisk95?.conditional ?? null),
    ],
    [
      'VaR 99 %, one day',
      percent(valueAtRisk99?.valueAtRisk ?? null),
      'CVaR 99 %',
      percent(valueAtRisk99?.conditional ?? null),
    ],
    ['Sharpe, a year', figure(account.sharpe), 'Sortino, a year', figure(account.sortino)],
    ['from', counted(account.days, 'day'), '', ''],
  ]);
}
