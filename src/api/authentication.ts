/** Who may ask: everything but a route marked public needs the token, and acting needs it as a bearer. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { pathOf, sendProblem } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without a token. */
    public?: boolean;
  }
}

const BEARER = 'Bearer realm="Trading Servo"';
const BASIC = 'Basic realm="Trading Servo", charset="UTF-8"';

/** True when the request carries the token in a scheme that its method may use. */
export type Authenticates = (request: FastifyRequest) => boolean;

export function tokenCheck(token: string): Authenticates {
  const expected = sha256(token);
  return (request) => {
    const given = credentialOf(request);
    return given !== undefined && timingSafeEqual(sha256(given), expected);
  };
}

export function requireToken(app: FastifyInstance, authenticates: Authenticates): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.public === true || authenticates(request)) return;
    return challenge(request, reply);
  });
}

/** Reading changes nothing, so a browser may send the token by itself as a Basic password; acting takes a bearer alone. */
const isRead = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD';

function credentialOf(request: FastifyRequest): string | undefined {
  const [, scheme = '', credential = ''] = /^(\S+) +(\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return credential;
    case 'basic':
      return isRead(request) ? passwordOf(credential) : undefined;
    default:
      return undefined;
  }
}

/** `user:password` in base64; the user may be anybody. */
function passwordOf(credential: string): string | undefined {
  return /^[^:]*:(.*)$/s.exec(Buffer.from(credential, 'base64').toString('utf8'))?.[1];
}

function challenge(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { authorization = '' } = request.headers;
  if (authorization !== '')
    request.log.warn({ path: pathOf(request), from: request.ip }, 'a request was refused: wrong token');
  if (!isRead(request)) {
    reply.header('www-authenticate', BEARER);
    return authorization.toLowerCase().startsWith('bearer ')
      ? sendProblem(request, reply, 'auth.invalid', 'The bearer token is not the one in the token file.')
      : sendProblem(request, reply, 'auth.bearer_required', 'Commands need the header Authorization: Bearer <token>.');
  }
  reply.header('www-authenticate', [BASIC, BEARER]);
  return authorization === ''
    ? sendProblem(
        request,
        reply,
        'auth.required',
        'Send Authorization: Bearer <token>, or the token as password in a browser.',
      )
    : sendProblem(request, reply, 'auth.invalid', 'The token is not the one in the token file.');
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
