/** `servo backtest` as a person reads it: verdict first, then warnings, then the tables of one screen. */
import colours from 'picocolors';
import type { BacktestReport } from '../backtest/report/report.ts';
import { scopeLines, textTables } from '../backtest/report/text-report.ts';
import type { Warning } from '../backtest/report/warnings.ts';
import { table } from './text.ts';

const PAINT: Record<Warning['severity'], (text: string) => string> = {
  loud: (text) => colours.bold(colours.red(`!! ${text}`)),
  warning: (text) => colours.yellow(`!  ${text}`),
  note: (text) => colours.dim(`·  ${text}`),
};

export function backtestText(report: BacktestReport): string {
  const { verdict, warnings, figures } = report;
  const paint = figures.change > 0 ? colours.green : figures.change < 0 ? colours.red : (text: string) => text;
  const tables = textTables(report).flatMap(({ title, alignments, rows }) => [
    '',
    ...(title === '' ? [] : [`  ${colours.bold(title)}`]),
    table(alignments, rows),
  ]);
  return [
    colours.bold(paint(verdict.text)),
    ...warnings.map(({ severity, text }) => PAINT[severity](text)),
    '',
    ...scopeLines(report).map((line) => colours.dim(`  ${line}`)),
    ...tables,
  ].join('\n');
}
