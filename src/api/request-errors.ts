/** From whatever goes wrong while a request is served to a problem that says so; bugs go to the log, not to the caller. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors, type ZodFastifySchemaValidationError } from 'fastify-type-provider-zod';
import { type FieldError, type ProblemCode, pathOf, sendProblem } from './problems.ts';

/** Fastify's own refusals that a caller can mend. */
const REFUSALS: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  FST_ERR_BAD_URL: ['url.malformed', 'The path holds a broken percent escape.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['body.too_large', 'A body may have 64 KiB.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'media_type.unsupported',
    'Send JSON with Content-Type: application/json, or no body at all.',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['body.malformed', 'The body is empty: send {} or leave Content-Type out.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['body.malformed', 'The body is not JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['body.malformed', 'The body is not as long as Content-Length says.'],
};

export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => answerUnknown(app, request, reply));
}

export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const code = error.validationContext === 'body' ? 'body.invalid' : 'query.invalid';
    const errors = error.validation.flatMap(fieldErrors);
    return sendProblem(request, reply, code, errors.map(inWords).join('; '), errors);
  }
  const refusal = REFUSALS[error.code];
  if (refusal !== undefined) return sendProblem(request, reply, ...refusal);
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return sendProblem(request, reply, 'request.refused', 'The request could not be read.');
  }
  request.log.error({ err: error, path: pathOf(request) }, 'a request failed');
  return sendProblem(request, reply, 'servo.failed', `The servo's log has the cause under request ${request.id}.`);
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

function answerUnknown(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = pathOf(request);
  const allowed = METHODS.filter((method) => app.hasRoute({ method, url: path }));
  if (allowed.length === 0) {
    return sendProblem(request, reply, 'route.unknown', `${path} is unknown; /docs lists what there is.`);
  }
  reply.header('allow', allowed.join(', '));
  const detail = `${path} takes ${allowed.join(' or ')}, not ${request.method}.`;
  return sendProblem(request, reply, 'method.not_allowed', detail);
}

const KEY_SHOWN_MAX = 60;

function fieldErrors({ keyword, instancePath, message, params }: ZodFastifySchemaValidationError): FieldError[] {
  if (keyword === 'unrecognized_keys' && Array.isArray(params['keys'])) {
    return params['keys'].map((key) => ({ pointer: `/${escaped(String(key))}`, detail: 'is unknown' }));
  }
  return [{ pointer: instancePath === '/' ? '' : instancePath, detail: message ?? keyword }];
}

/** A key as a step of a JSON pointer (RFC 6901). */
const escaped = (key: string): string => key.slice(0, KEY_SHOWN_MAX).replaceAll('~', '~0').replaceAll('/', '~1');

const inWords = ({ pointer, detail }: FieldError): string => `${pointer.slice(1) || 'it'}: ${detail}`;
