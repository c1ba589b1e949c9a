/** Live mode: the seven conditions as they stand, and why this version trades no real money however many of them hold. */
import { accountPaths } from '../accounts.ts';
import type { Config } from '../config/config.ts';
import { liveOutlook } from '../live.ts';
import { conditionLines } from '../servo/arming-view.ts';

const NO_TERMINAL =
  'this version has no adapter for a broker’s terminal, so nobody can say whose account it is and what it allows.';

/** What `--mode live` answers. */
export async function liveRefusal(config: Config): Promise<string> {
  return [
    'Live mode needs all seven conditions. As far as they can be told without a terminal:',
    ...conditionLines(await liveOutlook(config, accountPaths(config))).map((line) => `  ${line}`),
    `Not started: ${NO_TERMINAL} Use --mode paper.`,
  ].join('\n');
}

interface LiveFinding {
  readonly name: string;
  readonly status: 'ok' | 'fail';
  readonly detail: string;
}

/** What `servo doctor` finds: one line a condition, and that nothing starts. */
export async function liveFindings(config: Config): Promise<LiveFinding[]> {
  const conditions = await liveOutlook(config, accountPaths(config));
  return [
    ...conditions.map(({ condition, holds, text }, i): LiveFinding => {
      const detail = `${condition.replace('_', ' ')}: ${text}`;
      return { name: `live ${i + 1}`, status: holds ? 'ok' : 'fail', detail };
    }),
    { name: 'live', status: 'fail', detail: `${NO_TERMINAL} Set mode: paper.` },
  ];
}
