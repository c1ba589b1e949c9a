/** The outcome of a training as the terminal shows it: the verdict first, every figure beside its naive baseline. */
import colours from 'picocolors';
import {
  dataFacts,
  foldTable,
  importanceTable,
  luckFacts,
  type Rows,
  regimeTable,
  scoreTable,
  tradedTable,
} from '../training/report/figure-tables.ts';
import { type ReportedRun, verdictLine } from '../training/report/reported-run.ts';
import { table } from './text.ts';

/** Where the version lies, and what would let it serve. */
export interface KeptVersion {
  readonly id: string;
  readonly folder: string;
  readonly report: string;
  readonly promote: string;
}

const IMPORTANCES = 10;

export function trainingText({ result }: ReportedRun, kept: KeptVersion): string {
  const { judgement, request } = result;
  const mark = (holds: boolean): string => (holds ? colours.green('✓') : colours.red('✗'));
  return [
    colours.bold(`${request.name}: ${verdictLine(result)}`),
    ...judgement.conditions.map(({ holds, text }) => `  ${mark(holds)} ${text}`),
    '',
    aligned(dataFacts(result)),
    '',
    figures(scoreTable(result)),
    '',
    figures(foldTable(result)),
    '',
    figures(tradedTable(result)),
    aligned(luckFacts(result)),
    '',
    figures(importanceTable(result, IMPORTANCES)),
    '',
    figures(regimeTable(result)),
    '',
    `  Kept as version ${kept.id} in ${kept.folder}; it does not serve yet.`,
    `  The whole report: ${kept.report}`,
    `  To let it serve${judgement.deployable ? '' : ' all the same, against this verdict'}:`,
    `    ${kept.promote}`,
  ].join('\n');
}

const aligned = (rows: readonly (readonly [string, string])[]): string => table('ll', rows);

const figures = (rows: Rows): string => table(`l${'r'.repeat((rows[0]?.length ?? 1) - 1)}`, rows);
