/** Many settings tried on the same measured bars, on several threads: the figures come in the order of the trials, whatever thread ran them. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { FillRule, VenueRules } from '../broker/paper/rules.ts';
import type { TradingPolicy } from '../domain/policy.ts';
import type { Money } from '../domain/units.ts';
import type { SharedMarket } from './sweep-market.ts';

export interface SweepTrial {
  readonly policy: TradingPolicy;
  readonly rules: Omit<VenueRules, 'fillRule'>;
  readonly opening: Money;
  /** Place of its bars among those of the sweep. */
  readonly bars: number;
}

export interface SweepRequest {
  /** What the trials differ in only by settings that measure nothing shares its bars. */
  readonly bars: readonly (readonly SharedMarket[])[];
  readonly trials: readonly SweepTrial[];
  readonly fillRule: FillRule;
  readonly threads: number;
}

export interface TrialFigures {
  readonly trades: number;
  /** In units of the account's currency; open positions count. */
  readonly change: number;
  readonly returned: number;
  readonly maxDrawdown: number;
  readonly profitFactor: number | null;
  /** Annualised, of daily returns. */
  readonly sharpe: number | null;
  readonly dailyReturns: readonly number[];
  readonly stateHash: string;
}

/** What a thread is given to begin with, and what it is then asked and answers. */
export interface SweepSetup {
  readonly bars: SweepRequest['bars'];
  readonly fillRule: FillRule;
  /** Run on a few bars before the first question, so that its code is compiled by then. */
  readonly warmUp: SweepTrial;
}
export type SweepQuestion =
  | { readonly kind: 'run'; readonly place: number; readonly trial: SweepTrial }
  | { readonly kind: 'end' };
export type SweepReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly place: number; readonly figures: TrialFigures }
  | { readonly kind: 'failed'; readonly reason: string };

/** Throws what a trial throws. */
export async function sweep({ bars, trials, fillRule, threads }: SweepRequest): Promise<readonly TrialFigures[]> {
  const [warmUp] = trials;
  if (warmUp === undefined) return [];
  const answers = new Map<number, TrialFigures>();
  let next = 0;
  const takeNext = (): SweepQuestion => {
    const trial = trials[next];
    return trial === undefined ? { kind: 'end' } : { kind: 'run', place: next++, trial };
  };
  const setup: SweepSetup = { bars, fillRule, warmUp };
  const count = Math.max(1, Math.min(threads, trials.length));
  await Promise.all(Array.from({ length: count }, () => runThread(setup, takeNext, answers)));
  return trials.map((_, place) => {
    const figures = answers.get(place);
    if (figures === undefined) throw new Error(`trial ${place + 1} of the sweep was not answered`);
    return figures;
  });
}

/** What a trial makes is dead within a bar or two: more room would only spread it over memory, of each thread anew. */
const YOUNG_MIB = 12;

/** Whoever is free takes the next trial. */
async function runThread(
  setup: SweepSetup,
  takeNext: () => SweepQuestion,
  answers: Map<number, TrialFigures>,
): Promise<void> {
  // Flags of the process, such as --input-type, are not meant for the thread.
  const worker = new Worker(new URL('./sweep-worker.ts', import.meta.url), {
    workerData: setup,
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
  });
  const ended = once(worker, 'exit');
  const failed = new Promise<never>((_, reject) => {
    worker.on('error', reject);
    worker.on('message', (reply: SweepReply) => {
      if (reply.kind === 'failed') {
        reject(new Error(reply.reason));
        worker.postMessage({ kind: 'end' } satisfies SweepQuestion);
        return;
      }
      if (reply.kind === 'done') answers.set(reply.place, reply.figures);
      worker.postMessage(takeNext());
    });
  });
  await Promise.race([ended, failed]);
}
