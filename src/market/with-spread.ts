/** A feed whose bars carry a fixed spread in place of their own. */
import type { Bar } from '../domain/market.ts';
import type { BarFeed } from '../domain/ports.ts';
import type { Price } from '../domain/units.ts';

/** A symbol without a spread in `spreads` keeps its own. */
export function withSpread(feed: BarFeed, spreads: ReadonlyMap<string, Price>): BarFeed {
  const spread = (bar: Bar): Bar => ({ ...bar, spread: spreads.get(bar.symbol) ?? bar.spread });
  return {
    ...feed,
    history: () => feed.history().map(spread),
    due: (after) => {
      const due = feed.due(after);
      return due.kind === 'bars' ? { ...due, bars: due.bars.map(spread) } : due;
    },
  };
}
