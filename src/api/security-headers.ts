/** Headers on every answer: nothing is sniffed, framed, cached or sent on to another site. */
import type { FastifyReply, FastifyRequest } from 'fastify';

/** For data: a browser that is shown it as a page loads and runs nothing. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** For our own pages: everything comes from here, nothing goes anywhere else. Their libraries set styles inline. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function secure(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers({
    'x-request-id': request.id,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': DATA_POLICY,
  });
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
}
