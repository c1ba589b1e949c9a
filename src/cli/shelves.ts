/** Which file registers which commands, so that one command does not load what another needs. */
import type { Command } from 'commander';

export interface Shelf {
  /** Of the help. */
  readonly heading: string;
  readonly commands: readonly string[];
  readonly register: () => Promise<(program: Command) => void>;
}

/** In the order of the help. */
const SHELVES: readonly Shelf[] = [
  { heading: 'Trade:', commands: ['run'], register: async () => (await import('./run-options.ts')).registerRun },
  {
    heading: 'Research:',
    commands: ['backtest'],
    register: async () => (await import('./backtest-options.ts')).registerBacktest,
  },
  {
    heading: 'Research:',
    commands: ['sweep'],
    register: async () => (await import('./sweep-options.ts')).registerSweep,
  },
  {
    heading: 'Research:',
    commands: ['train'],
    register: async () => (await import('./train-options.ts')).registerTrain,
  },
  { heading: 'Research:', commands: ['data'], register: async () => (await import('./data.ts')).registerData },
  {
    heading: 'Research:',
    commands: ['check-lookahead'],
    register: async () => (await import('./check-lookahead.ts')).registerCheckLookahead,
  },
  { heading: 'Research:', commands: ['costs'], register: async () => (await import('./costs.ts')).registerCosts },
  { heading: 'Research:', commands: ['model'], register: async () => (await import('./model.ts')).registerModel },
  {
    heading: 'Look:',
    commands: ['status', 'positions', 'risk', 'report', 'why'],
    register: async () => (await import('./reads.ts')).registerReads,
  },
  {
    heading: 'Operate a running servo:',
    commands: ['pause', 'resume', 'flatten', 'halt', 'disarm', 'reset', 'stop'],
    register: async () => (await import('./control.ts')).registerControl,
  },
  {
    heading: 'Operate a running servo:',
    commands: ['limits'],
    register: async () => (await import('./limits.ts')).registerLimits,
  },
  {
    heading: 'Operate a running servo:',
    commands: ['arm'],
    register: async () => (await import('./arm.ts')).registerArm,
  },
  { heading: 'Care:', commands: ['doctor'], register: async () => (await import('./doctor.ts')).registerDoctor },
  { heading: 'Care:', commands: ['config'], register: async () => (await import('./config.ts')).registerConfig },
  { heading: 'Care:', commands: ['db'], register: async () => (await import('./database.ts')).registerDatabase },
];

/** That of the command, or all of them where the first word is none: help and advice on spelling need every name. */
export function shelvesFor(word: string | undefined): readonly Shelf[] {
  const own = SHELVES.filter(({ commands }) => word !== undefined && commands.includes(word));
  return own.length > 0 ? own : SHELVES;
}
