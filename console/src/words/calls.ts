// What calls and commands are called, on every page.
import { words } from "../language";
import { calls as en } from "./en/calls";
import { calls as ru } from "./ru/calls";

export const callWords = words({ en, ru });

/** How a call ended, or how it stands while it goes on. */
export function standing(call: { outcome: string; status: string }): string {
  const t = callWords();
  const outcomes: Readonly<Record<string, string>> = t.outcomes;
  const statuses: Readonly<Record<string, string>> = t.statuses;
  return outcomes[call.outcome] ?? statuses[call.status] ?? call.status;
}

/** A state of a command. */
export function commandState(state: string): string {
  return (callWords().commandStates as Readonly<Record<string, string>>)[state] ?? state;
}

/** How a call ended; "" while it goes on. */
export function outcomeWord(outcome: string): string {
  return (callWords().outcomes as Readonly<Record<string, string>>)[outcome] ?? outcome;
}

/** A state of a version. */
export function versionState(state: string): string {
  return (callWords().versionStates as Readonly<Record<string, string>>)[state] ?? state;
}
