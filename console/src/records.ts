// The objects of the API that several pages read. Instants are RFC 3339 texts.
export type CallRow = {
  account: string;
  entry_id: string;
  status: string;
  flow: string;
  version: string;
  line: string;
  caller: string;
  started: string;
  ended: string | null;
  outcome: string;
  answered_by: string;
  step: string;
  exit: string;
};

export type Command = {
  account: string;
  entry_id: string;
  command_id: string;
  command: string;
  label: string;
  state: string;
  queued: string;
  sent?: string | null;
  confirmed?: string | null;
  deadline: string | null;
  code: number | null;
  wait_seconds: number | null;
  reason: string;
};

export type Window = {
  window: string;
  count: number;
  seconds: number;
  share: number;
  occupied: number;
  free_at: string[];
  next_free: string | null;
  closed_until: string | null;
  queued: number;
};

export type AccountLimits = {
  account: string;
  share: number;
  paused: { until: string; reason: string } | null;
  windows: Window[];
  /** Seconds that a new command of each kind would wait. */
  waits: Record<string, number>;
};

export type Serving = {
  account: string;
  active: string;
  canary: string | null;
  share: number;
  since: string | null;
  paused: boolean;
  /** Of its bundle; accounts may share one. */
  directory: string;
};

export type Version = {
  account: string;
  version: string;
  state: string;
  created: string;
  activated: string | null;
  live_calls?: number | null;
  /** What the router has to say of it, and what its author said. */
  note: string;
  message: string;
};

export type Clause = { clause: string; value: unknown; names?: Record<string, unknown> };

export type Call = {
  entry_id: string;
  account: string;
  flow: string;
  version: string;
  line: string;
  caller: string;
  started: string;
  ended: string | null;
  outcome: string;
  legs: {
    at: string;
    call_id: string;
    location: string;
    from: string;
    to: string;
    state: string;
    connected: string | null;
    ended: string | null;
    disconnect_reason: number | null;
  }[];
  events: ({ at: string; kind: string; digits?: string } & Record<string, unknown>)[];
  timers: { at: string; name: string; due: string; done: string; since?: string }[];
  steps: {
    at: string;
    step: string;
    verb: string;
    within?: string;
    exit: string;
    goto: string;
    why: string;
    left: string | null;
    clauses: { when: string; value: unknown; clauses?: Clause[] }[];
  }[];
  commands: (Command & { given?: { actor: string; reason: string; outcome?: string; why?: string } })[];
  [fact: string]: unknown;
};

export type CallState = {
  status: string;
  flow: string;
  version: string;
  /** The sub-flow that is in control; "" for the flow itself. */
  within: string;
  step: string;
  by_hand: string;
  since: string | null;
  line: string;
  caller: string;
  where: { location: string; state: string; with: string; group: string; since: string } | null;
  answered_by: string;
  started: string;
  outcome: string;
};

export type LiveCall = { account: string; entry_id: string; state: CallState };

/** What `/api/events` tells of a call. */
export type CallEvent = LiveCall & {
  kind: string;
  what: { kind: string; data: { step?: string; within?: string; goto?: string; exit?: string } }[];
};

export type Alarm = {
  code: string;
  severity: "error" | "warning";
  told: string;
  account: string;
  facts: Record<string, string | number | null>;
};

export type Flow = { name: string; takes_calls: boolean; lines: string[]; runs: string[] };

export type Check = { area: string; level: "ok" | "warning" | "error" | "skipped"; told: string; remedy: string };
