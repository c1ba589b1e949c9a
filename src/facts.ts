/** What stands behind the ports, one line each: the first screen of a run. */
import type { AccountPaths } from './accounts.ts';
import type { Config } from './config/config.ts';
import { FEATURE_PACK } from './domain/features.ts';
import type { QueueServer } from './jobs/queue-server/start-queue-server.ts';
import type { Logs } from './logging.ts';
import { editedLines, limitSettings } from './servo/limit-settings.ts';
import type { Servo } from './servo/servo.ts';
import type { ServoPorts } from './servo/servo-parts.ts';

interface Facts {
  readonly servo: Servo;
  readonly ports: ServoPorts;
  readonly queueServer: QueueServer;
  readonly address: string;
  readonly telegram: string;
  readonly logs: Logs;
}

export function factLines(config: Config, { account }: AccountPaths, facts: Facts): string[] {
  const { servo, ports, queueServer, address, telegram, logs } = facts;
  const { symbols, timeframe } = config.trading;
  const mode = config.dryRun ? 'PAPER, dry-run: nothing is sent' : 'PAPER: nothing here can reach a broker';
  const models = [...new Set(symbols.map(({ model }) => model))].map(
    (name) => `${name} (${config.models[name]?.path})`,
  );
  return [
    `mode      ${mode} · account ${account}`,
    `symbols   ${symbols.map(({ instrument }) => instrument.symbol).join(', ')} · ${timeframe}`,
    `feed      ${ports.feed.description}`,
    `model     ${models.join(', ')}`,
    `broker    ${ports.broker.description}`,
    `queue     ${queueServer.describe()}`,
    `API       ${address}/docs · token in ${config.api.tokenFile}`,
    ...(config.board.enabled ? [`board     ${address}/queues · any user name, the token as password`] : []),
    `telegram  ${telegram}`,
    `logs      ${logs.servoFile}`,
    ...editedLines(limitSettings(servo.state, servo.policy)).map((line) => `limit     ${line}`),
    ...[...warmUpNotes(servo), ...queueServer.warnings, ...config.notes].map((note) => `note      ${note}`),
  ];
}

/** A servo that decides nothing for a while says so beforehand. */
function warmUpNotes({ state }: Servo): string[] {
  const cold = [...state.markets].filter(([, { engine }]) => !engine.ready).map(([symbol]) => symbol);
  if (cold.length === 0) return [];
  return [`${cold.join(', ')}: no decision before ${FEATURE_PACK.warmupBars} bars in a row are known`];
}
