/** One thread of a sweep: runs the trial that it is given on bars that all threads share, and answers with its figures. */
import { parentPort, workerData } from 'node:worker_threads';
import { equityFigures, maxDrawdown, returnsOf, tradeFigures } from '../domain/metrics.ts';
import { moneyToUnits } from '../domain/units.ts';
import { daysPerYear } from './report/days.ts';
import { runTrial, type TrialFacts } from './run-backtest.ts';
import type { SweepQuestion, SweepReply, SweepSetup, SweepTrial, TrialFigures } from './sweep.ts';
import { openSharedMarket } from './sweep-market.ts';

/** Decided bars of the run that only warms up: enough trades that every branch has been taken. */
const WARM_UP_BARS = 5_000;

if (parentPort === null) throw new Error('sweep-worker.ts runs as a worker thread, started by sweep.ts');
const port = parentPort;
const { bars, fillRule, warmUp } = workerData as SweepSetup;
const reply = (message: SweepReply): void => port.postMessage(message);

function run({ policy, rules, opening, bars: place }: SweepTrial, barsAtMost = Number.POSITIVE_INFINITY): TrialFigures {
  const measured = (bars[place] ?? []).map((market) => {
    const { length } = market.candles.openAt;
    return openSharedMarket(market, Math.min(length, market.firstRow + barsAtMost));
  });
  return figuresOf(runTrial({ policy, rules, opening, measured }, fillRule), moneyToUnits(opening));
}

function figuresOf({ trades, days, finalEquity, stateHash }: TrialFacts, opening: number): TrialFigures {
  const equity = [opening, ...days.map((day) => moneyToUnits(day.equity))];
  const change = moneyToUnits(finalEquity) - opening;
  return {
    trades: trades.length,
    change,
    returned: change / opening,
    maxDrawdown: maxDrawdown(equity),
    profitFactor: tradeFigures(trades.map(({ profit }) => moneyToUnits(profit))).profitFactor,
    sharpe: equityFigures(equity, daysPerYear(days)).sharpe,
    dailyReturns: returnsOf(equity),
    stateHash,
  };
}

port.on('message', (question: SweepQuestion) => {
  if (question.kind === 'end') {
    port.close();
    return;
  }
  try {
    reply({ kind: 'done', place: question.place, figures: run(question.trial) });
  } catch (thrown) {
    reply({ kind: 'failed', reason: thrown instanceof Error ? thrown.message : String(thrown) });
  }
});
run(warmUp, WARM_UP_BARS);
reply({ kind: 'ready' });
