/** Keeps other web pages out: the Host must be ours (DNS rebinding) and so must an Origin (cross-site requests). */
import { isIPv6 } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiOptions } from './options.ts';
import { sendProblem } from './problems.ts';

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];
const HTTP_PORT = 80;

export const hostInUrl = (host: string): string => (isIPv6(host) ? `[${host}]` : host.toLowerCase());

export function requireSameOrigin(app: FastifyInstance, { host, port }: Pick<ApiOptions, 'host' | 'port'>): void {
  const names = [...new Set([...LOOPBACK_NAMES, hostInUrl(host)])];
  app.addHook('onRequest', async (request, reply) => {
    // The port that answers: the configured one may have been 0.
    const hosts = hostsAt(names, request.socket.localPort ?? port);
    const asked = request.headers.host?.toLowerCase();
    if (asked === undefined || !hosts.includes(asked)) return refuseHost(request, reply, hosts);
    const { origin } = request.headers;
    if (origin !== undefined && origin.toLowerCase() !== `http://${asked}`) return refuseOrigin(request, reply);
  });
}

const hostsAt = (names: readonly string[], port: number): string[] => [
  ...names.map((name) => `${name}:${port}`),
  ...(port === HTTP_PORT ? names : []),
];

const refuseHost = (request: FastifyRequest, reply: FastifyReply, hosts: readonly string[]): FastifyReply =>
  sendProblem(request, reply, 'host.not_allowed', `The Host header must be one of ${hosts.join(', ')}.`);

const refuseOrigin = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  sendProblem(request, reply, 'origin.not_allowed', 'Only pages of this servo may ask from a browser.');
