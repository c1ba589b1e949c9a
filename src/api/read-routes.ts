/** What can be asked: the servo's views and lists, each with its query and its answer. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { unixMs } from '../domain/units.ts';
import type { ServoControl } from '../servo/control.ts';
import { answerOf } from './answers.ts';
import { PROBLEM_RESPONSES } from './problems.ts';
import * as schema from './schemas.ts';

const symbol = z
  .string()
  .regex(/^[A-Za-z0-9._#-]{1,32}$/, 'must be a symbol such as EURUSD')
  .exactOptional();
const limit = z.coerce
  .number({ error: 'must be a whole number from 1 to 500' })
  .int('must be a whole number from 1 to 500')
  .min(1, 'must be 1 or more')
  .max(500, 'must be 500 or less')
  .default(100);
const cursor = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'must be a nextCursor of an earlier answer')
  .exactOptional();

const NoQuery = z.strictObject({});
const ListQuery = z.strictObject({ symbol, limit, cursor });
const at = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-01-05T10:35:00Z' })
  .transform((text) => unixMs(Date.parse(text)))
  .exactOptional();
const DecisionsQuery = ListQuery.extend({ outcome: schema.decisionOutcome.exactOptional(), at });
const WhyQuery = z
  .strictObject({ symbol, limit, at })
  .refine(({ symbol: named, at: when }) => when === undefined || named !== undefined, {
    path: ['symbol'],
    error: 'at needs a symbol',
  });

interface ReadRoute<Query, Answer> {
  readonly name: string;
  readonly summary: string;
  readonly query: z.ZodType<Query>;
  readonly answer: z.ZodType<Answer>;
  readonly read: (query: Query) => Answer | Promise<Answer>;
}

export function readRoutes(app: FastifyInstance, control: ServoControl): void {
  const { reads } = control;
  const serve = <Query, Answer>(route: ReadRoute<Query, Answer>): void => serveRead(app, route);
  serve({
    name: 'status',
    summary: 'What the servo is doing, why, and how it feels',
    query: NoQuery,
    answer: schema.Status,
    read: () => control.status(),
  });
  serve({
    name: 'account',
    summary: 'Balance, equity, margin and drawdown',
    query: NoQuery,
    answer: schema.Account,
    read: () => control.account(),
  });
  serve({
    name: 'positions',
    summary: 'Open positions, and what others hold on the account',
    query: NoQuery,
    answer: schema.Positions,
    read: () => ({ items: control.positions(), externals: control.status().externals }),
  });
  serve({
    name: 'risk',
    summary: 'How much of each limit is used',
    query: NoQuery,
    answer: schema.Risk,
    read: () => control.risk(),
  });
  serve({
    name: 'limits',
    summary: 'The limits that may be edited: what holds, what config.yaml and the journal say, what waits',
    query: NoQuery,
    answer: schema.LimitSettings,
    read: () => ({ items: control.limits() }),
  });
  serve({
    name: 'why',
    summary:
      'The latest decisions in words, check by check, newest first; with at, those on the bar that had closed by then',
    query: WhyQuery,
    answer: schema.Explanations,
    read: ({ symbol: named, limit: count, at: when }) =>
      named === undefined || when === undefined
        ? { items: control.why(named, count), note: null }
        : reads.why(named, when),
  });
  serve({
    name: 'trades',
    summary: 'Closed trades, newest first',
    query: ListQuery,
    answer: schema.Trades,
    read: (query) => reads.trades(query),
  });
  serve({
    name: 'decisions',
    summary: 'Signals and what became of them, newest first; with at, on bars that had closed by then',
    query: DecisionsQuery,
    answer: schema.Decisions,
    read: (query) => reads.decisions(query),
  });
  serve({
    name: 'events',
    summary: 'Notable events of the journal, newest first: starts, commands, limits, cooldowns, halts',
    query: ListQuery,
    answer: schema.Events,
    read: (query) => reads.events(query),
  });
  serve({
    name: 'performance',
    summary: 'The figures of a performance report',
    query: NoQuery,
    answer: schema.Performance,
    read: () => reads.performance(),
  });
}

function serveRead<Query, Answer>(
  app: FastifyInstance,
  { name, summary, query, answer, read }: ReadRoute<Query, Answer>,
): void {
  app.get(`/api/v1/${name}`, {
    schema: {
      operationId: name,
      summary,
      tags: ['Read'],
      querystring: query,
      response: { 200: answerOf(`${summary}.`, answer), ...PROBLEM_RESPONSES },
    },
    // The query's schema has checked it.
    handler: async (request) => read(request.query as Query),
  });
}
