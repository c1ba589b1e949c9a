/** The queues for the eye: bull-board at /queues, which shows and never acts. */
import { createBullBoard } from '@bull-board/api';
import type { BaseAdapter } from '@bull-board/api/baseAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance } from 'fastify';
import { sendProblem } from './problems.ts';
import { PAGE_POLICY } from './security-headers.ts';

const BASE_PATH = '/queues';

export async function mountBoard(app: FastifyInstance, adapters: readonly BaseAdapter[]): Promise<void> {
  const writable = adapters.find(({ readOnlyMode }) => !readOnlyMode);
  if (writable !== undefined)
    throw new Error(`the board may only show: queue ${writable.getName()} is not in readOnlyMode`);

  const board = new FastifyAdapter().setBasePath(BASE_PATH);
  createBullBoard({
    queues: adapters,
    serverAdapter: board,
    options: {
      uiConfig: {
        boardTitle: 'Trading Servo',
        environment: { label: 'read-only', color: '#475569', textColor: '#ffffff' },
        miscLinks: [{ text: 'API', url: '/docs' }],
        hideDocsLink: true,
      },
    },
  });
  board.setErrorHandler((error) => {
    app.log.error({ err: error }, 'the board failed to answer');
    return { status: 500, body: { error: "The board failed to answer; the servo's log has the cause." } };
  });
  await app.register(async (pages) => {
    pages.addHook('onRequest', async (request, reply) => {
      if (request.method === 'GET' || request.method === 'HEAD') return;
      reply.header('allow', 'GET, HEAD');
      return sendProblem(request, reply, 'method.not_allowed', 'The board shows the queues and changes nothing.');
    });
    // Its page asks for fonts of another site; the policy keeps it at home and the system's fonts serve.
    pages.addHook('onSend', async (_, reply) => {
      reply.header('content-security-policy', PAGE_POLICY);
    });
    await pages.register(board.registerPlugin(), { prefix: BASE_PATH });
  });
}
