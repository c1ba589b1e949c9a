/** What the quality check says: findings with their numbers, and the gravest of their verdicts. */

export type Verdict = 'ok' | 'warn' | 'block';

export type FindingKind = 'file' | 'order' | 'candles' | 'gaps' | 'clock' | 'spikes' | 'stale' | 'spread' | 'volume';

export interface Finding {
  readonly kind: FindingKind;
  readonly verdict: Verdict;
  /** One sentence with the numbers and, where there is a fault, the way to mend it. */
  readonly text: string;
}

/** A stretch without bars although the market was open. */
export interface Gap {
  /** Close of the bar before, UTC ms. */
  readonly from: number;
  /** Open of the bar after. */
  readonly to: number;
  readonly missingBars: number;
}

export interface QualityReport {
  readonly symbol: string;
  readonly timeframe: string;
  readonly rows: number;
  /** ISO times of the first and the last row; `null` without rows. */
  readonly from: string | null;
  readonly to: string | null;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** The longest unexplained ones first. */
  readonly gaps: readonly Gap[];
}

const GRAVITY: Record<Verdict, number> = { ok: 0, warn: 1, block: 2 };

export const gravest = (findings: readonly Pick<Finding, 'verdict'>[]): Verdict =>
  findings.reduce<Verdict>((worst, { verdict }) => (GRAVITY[verdict] > GRAVITY[worst] ? verdict : worst), 'ok');

/** `1.25 %` of a share; small ones keep a digit that is not zero. */
export const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 0.001 ? 3 : 2)} %`;

/** `3 d 4 h`, `2 h 5 min`, `15 min`. */
export function durationText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const parts = [days > 0 && `${days} d`, hours > 0 && `${hours} h`, rest > 0 && days === 0 && `${rest} min`];
  return parts.filter((part) => part !== false).join(' ') || '0 min';
}
