/** The API's own documents: OpenAPI 3.1 from the routes' schemas, and Swagger UI to read and try them. */
import swagger, { type SwaggerTransformObject } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { PAGE_POLICY } from './security-headers.ts';

const DESCRIPTION = `What the servo is doing, and the commands that change it.

Every request needs the token of the servo's token file as \`Authorization: Bearer <token>\`. To read, a browser may also send it as
the password of HTTP Basic, whatever the user; commands take the bearer alone: press **Authorize** and paste the token.

Errors are problem details (RFC 9457) with a stable \`code\`. Lists give \`nextCursor\`; ask again with it for what follows.`;

/** Before the routes, which it collects. */
export async function collectDocs(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Trading Servo', version, description: DESCRIPTION },
      tags: [
        { name: 'Read', description: 'Views from memory and lists from the journal.' },
        { name: 'Control', description: 'Commands to the servo, the same as in Telegram and on the command line.' },
        { name: 'Health', description: 'For supervisors.' },
      ],
      security: [{ bearer: [] }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: "The text of the servo's token file." },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: withoutInputTwins,
  });
}

export async function serveDocs(app: FastifyInstance): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: PAGE_POLICY,
    uiConfig: {
      layout: 'BaseLayout',
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
      displayRequestDuration: true,
      tryItOutEnabled: true,
    },
    theme: { title: 'Trading Servo API' },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  app.get('/', { schema: { hide: true } }, async (_, reply) => reply.redirect('/docs'));
}

/** The library names each shared schema twice, as an answer and as an input; ours are answers. */
const withoutInputTwins: SwaggerTransformObject = (document) => {
  const api = jsonSchemaTransformObject(document);
  const schemas = 'components' in api ? (api.components?.schemas ?? {}) : {};
  for (const name of Object.keys(schemas)) if (name.endsWith('Input')) delete schemas[name];
  return api;
};
