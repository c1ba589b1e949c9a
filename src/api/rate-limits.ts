/** How often one address may ask. The brakes, halt and stop, are never refused. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { sendProblem } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Never refused for being asked too often. */
    unlimited?: boolean;
  }
}

const WINDOW_MS = 60_000;
const READS_PER_WINDOW = 600;
const WRITES_PER_WINDOW = 60;

export async function limitRates(app: FastifyInstance): Promise<void> {
  await app.register(rateLimit, { global: false, timeWindow: WINDOW_MS });
  const countRead = app.createRateLimit({ max: READS_PER_WINDOW });
  const countWrite = app.createRateLimit({ max: WRITES_PER_WINDOW });
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.unlimited === true) return;
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const count = await (reads ? countRead : countWrite)(request);
    if (count.isAllowed || !count.isExceeded) return;
    reply.header('retry-after', count.ttlInSeconds);
    const detail = `${count.max} ${reads ? 'reads' : 'writes'} a minute are allowed; try again in ${count.ttlInSeconds} s.`;
    return sendProblem(request, reply, 'rate.limited', detail);
  });
}
