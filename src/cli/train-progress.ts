/** How far a training is: a bar on a terminal, a line for each model elsewhere; on standard error, so that the outcome can be piped. */
import cliProgress from 'cli-progress';
import type { Progress } from '../training/run/validate.ts';

interface TrainingProgress {
  readonly show: Progress;
  stop(): void;
}

export function trainingProgress(name: string, quiet: boolean): TrainingProgress {
  if (process.stderr.isTTY !== true) return { show: quiet ? () => undefined : lines(name), stop: () => undefined };
  const format = `${name} {bar} {value} of {total} models · {what}`;
  const bar = new cliProgress.SingleBar(
    { format, hideCursor: true, stream: process.stderr },
    cliProgress.Presets.shades_classic,
  );
  let started = false;
  return {
    show: (done, total, what) => {
      if (!started) bar.start(total, 0, { what });
      started = true;
      bar.update(done, { what });
    },
    stop: () => bar.stop(),
  };
}

function lines(name: string): Progress {
  let shown = -1;
  return (done, total, what) => {
    if (done === shown) return;
    shown = done;
    process.stderr.write(`${name}: model ${done + 1} of ${total} · ${what.replace(/, step \d+$/, '')}\n`);
  };
}
