/** The gate's question about the mandate's calendar: what would be opened now, would it have to be closed at once? */
import type { Verdict } from '../decision.ts';
import { mandateFlat } from '../limits/mandate-flat.ts';
import type { TradingPolicy } from '../policy.ts';
import type { UnixMs } from '../units.ts';
import { verdict } from './verdict.ts';

export function mandateFlatVerdict(policy: TradingPolicy, symbol: string, now: UnixMs): Verdict {
  if (policy.mandate?.flat === undefined) return verdict('mandate_flat', true, 'not asked', 'not asked');
  const flat = mandateFlat(policy, symbol, now);
  return flat === undefined
    ? verdict('mandate_flat', true, 'none near', 'none near')
    : verdict('mandate_flat', false, flat.because, flat.window);
}
