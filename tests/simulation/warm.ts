/** Indicators that are warm already: measured once for each timeframe, and every world of it goes on from that picture. */

import { apply } from '../../src/domain/apply.ts';
import { type StateSnapshot, snapshotState } from '../../src/domain/snapshot.ts';
import { ingestHistory } from '../../src/domain/stages/ingest.ts';
import { newState } from '../../src/domain/state.ts';
import { Chance } from './chance.ts';
import { Market } from './market.ts';
import type { Scenario } from './scenario.ts';

interface Warm {
  readonly picture: StateSnapshot;
  readonly closes: ReadonlyMap<string, number>;
}

const WARM_BARS = 600;
/** Before every world. */
const WARM_FROM = Date.UTC(2024, 0, 8);

const known = new Map<string, Warm>();

export function warmPicture({ policy, timeframe }: Scenario): Warm {
  const found = known.get(timeframe);
  if (found !== undefined) return found;
  const state = newState(policy);
  const market = new Market(policy, new Chance(`warm ${timeframe}`));
  for (let bar = 1; bar <= WARM_BARS; bar++) {
    ingestHistory(market.bars(WARM_FROM + bar * policy.timeframeMs), (event) => apply(state, event));
  }
  const warm = { picture: snapshotState(state), closes: new Map(market.closes) };
  known.set(timeframe, warm);
  return warm;
}
