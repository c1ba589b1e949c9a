/** The report's view of the trades: what happened inside them, when they were opened, what they have in common, and their list. */
import { moneyToUnits } from '../../domain/units.ts';
import { REASON_WORDS } from '../../servo/words.ts';
import type { BacktestTrade, SymbolRecord } from '../result.ts';
import type { PartGroup, TradeGroup } from './breakdown.ts';
import { counted, duration, inR, moment, number, percent, signedMoney, signedNumber, words } from './format.ts';
import { HALF_WIDTH } from './page/chart.ts';
import { heatMap } from './page/heat-map.ts';
import { type Html, html, NOTHING } from './page/html.ts';
import { scatter } from './page/scatter.ts';
import { pair, paragraph } from './page/shell.ts';
import { gain, meter, tableOf } from './page/table.ts';
import type { BacktestReport } from './report.ts';

/** As many points as can still be told apart; the file stays small. */
const POINTS_DRAWN = 1_000;
const TRADES_LISTED = 500;

export function excursionCharts({ result, figures }: BacktestReport): Html {
  const measured = result.trades.filter(({ initialRisk }) => initialRisk > 0);
  if (measured.length === 0) return paragraph('No trade with a known risk was closed.');
  const chart = (
    name: 'MAE' | 'MFE',
    meaning: string,
    excursion: (trade: BacktestTrade) => number,
    correlation: number | null,
  ) =>
    scatter({
      title: `${name} and profit, in R`,
      summary: `${meaning} by highs and lows, against what the trade made; ${counted(measured.length, 'trade')}, correlation in money ${number(correlation)}.`,
      points: measured.slice(0, POINTS_DRAWN).map((trade) => ({
        x: excursion(trade) / trade.initialRisk,
        y: trade.profit / trade.initialRisk,
        tone: trade.profit > 0 ? 'up' : 'down',
        mark: trade.profit > 0 ? 'up' : 'down',
      })),
      x: (value) => signedNumber(value, 1),
      y: (value) => signedNumber(value, 1),
      xTitle: `${name}, R`,
      yTitle: 'profit, R',
      legend: [
        { tone: 'up', text: 'won', mark: 'up' },
        { tone: 'down', text: 'lost', mark: 'down' },
      ],
      width: HALF_WIDTH,
      height: 320,
    });
  return pair(
    chart(
      'MAE',
      'Worst floating profit inside the trade',
      (trade) => trade.adverseExcursion,
      figures.profitToAdverseCorrelation,
    ),
    chart(
      'MFE',
      'Best floating profit inside the trade',
      (trade) => trade.favourableExcursion,
      figures.profitToFavourableCorrelation,
    ),
  );
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Weekdays without trades are left out where no market is open on them. */
export function hourMap({ breakdown: { hours }, result: { assumptions } }: BacktestReport): Html {
  const cellAt = (weekday: number, hour: number) => {
    const cell = hours.find((found) => found.weekday === weekday && found.hour === hour);
    if (cell === undefined) return { value: null, text: '' };
    return { value: cell.profit, text: signedNumber(cell.profit, 0), note: String(cell.trades) };
  };
  const hoursOfDay = Array.from({ length: 24 }, (_, hour) => hour);
  return heatMap({
    caption: `Profit by weekday and hour of the opening, ${assumptions.currency}, clock of ${assumptions.timezone}; number of trades below`,
    corner: 'day',
    columns: hoursOfDay.map((hour) => String(hour).padStart(2, '0')),
    rows: WEEKDAYS.map((head, weekday) => ({ head, weekday }))
      .filter(({ weekday }) => weekday < 5 || hours.some((cell) => cell.weekday === weekday))
      .map(({ head, weekday }) => ({ head, cells: hoursOfDay.map((hour) => cellAt(weekday, hour)) })),
  });
}

export function groupTables({ breakdown, result }: BacktestReport): Html {
  const { currency } = result.assumptions;
  const { bySymbol, bySide, byRegime, byExitReason, partCloses } = breakdown;
  return html`${groupTable('By symbol', bySymbol, currency)}${groupTable('By side', bySide, currency)}${groupTable('By regime at the opening', byRegime, currency)}${groupTable('By reason of the exit', byExitReason, currency)}${partTable(partCloses, currency)}`;
}

function partTable(parts: readonly PartGroup[], currency: string): Html {
  if (parts.length === 0) return html``;
  return tableOf({
    caption: 'Parts of positions that were closed; their profit is in that of the trades',
    columns: [{ title: 'reason' }, { title: 'times', align: 'right' }, { title: 'profit', align: 'right' }],
    rows: parts.map(({ reason, count, profit }) => [
      words(reason),
      String(count),
      gain(profit, signedMoney(profit, currency)),
    ]),
  });
}

function groupTable(caption: string, groups: readonly TradeGroup[], currency: string): Html {
  const largest = groups.reduce((most, { profit }) => Math.max(most, Math.abs(profit)), 0);
  return tableOf({
    caption,
    columns: [
      { title: caption.split(' ').at(1) ?? '' },
      { title: 'trades', align: 'right' },
      { title: 'profit', align: 'right' },
      { title: '' },
      { title: 'win rate', align: 'right' },
      { title: 'profit factor', align: 'right' },
      { title: 'expectancy', align: 'right' },
    ],
    rows: groups.map(({ key, trades, profit, winRate, profitFactor, expectancyR }) => [
      words(key),
      String(trades),
      gain(profit, signedMoney(profit, currency)),
      meter(profit, largest, profit < 0 ? 'down' : 'up'),
      percent(winRate, 1),
      number(profitFactor),
      inR(expectancyR),
    ]),
  });
}

/** From decided bars to entries. */
export function decisionTable({ breakdown: { decisions } }: BacktestReport): Html {
  const { bars, flat, refused, approved } = decisions;
  const row = (name: string, count: number) => [
    name,
    String(count),
    percent(bars > 0 ? count / bars : null),
    meter(count, bars),
  ];
  return tableOf({
    caption: 'What became of the decided bars',
    columns: [
      { title: 'outcome' },
      { title: 'bars', align: 'right' },
      { title: 'share', align: 'right' },
      { title: '' },
    ],
    rows: [
      row('decided', bars),
      row('flat signal: no side worth its cost', flat),
      ...refused.map(({ reason, count }) => row(`refused: ${REASON_WORDS[reason]}`, count)),
      row('approved', approved),
    ],
  });
}

export function tradeList({ result }: BacktestReport): Html {
  const { trades, assumptions, records } = result;
  if (trades.length === 0) return paragraph('No trade was closed.');
  const record = new Map(records.map((found) => [found.symbol, found]));
  const listed = trades.slice(0, TRADES_LISTED);
  const rest =
    listed.length < trades.length
      ? paragraph(
          `The first ${TRADES_LISTED} of ${trades.length} trades. All of them: servo backtest … --json, key "trades".`,
        )
      : NOTHING;
  const right = (title: string) => ({ title, align: 'right' as const });
  return html`${rest}${tableOf({
    caption: 'Trades in order of closing',
    columns: [
      { title: 'opened, UTC' },
      { title: 'symbol' },
      { title: 'side' },
      right('lots'),
      right('entry'),
      right('exit'),
      right('profit'),
      right('R'),
      right('MAE, R'),
      right('MFE, R'),
      { title: 'held' },
      { title: 'closed by' },
      { title: 'regime' },
    ],
    rows: listed.map((trade) => tradeRow(trade, record.get(trade.symbol), assumptions.currency)),
  })}`;
}

function tradeRow(trade: BacktestTrade, record: SymbolRecord | undefined, currency: string): (string | Html)[] {
  const { profit, initialRisk, adverseExcursion, favourableExcursion } = trade;
  const ofRisk = (amount: number) => signedNumber(initialRisk > 0 ? amount / initialRisk : null);
  const price = (ticks: number) => (ticks / (record?.ticksPerUnit ?? 1)).toFixed(record?.digits ?? 0);
  return [
    moment(trade.openedAt).replace(' UTC', ''),
    trade.symbol,
    trade.side,
    number(trade.quantity * (record?.lotsPerStep ?? 1)),
    price(trade.entryPrice),
    price(trade.exitPrice),
    gain(profit, signedMoney(moneyToUnits(profit), currency)),
    ofRisk(profit),
    ofRisk(adverseExcursion),
    ofRisk(favourableExcursion),
    duration(trade.closedAt - trade.openedAt),
    words(trade.exitReason),
    words(trade.regime),
  ];
}
