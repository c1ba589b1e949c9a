/** The model of a seed: an opinion that follows from its inputs alone, and now and then none, too late, too few or no numbers. */
import type { Predictor, PredictorInput } from '../../src/domain/ports.ts';
import { hashToUnit } from '../../src/domain/random.ts';
import type { Prediction } from '../../src/domain/signal.ts';
import type { Chance } from './chance.ts';
import type { Tally } from './hits.ts';
import type { SimulatedProcess } from './process.ts';
import type { FaultRates } from './scenario.ts';
import type { VirtualTime } from './virtual-time.ts';

interface ModelParts {
  readonly seed: string;
  readonly time: VirtualTime;
  readonly process: SimulatedProcess;
  readonly chance: Chance;
  readonly tally: Tally;
  readonly faults: () => FaultRates;
}

export function simulatedModel({ seed, time, process, chance, tally, faults }: ModelParts): Predictor {
  return {
    predict: (inputs) =>
      process.promise<readonly Prediction[]>((resolve, reject) => {
        const answers = inputs.map((input) => opinionOf(seed, input));
        if (!chance.happens(faults().model)) {
          time.after(chance.waitMs(5), () => resolve(answers));
          return;
        }
        switch (chance.whole(0, 3)) {
          case 0:
            tally.note('model: no answer in time');
            time.after(chance.between(3_100, 9_000), () => resolve(answers));
            return;
          case 1:
            tally.note('model: throws');
            reject(new Error('the model fails'));
            return;
          case 2:
            tally.note('model: not a number');
            time.after(5, () => resolve(answers.map(poisoned)));
            return;
          default:
            tally.note('model: too few answers');
            time.after(5, () => resolve(answers.slice(1)));
        }
      }),
    close: async () => undefined,
  };
}

/** Up, down or nothing, with chances that pass the gate; a pure function, so that asked again it says the same. */
export function opinionOf(seed: string, { symbol, values }: PredictorInput): Prediction {
  const mood = hashToUnit(`${seed}|${symbol}|${values[0]}|${values[1]}|${values[2]}`);
  const up = mood < 0.38 ? 0.85 : mood < 0.76 ? 0.05 : 0.3;
  const down = mood < 0.38 ? 0.05 : mood < 0.76 ? 0.85 : 0.3;
  return { kind: 'prediction', model: 'simulated', probabilities: { up, down, flat: 1 - up - down } };
}

const poisoned = (answer: Prediction): Prediction =>
  answer.kind === 'prediction' ? { ...answer, probabilities: { up: Number.NaN, flat: 0, down: 0 } } : answer;
