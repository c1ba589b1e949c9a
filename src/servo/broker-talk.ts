/** What the servo lends to the rooms that talk to its broker: the ports, the book, and its way to bound and count what fails. */
import type { Broker, Clock } from '../domain/ports.ts';
import type { Component } from '../domain/servo.ts';
import type { ServoState } from '../domain/state.ts';
import type { Book } from './book.ts';

export interface BrokerTalk {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly state: () => ServoState;
  readonly commit: Book['commit'];
  readonly guard: <T>(component: Component, call: () => Promise<T>) => Promise<T>;
}
