/** The one command with arguments: a limit and its new value. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { SET_LIMIT } from '../domain/commands.ts';
import { LIMIT_NAMES } from '../domain/limits/editable.ts';
import { answerOf } from './answers.ts';
import { reasonText, refuse } from './control-routes.ts';
import type { ApiOptions } from './options.ts';
import { PROBLEM_RESPONSES } from './problems.ts';
import { servoStatus } from './schemas.ts';

const Order = z.strictObject(
  {
    limit: z
      .enum(LIMIT_NAMES, { error: `must be one of ${LIMIT_NAMES.join(', ')}` })
      .meta({ description: 'As GET /api/v1/limits names it.' }),
    value: z
      .number('must be a number in the units of config.yaml, or null for no limit')
      .nullable()
      .meta({
        description: 'In the units of config.yaml; null is no limit, where there may be none.',
        examples: [0.01],
      }),
    reason: reasonText,
    confirm: z
      .boolean('must be true or false')
      .default(false)
      .meta({ description: 'Must be true to loosen. Tightening needs no confirmation.' }),
  },
  {
    error: ({ code }) =>
      code === 'invalid_type'
        ? 'must be an object such as {"limit": "max_daily_loss", "value": 0.01, "reason": "news at 14:30"}'
        : undefined,
  },
);

const LimitSet = z
  .object({
    command: z.literal(SET_LIMIT.name),
    limit: z.enum(LIMIT_NAMES),
    status: servoStatus,
    message: z.string().describe('What holds from when, in words.'),
  })
  .meta({ id: 'LimitSet' });

export function limitRoutes(app: FastifyInstance, { control }: Pick<ApiOptions, 'control'>): void {
  app.post<{ Body: z.infer<typeof Order> }>(`/api/v1/control/${SET_LIMIT.name}`, {
    schema: {
      operationId: SET_LIMIT.name,
      summary: SET_LIMIT.effect,
      description: 'Needs a reason; a loosening needs "confirm": true.',
      tags: ['Control'],
      body: Order,
      response: { 200: answerOf('The limit is set, or waits for its window.', LimitSet), ...PROBLEM_RESPONSES },
    },
    handler: (request, reply) => {
      const { limit, value, reason = '', confirm } = request.body;
      const result = control.setLimit({ limit, value, reason, by: 'operator', surface: 'api', confirmed: confirm });
      request.log.info({ command: SET_LIMIT.name, limit, value, accepted: result.accepted }, result.message);
      if (!result.accepted) return refuse(request, reply, result);
      return reply.send({ command: SET_LIMIT.name, limit, status: result.status, message: result.message });
    },
  });
}
