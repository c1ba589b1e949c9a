/** What the gate remembers of a market beside its features: usual spread and volume by the hour, the range of its ATR, the last gap. */
import { type MarketHours, openMsBetween } from './hours/market-hours.ts';
import { HourlyMedian } from './indicators/hourly-median.ts';
import { restoreInto, type Snapshot, snapshotOf } from './indicators/snapshot.ts';
import { symbolPolicy, type TradingPolicy } from './policy.ts';
import { type UnixMs, unixMs } from './units.ts';
import { zoneOffsetMs } from './zone.ts';

export interface RecordRule {
  readonly hours: MarketHours;
  /** By whose clock hours are told apart. */
  readonly timezone: string;
  readonly timeframeMs: number;
  /** Bars whose ATR is kept; 0 keeps none. */
  readonly atrBars: number;
  /** More missing bars than this are a gap. */
  readonly gapBars: number;
}

export interface RecordSnapshot {
  /** Whose memory it is: another rule begins anew. */
  readonly rule: string;
  readonly memory: Snapshot;
}

export const recordRuleOf = (policy: TradingPolicy, symbol: string): RecordRule => ({
  hours: symbolPolicy(policy, symbol).hours,
  timezone: policy.session.timezone,
  timeframeMs: policy.timeframeMs,
  atrBars: isAtrAsked(policy.filters) ? policy.filters.atrLookbackBars : 0,
  gapBars: policy.filters.maxGapBars,
});

const isAtrAsked = ({ atrPercentileMin, atrPercentileMax }: TradingPolicy['filters']): boolean =>
  atrPercentileMin > 0 || atrPercentileMax < 1;

const HOUR_MS = 3_600_000;

class Memory {
  readonly spreads = new HourlyMedian();
  readonly volumes = new HourlyMedian();
  readonly atrs: Float64Array;
  closedAt = Number.MIN_SAFE_INTEGER;
  bars = 0;
  /** Bars seen since the last gap, and how many were missing in it; none so far where that is 0. */
  sinceGap = 0;
  missing = 0;

  constructor(atrBars: number) {
    this.atrs = new Float64Array(atrBars);
  }
}

export class MarketRecord {
  readonly #rule: RecordRule;
  readonly #memory: Memory;

  constructor(rule: RecordRule) {
    this.#rule = rule;
    this.#memory = new Memory(rule.atrBars);
  }

  /** One closed bar, later than the one before, and the ATR at its close. */
  push(openAt: UnixMs, spread: number, volume: number, atr: number): void {
    const { atrs } = this.#memory;
    this.#notice(openAt);
    const hour = this.#hourOf(openAt);
    this.#memory.spreads.push(hour, spread);
    // What a source does not say is no volume of nothing.
    if (volume > 0) this.#memory.volumes.push(hour, volume);
    if (atrs.length > 0) atrs[this.#memory.bars % atrs.length] = atr;
    this.#memory.bars += 1;
    this.#memory.closedAt = openAt + this.#rule.timeframeMs;
  }

  #notice(openAt: UnixMs): void {
    const { closedAt, bars } = this.#memory;
    const missing = bars > 0 && openAt > closedAt ? this.missingBars(unixMs(closedAt), openAt) : 0;
    this.#memory.sinceGap += 1;
    if (!(missing > this.#rule.gapBars)) return;
    this.#memory.missing = missing;
    this.#memory.sinceGap = 1;
  }

  /** Bars that the open market should have had between two moments. */
  missingBars(from: UnixMs, to: UnixMs): number {
    const { hours, timeframeMs, gapBars } = this.#rule;
    if (!(to - from > gapBars * timeframeMs)) return Math.max(0, Math.floor((to - from) / timeframeMs));
    return Math.floor(openMsBetween(hours, from, to) / timeframeMs);
  }

  /** The last gap: bars missing in it, and bars since; undefined where there was none. */
  get gap(): { readonly missing: number; readonly barsSince: number } | undefined {
    const { missing, sinceGap } = this.#memory;
    return missing === 0 ? undefined : { missing, barsSince: sinceGap };
  }

  /** At this hour on the days before; undefined where they are too few. */
  usualSpread(openAt: UnixMs): number | undefined {
    return this.#memory.spreads.median(this.#hourOf(openAt));
  }

  usualVolume(openAt: UnixMs): number | undefined {
    return this.#memory.volumes.median(this.#hourOf(openAt));
  }

  /** The share of the bars before whose ATR was below the latest; undefined until half of the look-back is seen. */
  get atrPercentile(): number | undefined {
    const { atrs, bars } = this.#memory;
    const seen = Math.min(bars, atrs.length);
    if (atrs.length === 0 || seen < 2 || seen < atrs.length / 2) return undefined;
    const latest = atrs[(bars - 1) % atrs.length] as number;
    let below = 0;
    for (let i = 0; i < seen; i++) if ((atrs[i] as number) < latest) below += 1;
    return below / (seen - 1);
  }

  #hourOf(at: UnixMs): number {
    return Math.floor((at + zoneOffsetMs(this.#rule.timezone, at)) / HOUR_MS);
  }

  get #identity(): string {
    const { timezone, timeframeMs, atrBars, gapBars } = this.#rule;
    return [timezone, timeframeMs, atrBars, gapBars].join(' ');
  }

  snapshot(): RecordSnapshot {
    return { rule: this.#identity, memory: snapshotOf(this.#memory) };
  }

  /** Goes on where the snapshot was taken; one of another rule is passed over. */
  restore({ rule, memory }: RecordSnapshot): void {
    if (rule === this.#identity) restoreInto(this.#memory, memory);
  }
}
