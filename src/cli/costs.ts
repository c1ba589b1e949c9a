/** `servo costs`: what trading has cost by the account's own fills, in the words of the configuration. */
import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { COST_FILLS_MIN, type CostModel, fitCosts } from '../domain/cost-model.ts';
import type { Instrument } from '../domain/instrument.ts';
import { money, moneyToUnits } from '../domain/units.ts';
import { type BookFlags, findBook, withBookOptions } from './book.ts';
import { CliError, EXIT } from './exit-codes.ts';
import { counted, table } from './text.ts';

export function registerCosts(program: Command): void {
  withBookOptions(program.command('costs'))
    .description(
      'what entries have cost so far, from the account’s own fills; servo backtest --own-costs reckons with it',
    )
    .option('--json', 'as JSON')
    .action(async ({ config: file, account, json }: BookFlags & { readonly json?: boolean }) => {
      const config = loadConfig(file);
      const costs = await ownCosts(config, account);
      process.stdout.write(
        json === true ? `${JSON.stringify(costs.map(asJson), null, 2)}\n` : `${costsText(costs, config)}\n`,
      );
    });
}

export interface SymbolCosts {
  readonly instrument: Instrument;
  readonly fills: number;
  /** Undefined with too few fills. */
  readonly model: CostModel | undefined;
}

/** Of every configured symbol. Throws where the account has no book. */
export async function ownCosts(config: Config, account?: string): Promise<readonly SymbolCosts[]> {
  const { paths } = await findBook(config, account);
  const { openQueries } = await import('../db/queries.ts');
  const queries = openQueries(paths.database);
  try {
    const bySymbol = Map.groupBy(queries.entryFills(), ({ symbol }) => symbol);
    return config.trading.symbols.map(({ instrument }) => {
      const fills = bySymbol.get(instrument.symbol) ?? [];
      return { instrument, fills: fills.length, model: fitCosts(instrument, fills) };
    });
  } finally {
    queries.close();
  }
}

function costsText(costs: readonly SymbolCosts[], { paper }: Config): string {
  const rows = costs.map(({ instrument, fills, model }) =>
    model === undefined
      ? [instrument.symbol, String(fills), `too few: ${COST_FILLS_MIN} are needed`, '', '', '', '']
      : [
          instrument.symbol,
          String(fills),
          ...figuresOf(instrument, model),
          moneyToUnits(model.commissionPerLot).toFixed(2),
        ],
  );
  const head = ['symbol', 'entries', 'mean', 'median', '95 %', 'shape', `a lot, ${paper.currency}`];
  return [
    `Slippage of entries in points, gaps between decision and fill among it; commission of one lot, round trip.`,
    table('lrrrrlr', [head, ...rows]),
    `Configured: slippage_points ${paper.slippagePoints}, ${paper.slippageDistribution}; commission_per_lot ${moneyToUnits(paper.commissionPerLot).toFixed(2)}.`,
  ].join('\n');
}

/** Ticks as points: units of the last digit of a price. */
const inPoints = ({ tickSize, digits }: Instrument, ticks: number): number =>
  (ticks * tickSize.num * 10 ** digits) / tickSize.den;

const figuresOf = (
  instrument: Instrument,
  { meanSlippage, medianSlippage, slippage95, distribution }: CostModel,
): string[] => [
  ...[meanSlippage, medianSlippage, slippage95].map((ticks) => inPoints(instrument, ticks).toFixed(1)),
  distribution,
];

const asJson = ({ instrument, fills, model }: SymbolCosts) => ({
  symbol: instrument.symbol,
  fills,
  costs: model && {
    meanSlippagePoints: inPoints(instrument, model.meanSlippage),
    medianSlippagePoints: inPoints(instrument, model.medianSlippage),
    slippage95Points: inPoints(instrument, model.slippage95),
    slippagePoints: inPoints(instrument, model.slippage),
    distribution: model.distribution,
    commissionPerLot: moneyToUnits(model.commissionPerLot),
  },
});

/** The configuration with each symbol's own slippage. Throws where a symbol has too few fills. */
export function withOwnCosts(config: Config, costs: readonly SymbolCosts[]): Config {
  const missing = costs.filter(({ model }) => model === undefined);
  if (missing.length > 0) {
    const counts = missing.map(({ instrument, fills }) => `${instrument.symbol} ${counted(fills, 'fill')}`).join(', ');
    throw new CliError(
      EXIT.missing,
      `--own-costs needs ${COST_FILLS_MIN} filled entries of each symbol: ${counts}. Use --slippage and --commission.`,
    );
  }
  const models = new Map(
    costs.flatMap(({ instrument, model }) => (model === undefined ? [] : [[instrument.symbol, model] as const])),
  );
  const drawn = [...models.values()].some(({ distribution }) => distribution === 'exponential');
  const commissions = [...models.values()].map(({ commissionPerLot }) => commissionPerLot);
  return {
    ...config,
    paper: {
      ...config.paper,
      slippageDistribution: drawn ? 'exponential' : 'fixed',
      // One for the account: that of the dearest symbol.
      commissionPerLot: money(Math.max(...commissions)),
    },
    trading: {
      ...config.trading,
      symbols: config.trading.symbols.map((symbol) => ({
        ...symbol,
        slippage: models.get(symbol.instrument.symbol)?.slippage ?? symbol.slippage,
      })),
    },
  };
}
