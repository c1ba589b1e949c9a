/** Liveness and readiness for supervisors: public, and empty for whoever holds no token. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { HealthCheck } from '../servo/health.ts';
import { answerOf } from './answers.ts';
import type { Authenticates } from './authentication.ts';
import type { ApiOptions } from './options.ts';

const checkStatus = z.enum(['ok', 'warn', 'fail']);

const Alive = z.object({ alive: z.boolean() }).meta({ id: 'Alive' });
const Readiness = z
  .object({
    status: checkStatus,
    checks: z
      .array(z.object({ name: z.string(), status: checkStatus, latencyMs: z.number(), detail: z.string() }))
      .optional()
      .describe('Only for the holder of the token.'),
  })
  .meta({ id: 'Readiness' });

const GRAVEST_FIRST: readonly HealthCheck['status'][] = ['fail', 'warn', 'ok'];

export function healthRoutes(
  app: FastifyInstance,
  options: Pick<ApiOptions, 'alive' | 'checks'>,
  authenticates: Authenticates,
): void {
  app.get('/healthz', {
    schema: {
      operationId: 'healthz',
      summary: 'Is the process alive? 503 when its safety monitor has not run lately',
      tags: ['Health'],
      security: [],
      response: { 200: answerOf('Alive.', Alive), 503: answerOf('The safety monitor is silent.', Alive) },
    },
    config: { public: true },
    handler: async (_, reply) => {
      const alive = options.alive();
      return reply.code(alive ? 200 : 503).send({ alive });
    },
  });
  app.get('/readyz', {
    schema: {
      operationId: 'readyz',
      summary: 'Can it trade? 503 when a check fails',
      tags: ['Health'],
      security: [{}, { bearer: [] }],
      response: { 200: answerOf('Ready.', Readiness), 503: answerOf('A check failed.', Readiness) },
    },
    config: { public: true },
    handler: async (request, reply) => {
      const checks = await runChecks(options, request);
      const status = GRAVEST_FIRST.find((gravest) => checks.some((check) => check.status === gravest)) ?? 'ok';
      return reply.code(status === 'fail' ? 503 : 200).send({ status, ...(authenticates(request) && { checks }) });
    },
  });
}

/** A check that cannot be made has failed. */
async function runChecks(
  { checks }: Pick<ApiOptions, 'checks'>,
  request: FastifyRequest,
): Promise<readonly HealthCheck[]> {
  try {
    return await checks();
  } catch (error) {
    request.log.error({ err: error }, 'the readiness checks failed');
    return [{ name: 'checks', status: 'fail', latencyMs: 0, detail: "could not be made; see the servo's log" }];
  }
}
