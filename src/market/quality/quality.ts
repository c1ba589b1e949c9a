/** Whether market data is fit to decide on: `ok`, `warn`, or `block`, each with its numbers. */
import type { AssetClass } from '../../domain/instrument.ts';
import { timeframeMs } from '../../domain/market.ts';
import { CandleFileError } from '../candle-file-error.ts';
import type { Candles } from '../candles.ts';
import { UTC_CLOCK } from '../file-clock.ts';
import type { Ticks } from '../ticks.ts';
import {
  checkOrder,
  checkShapes,
  checkSpikes,
  checkSpreads,
  checkStale,
  checkVolume,
  countBars,
} from './bar-checks.ts';
import { findGaps, type GapFigures } from './gaps.ts';
import { durationText, type Finding, gravest, percent, type QualityReport } from './report.ts';
import { checkClock } from './week-opening.ts';

const MISSING_WARN = 0.02;
const MISSING_BLOCK = 0.25;
const LONG_GAP_MS = 24 * 3_600_000;
const CROSSED_BLOCK = 0.01;
/** So few rows show no habits and no shares. */
const ROWS_TO_JUDGE = 200;

/** An instrument without an asset class is one whose week only the data knows. */
export interface QualityMarket {
  readonly assetClass: AssetClass | undefined;
}

/** `written` is the clock that the candles were imported with; it only words the advice. */
export function qualityOf(candles: Candles, { assetClass }: QualityMarket, written = UTC_CLOCK): QualityReport {
  const counts = countBars(candles);
  const gaps = findGaps(candles, assetClass);
  const clock = assetClass === undefined ? undefined : checkClock(candles, assetClass, written);
  const findings = [
    checkOrder(counts),
    checkShapes(counts),
    gapFinding(candles, gaps),
    ...(clock === undefined ? [] : [clock]),
    checkSpikes(candles),
    checkStale(candles),
    checkSpreads(counts),
    checkVolume(counts),
  ].map((finding) => (candles.length < ROWS_TO_JUDGE ? mildly(finding) : finding));
  const { symbol, timeframe, length, openAt } = candles;
  return { ...reportOf(symbol, timeframe, openAt, length, findings), gaps: gaps.longest };
}

export function tickQualityOf(symbol: string, { at, bid, ask }: Ticks): QualityReport {
  const rows = at.length;
  let [crossed, zero, repeated] = [0, 0, 0];
  for (let i = 0; i < rows; i++) {
    const spread = (ask[i] as number) - (bid[i] as number);
    if (spread < 0) crossed += 1;
    if (spread === 0) zero += 1;
    if (i > 0 && at[i] === at[i - 1] && bid[i] === bid[i - 1] && ask[i] === ask[i - 1]) repeated += 1;
  }
  const share = crossed / rows;
  const findings: Finding[] = [
    { kind: 'order', verdict: 'ok', text: `in order; ${percent(repeated / rows)} repeat the quote before` },
    {
      kind: 'spread',
      verdict: share > CROSSED_BLOCK ? 'block' : crossed > 0 ? 'warn' : 'ok',
      text: `ask below bid on ${percent(share)}, equal to it on ${percent(zero / rows)} of quotes`,
    },
  ];
  return { ...reportOf(symbol, 'ticks', at, rows, findings), gaps: [] };
}

/** The findings that forbid, in words; none for data that may be used. */
export const blockingReasons = ({ findings }: QualityReport): string[] =>
  findings.filter(({ verdict }) => verdict === 'block').map(({ kind, text }) => `${kind}: ${text}`);

/** Throws a `CandleFileError` with the reasons, if there are any. */
export function refuseUnfit(path: string, reasons: readonly string[]): void {
  if (reasons.length > 0) throw new CandleFileError(reasons.map((reason) => `${path}: unfit for use: ${reason}`));
}

function gapFinding(candles: Candles, { missingBars, holidayBars, quietBars, gapCount, longest }: GapFigures): Finding {
  const share = candles.length === 0 ? 0 : missingBars / (candles.length + missingBars);
  const [first] = longest;
  const longestMs = (first?.missingBars ?? 0) * timeframeMs(candles.timeframe);
  const verdict = share > MISSING_BLOCK ? 'block' : share > MISSING_WARN || longestMs >= LONG_GAP_MS ? 'warn' : 'ok';
  const rest = `${holidayBars} bars at holidays, ${quietBars} in quiet moments`;
  if (first === undefined) return { kind: 'gaps', verdict, text: `none within the session; ${rest}` };
  const gaps = `${gapCount} ${gapCount === 1 ? 'gap' : 'gaps'}`;
  const text = `${gaps} within the session, ${missingBars} bars (${percent(share)}), the longest ${durationText(longestMs)} of open market; ${rest}`;
  return { kind: 'gaps', verdict, text };
}

/** Order and shape are facts in any number of rows; habits are not. */
const mildly = (finding: Finding): Finding =>
  finding.verdict === 'block' && finding.kind !== 'order' && finding.kind !== 'candles'
    ? { ...finding, verdict: 'warn' }
    : finding;

function reportOf(symbol: string, timeframe: string, times: Float64Array, rows: number, findings: readonly Finding[]) {
  const iso = (index: number) => (rows === 0 ? null : new Date(times[index] as number).toISOString());
  return { symbol, timeframe, rows, from: iso(0), to: iso(rows - 1), verdict: gravest(findings), findings };
}
