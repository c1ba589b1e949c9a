/** What can be ordered: one route for each command of the registry. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type ArmingRequest, COMMAND_NAMES, COMMANDS, type CommandName } from '../domain/commands.ts';
import { ARM_FOR } from '../servo/arm.ts';
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

const [LEAST_S, MOST_S] = [ARM_FOR.leastMs / 1_000, ARM_FOR.mostMs / 1_000];
const ArmOrder = z.strictObject({
  account: z
    .string('must be text')
    .min(1, 'must not be empty')
    .max(32)
    .meta({ description: 'Its number, typed by the person.' }),
  code: z
    .string('must be text')
    .regex(/^\d{6}$/, 'must be six digits')
    .meta({ description: "From the person's authenticator." }),
  forSeconds: z
    .int('must be a whole number')
    .min(LEAST_S, `must be ${LEAST_S} or more`)
    .max(MOST_S, `must be ${MOST_S} or less`)
    .meta({ description: 'How long it holds.', examples: [28_800] }),
  reason: reasonText,
});
type Order = z.infer<typeof Order> | z.infer<typeof ArmOrder>;

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
  arm: 200,
  disarm: 200,
  stop: 200,
  reset: 200,
};

/** The brakes work however often they are pressed. */
const NEVER_LIMITED: ReadonlySet<CommandName> = new Set(['halt', 'disarm', 'stop']);

const REFUSALS: Record<RefusalCode, ProblemCode> = {
  reason_missing: 'body.reason_missing',
  not_halted: 'state.not_halted',
  not_paused: 'state.not_paused',
  stopping: 'state.stopping',
  value_invalid: 'body.invalid',
  limit_unchanged: 'state.limit_unchanged',
  loosening_unconfirmed: 'state.loosening_unconfirmed',
  surface_forbidden: 'command.forbidden',
  not_live: 'state.not_live',
  not_armed: 'state.not_armed',
  halted: 'state.halted',
  arming_incomplete: 'body.arming_incomplete',
  no_second_factor: 'arming.no_second_factor',
  conditions_fail: 'arming.conditions_fail',
  arming_locked: 'arming.locked',
  account_wrong: 'arming.account_wrong',
  code_wrong: 'arming.code_wrong',
  code_used: 'arming.code_used',
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
        body: name === 'arm' ? ArmOrder : Order,
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
  const arming = armingOf(request.body);
  const result = control.command({ name, by: 'operator', surface: 'api', reason, ...(arming && { arming }) });
  request.log.info({ command: name, accepted: result.accepted, status: result.status }, result.message);
  if (!result.accepted) return refuse(request, reply, result);
  return reply.code(ACCEPTED_STATUS[name]).send({ command: name, status: result.status, message: result.message });
}

function armingOf(order: Order): ArmingRequest | undefined {
  if (order === null || !('code' in order)) return undefined;
  const { account, code, forSeconds } = order;
  return { account, code, forMs: forSeconds * 1_000 };
}
