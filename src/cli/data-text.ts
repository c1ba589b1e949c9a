/** `servo data` as a person reads it. */
import colours from 'picocolors';
import type { RecordingHeader } from '../market/library/recording.ts';
import { durationText, type QualityReport, type Verdict } from '../market/quality/report.ts';
import { counted, minute, orDash, table } from './text.ts';

const MARK: Record<Verdict, string> = { ok: '✓', warn: '!', block: '✗' };
const COLOUR: Record<Verdict, (text: string) => string> = {
  ok: colours.green,
  warn: colours.yellow,
  block: colours.red,
};
const MEANING: Record<Verdict, string> = {
  ok: 'fit for use',
  warn: 'usable; know its weaknesses',
  block: 'unfit: backtest, training and replay refuse it',
};
const GAPS_SHOWN = 5;

export function libraryText(entries: readonly (RecordingHeader & { readonly verdict: Verdict })[]): string {
  const rows = entries.map(({ symbol, timeframe, rows: count, first, last, sources, verdict }) => [
    symbol,
    timeframe,
    count.toLocaleString('en-US'),
    minute(first),
    minute(last),
    sourceText(sources.map(({ name }) => name)),
    COLOUR[verdict](`${MARK[verdict]} ${verdict}`),
  ]);
  return table('llrllll', [['symbol', 'timeframe', 'rows', 'from (UTC)', 'to (UTC)', 'source', 'quality'], ...rows]);
}

function sourceText(names: readonly string[]): string {
  const [first, ...others] = [...new Set(names)];
  return others.length === 0 ? orDash(first ?? null) : `${first} and ${counted(others.length, 'other')}`;
}

export function qualityText({ symbol, timeframe, rows, from, to, verdict, findings, gaps }: QualityReport): string {
  const span = from === null ? '' : ` · ${minute(from)} to ${minute(to)} UTC`;
  const title = [symbol, timeframe].filter((part) => part !== '').join(' ');
  const lines = findings.map(
    (finding) => `  ${COLOUR[finding.verdict](MARK[finding.verdict])} ${finding.kind.padEnd(8)} ${finding.text}`,
  );
  const shown = gaps.slice(0, GAPS_SHOWN).map(({ from: start, to: end, missingBars }) => {
    const [begin, finish] = [start, end].map((at) => minute(new Date(at).toISOString()));
    return `             ${begin} to ${finish}: ${durationText(end - start)}, ${counted(missingBars, 'bar')} missing`;
  });
  const gapLine = findings.findIndex(({ kind }) => kind === 'gaps') + 1;
  return [
    colours.bold(`${title} · ${counted(rows, 'row')}${span}`),
    ...lines.toSpliced(gapLine, 0, ...shown),
    `  ${COLOUR[verdict](`${verdict}: ${MEANING[verdict]}`)}`,
  ].join('\n');
}
