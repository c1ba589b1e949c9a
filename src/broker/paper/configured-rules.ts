/** The venue's rules as config.yaml has them. */
import type { Config } from '../../config/config.ts';
import { ticksFromPoints } from '../../domain/instruments.ts';
import { timeframeMs } from '../../domain/market.ts';
import type { VenueRules } from './rules.ts';

/** All but the fill rule, which is a backtest's to choose. */
export function configuredRules({ paper, trading }: Pick<Config, 'paper' | 'trading'>): Omit<VenueRules, 'fillRule'> {
  const { spreadPoints } = paper;
  const symbols = trading.symbols.map(({ instrument, conversion, slippage }) => {
    const spread = spreadPoints === null ? 'feed' : ticksFromPoints(instrument, spreadPoints);
    return [instrument.symbol, { instrument, conversion, spread, slippage }] as const;
  });
  return {
    ...paper,
    symbols: new Map(symbols),
    session: trading.session,
    timeframeMs: timeframeMs(trading.timeframe),
  };
}
