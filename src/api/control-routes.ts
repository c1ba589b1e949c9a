/** What can be ordered: one route for each command of the registry. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { COMMAND_NAMES, COMMANDS, type CommandName } from '../domain/commands.ts';
import type { CommandResult, RefusalCode } from '../servo/operate.ts';
import { answerOf } from './answers.ts';
import type { ApiOptions } from './options.ts';
import { PROBLEM_RESPONSES, type ProblemCode, sendProblem } from './problems.ts';
import { servoStatus } from './schemas.ts';

const REASON_LENGTH_MAX = 200;

export const reasonText = z
  .string('must be text')
  .max(REASON_LENGTH_MAX, `must have ${REASON_LENGTH_MAX} characters or less`)
  .refine((text) => !/\p{Cc}/u.test(text), 'must be one line without control characters')
  .optional()
  .meta({ description: 'One line, kept in the journal.', examples: ['news at 14:30'] });

const Order = z
  .strictObject(
    { reason: reasonText },
    {
      error: ({ code }) =>
        code === 'invalid_type' ? 'must be an object such as {"reason": "news at 14:30"}' : undefined,
    },
  )
  // No body at all reaches the check as null.
  .nullable();
type Order = z.infer<typeof Order>;

const Obeyed = z
  .object({
    command: z.enum(COMMAND_NAMES),
    status: servoStatus,
    message: z.string().describe('What happens now, in words.'),
  })
  .meta({ id: 'Obeyed' });

/** Flattening is done when the broker confirms: /status says `flattening` until then. */
const ACCEPTED_STATUS: Record<CommandName, 200 | 202> = {
  pause: 200,
  resume: 200,
  flatten: 202,
  halt: 200,
  stop: 200,
  reset: 200,
};

/** The brakes work however often they are pressed. */
const NEVER_LIMITED: ReadonlySet<CommandName> = new Set(['halt', 'stop']);

const REFUSALS: Record<RefusalCode, ProblemCode> = {
  reason_missing: 'body.reason_missing',
  not_halted: 'state.not_halted',
  not_paused: 'state.not_paused',
  stopping: 'state.stopping',
  value_invalid: 'body.invalid',
  limit_unchanged: 'state.limit_unchanged',
  loosening_unconfirmed: 'state.loosening_unconfirmed',
};

/** The field of the body that is at fault, where one is. */
const FAULTY_FIELD: Partial<Record<RefusalCode, string>> = { reason_missing: '/reason', value_invalid: '/value' };

export function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  { code, message }: Extract<CommandResult, { accepted: false }>,
): FastifyReply {
  const pointer = FAULTY_FIELD[code];
  const errors = pointer === undefined ? undefined : [{ pointer, detail: message }];
  return sendProblem(request, reply, REFUSALS[code], message, errors);
}

export function controlRoutes(app: FastifyInstance, options: Pick<ApiOptions, 'control'>): void {
  for (const name of COMMAND_NAMES) {
    const { effect, needsReason } = COMMANDS[name];
    app.post<{ Body: Order }>(`/api/v1/control/${name}`, {
      schema: {
        operationId: name,
        summary: effect,
        ...(needsReason && { description: 'Needs a reason.' }),
        tags: ['Control'],
        body: Order,
        response: { [ACCEPTED_STATUS[name]]: answerOf('The command was obeyed.', Obeyed), ...PROBLEM_RESPONSES },
      },
      config: { unlimited: NEVER_LIMITED.has(name) },
      handler: (request, reply) => obey(options, name, request, reply),
    });
  }
}

function obey(
  { control }: Pick<ApiOptions, 'control'>,
  name: CommandName,
  request: FastifyRequest<{ Body: Order }>,
  reply: FastifyReply,
): FastifyReply {
  const reason = request.body?.reason ?? '';
  const result = control.command({ name, by: 'operator', surface: 'api', reason });
  request.log.info({ command: name, accepted: result.accepted, status: result.status }, result.message);
  if (!result.accepted) return refuse(request, reply, result);
  return reply.code(ACCEPTED_STATUS[name]).send({ command: name, status: result.status, message: result.message });
}
