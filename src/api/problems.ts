/** Errors as RFC 9457 problem details: every way in which a request can fail, with a code that never changes. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { answerOf } from './answers.ts';

const PROBLEMS = {
  'url.malformed': { status: 400, title: 'The URL is malformed' },
  'query.invalid': { status: 400, title: 'The query is invalid' },
  'body.malformed': { status: 400, title: 'The body cannot be read' },
  'request.refused': { status: 400, title: 'The request was refused' },
  'auth.required': { status: 401, title: 'A token is required' },
  'auth.invalid': { status: 401, title: 'The token is wrong' },
  'auth.bearer_required': { status: 401, title: 'A bearer token is required' },
  'arming.account_wrong': { status: 403, title: 'The account number is wrong' },
  'arming.code_wrong': { status: 403, title: 'The code is wrong' },
  'arming.code_used': { status: 403, title: 'The code has been used' },
  'command.forbidden': { status: 403, title: 'The command is not given here' },
  'origin.not_allowed': { status: 403, title: 'Another site may not ask' },
  'route.unknown': { status: 404, title: 'There is nothing here' },
  'method.not_allowed': { status: 405, title: 'The method is not allowed' },
  'state.not_halted': { status: 409, title: 'The servo is not halted' },
  'state.not_paused': { status: 409, title: 'The servo is not paused' },
  'state.limit_unchanged': { status: 409, title: 'The limit is so already' },
  'state.loosening_unconfirmed': { status: 409, title: 'A loosening must be confirmed' },
  'state.stopping': { status: 409, title: 'The servo is stopping' },
  'state.halted': { status: 409, title: 'The servo is halted' },
  'state.not_live': { status: 409, title: 'The money is not real' },
  'state.not_armed': { status: 409, title: 'Live trading is not armed' },
  'arming.no_second_factor': { status: 409, title: 'There is no second factor' },
  'arming.conditions_fail': { status: 409, title: 'A condition of live trading fails' },
  'body.too_large': { status: 413, title: 'The body is too large' },
  'media_type.unsupported': { status: 415, title: 'The media type is not supported' },
  'host.not_allowed': { status: 421, title: 'This host is not served here' },
  'body.invalid': { status: 422, title: 'The body is invalid' },
  'body.reason_missing': { status: 422, title: 'A reason is required' },
  'body.arming_incomplete': { status: 422, title: 'The arming is incomplete' },
  'arming.locked': { status: 429, title: 'Too many attempts to arm' },
  'rate.limited': { status: 429, title: 'Too many requests' },
  'servo.failed': { status: 500, title: 'The servo failed to answer' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;
const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

const TYPE_PREFIX = 'urn:trading-servo:problem:';

/** Where in the body or the query, and what is wrong there. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

const Problem = z
  .object({
    type: z.string().describe('A name for this kind of problem.'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().describe('What happened and how to mend it.'),
    instance: z.string().describe('The path that was asked for.'),
    code: z.enum(PROBLEM_CODES),
    requestId: z.string().describe('As in the x-request-id header and in the log.'),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .meta({
    id: 'Problem',
    examples: [
      {
        type: `${TYPE_PREFIX}state.not_halted`,
        title: PROBLEMS['state.not_halted'].title,
        status: 409,
        detail: 'Nothing to reset: the servo is running.',
        instance: '/api/v1/control/reset',
        code: 'state.not_halted',
        requestId: '980676af-cdb4-4e21-bec0-2817e039e40d',
      },
    ],
  });

const PROBLEM_TYPE = 'application/problem+json';

/** What every operation of the API may answer beside its own. */
export const PROBLEM_RESPONSES = {
  401: answerOf('No token, or a wrong one.', Problem, PROBLEM_TYPE),
  429: answerOf('Too many requests; Retry-After says for how long.', Problem, PROBLEM_TYPE),
  default: answerOf('Any other problem.', Problem, PROBLEM_TYPE),
};

/** Sent, never thrown: the board's pages have an error handler of their own. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  code: ProblemCode,
  detail: string,
  errors?: readonly FieldError[],
): FastifyReply {
  const { status, title } = PROBLEMS[code];
  const problem = {
    type: `${TYPE_PREFIX}${code}`,
    title,
    status,
    detail,
    instance: pathOf(request),
    code,
    requestId: request.id,
    ...(errors && { errors }),
  };
  return reply.code(status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

/** Without the query, which may hold anything. */
export const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '';
