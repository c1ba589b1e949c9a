/** config.yaml as people write it: every key, its unit, its range and its default. */
import { z } from 'zod';
import { accountSchema } from './schema-account.ts';
import { checkTelegram } from './schema-checks.ts';
import { choice, count, flag, path, seconds, text, url } from './schema-kinds.ts';
import { mandateSchema } from './schema-mandate.ts';
import { riskSchema } from './schema-risk.ts';
import { executionSchema, tradingSchema } from './schema-trading.ts';
import { feedSchema, instrumentsSchema, modelsSchema, paperSchema } from './schema-venue.ts';

export const modeValue = choice(['paper', 'live', 'backtest'], 'What is traded. --mode wins.');
export const logLevelValue = choice(
  ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'debug', 'info', 'warning', 'error'],
  'The least grave messages that are logged. --log-level wins.',
).meta({ expects: 'one of DEBUG, INFO, WARNING, ERROR' });
export const portValue = count(0, 65_535, 'TCP port; 0 takes any free one. --api-port wins.');

const telegram = z
  .strictObject({
    token: text(
      /^$|^\d+:[\w-]+$/,
      'a bot token from @BotFather',
      'Bot token, from the environment; empty switches Telegram off.',
    ).default(''),
    token_file: path('A file that holds the token, mode 600.').nullable().default(null),
    api_root: url(['http:', 'https:'], 'an http(s) address', 'Address of the Bot API server.').default(
      'https://api.telegram.org',
    ),
    chat_id: z
      .int()
      .meta({ description: "Where alerts go; null sends them to each user's own chat." })
      .nullable()
      .default(null),
    users: z
      .array(
        z
          .strictObject({
            id: count(1, Number.MAX_SAFE_INTEGER, "The user's numeric Telegram id."),
            role: choice(['viewer', 'operator', 'admin'], 'What the user may do.'),
          })
          .describe('One allowed user.'),
      )
      .max(100)
      .meta({ description: 'Who may talk to the bot; everyone else is ignored.', expects: 'a list of users' })
      .default([]),
  })
  .superRefine(checkTelegram)
  .describe('Commands and alerts by Telegram.');

export const configSchema = z
  .strictObject({
    mode: modeValue.default('paper'),
    account: accountSchema.prefault({}),
    app: z
      .strictObject({
        data_dir: path('Database, queue and tokens, relative to this file.').default('./data'),
        log_dir: path('Log files, relative to this file.').default('./logs'),
      })
      .describe('Where files are kept.')
      .prefault({}),
    execution: executionSchema,
    trading: tradingSchema,
    risk: riskSchema.prefault({}),
    mandate: mandateSchema.prefault({}),
    feed: feedSchema.prefault({}),
    paper: paperSchema.prefault({}),
    instruments: instrumentsSchema,
    models: modelsSchema,
    features: z
      .strictObject({
        folder: path('Folder of feature files of your own; null: none.').nullable().default(null),
      })
      .describe('Features beside the pack.')
      .prefault({}),
    queue: z
      .strictObject({
        redis_url: url(
          ['redis:', 'rediss:', ''],
          'a redis:// address, or empty',
          'Redis or Valkey; empty starts the embedded server.',
        ).default(''),
        prefix: text(
          /^[\w-]{1,40}$/,
          'a word of letters, digits, "_" or "-"',
          'Keeps two servos on one Redis apart.',
        ).default('servo'),
      })
      .describe('The queue server.')
      .prefault({}),
    api: z
      .strictObject({
        host: text(
          /^[A-Za-z0-9.:_-]+$/,
          'a host name or address',
          'Address to listen on; 127.0.0.1 is this machine alone.',
        ).default('127.0.0.1'),
        port: portValue.default(8080),
        token_file: path('A file that holds the bearer token, mode 600; null makes <data_dir>/api.token.')
          .nullable()
          .default(null),
      })
      .describe('The HTTP API.')
      .prefault({}),
    board: z
      .strictObject({ enabled: flag('Whether /queues shows the job queues, read-only.').default(true) })
      .describe('The queue board.')
      .prefault({}),
    telegram: telegram.prefault({}),
    backup: z
      .strictObject({
        every: seconds(
          0,
          604_800,
          'Seconds between two backups of the book while the servo runs; 0 takes none.',
        ).default(3600),
        keep_hourly: count(1, 1000, 'Of this many hours the newest backup is kept.').default(24),
        keep_daily: count(0, 1000, 'Of this many days the newest backup is kept.').default(14),
      })
      .describe('Backups of the book, in <data_dir>/backups.')
      .prefault({}),
    logging: z
      .strictObject({
        level: logLevelValue.default('INFO'),
        keep_files: count(1, 10_000, 'Log files kept; the oldest are deleted.').default(14),
      })
      .describe('Log files.')
      .prefault({}),
  })
  .describe('Configuration of the Trading Servo.');

export type ConfigFile = z.output<typeof configSchema>;
