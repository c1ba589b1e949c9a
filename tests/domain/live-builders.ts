/** A live account of which everything is as it must be, and the same with one thing changed. */
import type { Armed, LiveFacts, ProcessGround, VenueIdentity } from '../../src/domain/live.ts';
import type { LivePolicy } from '../../src/domain/policy.ts';
import { unixMs } from '../../src/domain/units.ts';
import { NOON } from './builders.ts';

export const HOUR_MS = 3_600_000;
export const LIVE_POLICY: LivePolicy = {
  login: '40071',
  server: 'Broker-Live',
  book: 'live-Broker-Live-40071',
  tag: 777,
};

export const VENUE: VenueIdentity = {
  login: '40071',
  server: 'Broker-Live',
  tradeMode: 'real',
  allowsLive: true,
  maxLots: 0.5,
  tag: 777,
};

export const GROUND: ProcessGround = {
  fileMode: 'live',
  flagMode: 'live',
  dryRun: false,
  stamp: { account: LIVE_POLICY.book, mode: 'live' },
  queuePrefix: `servo-${LIVE_POLICY.book}`,
  locked: true,
  implicitLimits: [],
  queueDoubt: null,
  secondFactor: true,
};

export const factsWith = (
  process: Partial<ProcessGround> = {},
  venue: Partial<VenueIdentity> | null = {},
): LiveFacts => ({ process: { ...GROUND, ...process }, venue: venue && { ...VENUE, ...venue } });

export const armedWith = (change: Partial<Armed> = {}): Armed => ({
  by: 'anna',
  at: unixMs(NOON - HOUR_MS),
  reason: '',
  until: unixMs(NOON + HOUR_MS),
  account: '40071',
  models: { EURUSD: 'm@1' },
  starts: [],
  ...change,
});
