/** What the live guards hold the market against, in words. */
import { count, number } from '../../backtest/report/format.ts';
import type { TrainingResult } from '../run/train.ts';

export function guardFacts({ guards, request }: TrainingResult): readonly (readonly [string, string])[] {
  const { dissimilarity, drift, calibration } = guards;
  return [
    [
      'dissimilarity',
      `nearest of ${count(dissimilarity.sample.length / dissimilarity.means.length)} training rows: median ${number(dissimilarity.trainMedian)}, 99 % below ${number(dissimilarity.trainP99)}; no entry above ${number(dissimilarity.limit)}`,
    ],
    [
      'drift',
      drift === undefined
        ? 'not watched: the development rows hold too few windows'
        : `windows of ${count(drift.windowRows)} bars; warns when ${number(drift.warnCount, 0)} of ${drift.features.length} features have moved, acts at ${number(drift.actCount, 0)}; each feature has its own threshold from the training span`,
    ],
    [
      'outcomes',
      request.label === 'triple_barrier'
        ? `log-loss ${number(calibration.expectedLogLoss, 4)} out of sample; a rise of ${number(calibration.toleranceNats)} nats is the same model`
        : 'not watched: barriers settle outcomes, and these labels have none',
    ],
  ];
}
