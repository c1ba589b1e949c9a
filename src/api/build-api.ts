/** The HTTP surface, put together: guards first, then routes. It does not listen yet. */
import { randomUUID } from 'node:crypto';
import { type FastifyInstance, fastify, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { requireToken, tokenCheck } from './authentication.ts';
import { mountBoard } from './board.ts';
import { controlRoutes } from './control-routes.ts';
import { collectDocs, serveDocs } from './docs.ts';
import { healthRoutes } from './health-routes.ts';
import { limitRoutes } from './limit-routes.ts';
import { metricsRoute } from './metrics.ts';
import type { ApiOptions } from './options.ts';
import { limitRates } from './rate-limits.ts';
import { readRoutes } from './read-routes.ts';
import { answerError, handleErrors } from './request-errors.ts';
import { requireSameOrigin } from './same-origin.ts';
import { secure } from './security-headers.ts';
import { assertUsableToken } from './token.ts';

const BODY_BYTES_MAX = 65_536;
const REQUEST_TIMEOUT_MS = 10_000;

export async function buildApi(options: ApiOptions): Promise<FastifyInstance> {
  assertUsableToken(options.token, 'api.token_file');
  const app = fastify({
    ...(options.logger && { loggerInstance: options.logger }),
    // Request lines hold queries; what matters is logged where it happens.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // A malformed URL finds no route and so no hook.
    frameworkErrors: (error, request, reply) => {
      secure(request, reply);
      answerError(error, request, reply);
    },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  // A form of another site can send plain text without asking first.
  app.removeContentTypeParser('text/plain');
  handleErrors(app);

  const authenticates = tokenCheck(options.token);
  app.addHook('onSend', async (request, reply) => secure(request, reply));
  requireSameOrigin(app, options);
  await limitRates(app);
  requireToken(app, authenticates);

  await collectDocs(app, options.version);
  healthRoutes(app, options, authenticates);
  metricsRoute(app, options);
  readRoutes(app, options.control);
  controlRoutes(app, options);
  limitRoutes(app, options);
  await serveDocs(app);
  if (options.boardAdapters !== undefined) await mountBoard(app, options.boardAdapters);
  return app;
}
