/** What the API is given: one door to the servo, one token, and what only the process around it knows. */
import type { BaseAdapter } from '@bull-board/api/baseAdapter';
import type { FastifyBaseLogger } from 'fastify';
import type { ServoControl } from '../servo/control.ts';
import type { HealthCheck } from '../servo/health.ts';

export interface ApiOptions {
  readonly control: ServoControl;
  readonly token: string;
  /** The address it will listen on, and the name by which browsers may ask for it beside the loopback names. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly version: string;
  /** The safety monitor ran lately: what /healthz answers. */
  readonly alive: () => boolean;
  /** What /readyz answers: not ready when any of them fails. */
  readonly checks: () => Promise<readonly HealthCheck[]>;
  /** The queues to show, each in readOnlyMode; without them there is no board. */
  readonly boardAdapters?: readonly BaseAdapter[] | undefined;
  /** The queues' own metrics in Prometheus' text format. */
  readonly queueMetrics?: (() => Promise<string>) | undefined;
  readonly logger?: FastifyBaseLogger | undefined;
}
