/** The features that matter most, as bars beside their numbers. */
import { number, percent } from '../../backtest/report/format.ts';
import type { Html } from '../../backtest/report/page/html.ts';
import { meter, tableOf } from '../../backtest/report/page/table.ts';
import type { TrainingResult } from '../run/train.ts';
import { featureName } from './figure-tables.ts';

const MOST = 15;

export function importanceChart({ importances }: TrainingResult): Html {
  const sorted = importances.toSorted((a, b) => b.drop - a.drop).slice(0, MOST);
  const largest = sorted[0]?.drop ?? 0;
  return tableOf({
    caption: `The ${sorted.length} most important features`,
    columns: [
      { title: 'feature' },
      { title: '' },
      { title: 'rise of the log-loss', align: 'right' },
      { title: 'share', align: 'right' },
    ],
    rows: sorted.map(({ column, drop, deviation, share }) => [
      featureName(column),
      meter(Math.max(0, drop), largest),
      `${number(drop, 5)} ± ${number(deviation, 5)}`,
      percent(share, 1),
    ]),
  });
}
