// What stands on a call's axis of time: bars and marks in lanes, from the call's object and its timeline. No drawing here.
import type { Call } from "../../records";

export type Heard = {
  at: string;
  until: string | null;
  seconds: number | null;
  ended_by: string;
  command_id: string;
  label: string;
  says: string;
  length: number | null;
};

export type Lookup = {
  step: string;
  at: string;
  answered: string | null;
  seconds: number | null;
  state: string;
  outputs: Record<string, unknown>;
  exit: string;
  why: string;
};

export type Timeline = { version_is_known: boolean; heard: Heard[]; lookups: Lookup[] };

export type Lane = "legs" | "steps" | "heard" | "keys" | "commands" | "lookups" | "timers";
export const LANES: readonly Lane[] = ["legs", "steps", "heard", "keys", "commands", "lookups", "timers"];

/** Seconds since the call came; `to` is null of what goes on, and equal to `from` of what is an instant. */
export type Bar = { lane: Lane; from: number; to: number | null; kind: string; label: string; told: string; step?: number };

export const stepName = (step: { step: string; within?: string }): string =>
  step.within ? `${step.within}.${step.step}` : step.step;

/** All bars, in the order of their beginnings within each lane. */
export function barsOf(call: Call, timeline: Timeline | null): Bar[] {
  const began = Date.parse(call.started);
  const at = (instant: string): number => Math.max(0, (Date.parse(instant) - began) / 1000);
  const or = (instant: string | null | undefined): number | null => (instant ? at(instant) : null);
  const bars: Bar[] = [
    ...call.legs.map((leg): Bar => ({
      lane: "legs", from: at(leg.at), to: or(leg.ended), kind: leg.location || "leg", label: leg.to || leg.location,
      told: [leg.location, `${leg.from} → ${leg.to}`, leg.state, leg.disconnect_reason || ""].filter(Boolean).join(", "),
    })),
    ...call.steps.map((step, number): Bar => ({
      lane: "steps", from: at(step.at), to: or(step.left), kind: "step", label: stepName(step), step: number,
      told: `${stepName(step)} (${step.verb})${step.exit ? `: ${step.exit}` : ""}${step.why ? ` — ${step.why}` : ""}`,
    })),
    ...(timeline?.heard ?? []).map((one): Bar => ({
      lane: "heard", from: at(one.at), to: or(one.until), kind: "heard", label: one.label, told: one.says || one.label,
    })),
    ...call.events.filter((one) => one.kind === "digits").map((one): Bar => ({
      lane: "keys", from: at(one.at), to: at(one.at), kind: "keys", label: String(one.digits ?? ""), told: String(one.digits ?? ""),
    })),
    ...call.commands.map((one): Bar => ({
      lane: "commands", from: at(one.queued), to: or(one.confirmed ?? one.sent) ?? at(one.queued), kind: one.state,
      label: one.label || one.command,
      told: [one.command, one.label, one.state, one.code, one.reason].filter(Boolean).join(", "),
    })),
    ...(timeline?.lookups ?? []).map((one): Bar => ({
      lane: "lookups", from: at(one.at), to: or(one.answered), kind: one.state || "asked", label: one.step,
      told: `${one.step}: ${one.state} ${Object.entries(one.outputs).map(([name, value]) => `${name} = ${String(value)}`).join(", ")}`,
    })),
    ...call.timers.map((one): Bar => ({
      lane: "timers", from: at(one.at), to: one.done === "set" ? at(one.due) : or(one.since) ?? at(one.due), kind: one.done,
      label: one.name, told: `${one.name}: ${one.done}`,
    })),
  ];
  return bars.sort((one, other) => one.from - other.from);
}

/** How long the axis is: the last end, and at least a second. */
export function lengthOf(bars: readonly Bar[], call: Call): number {
  const ends = bars.map((one) => one.to ?? one.from);
  const whole = (Date.parse(call.ended ?? new Date().toISOString()) - Date.parse(call.started)) / 1000;
  return Math.max(1, whole, ...(call.ended ? ends.filter((end) => end < whole + 60) : ends.filter((end) => end <= whole)));
}

/** Bars of one lane in as few rows as there are at a time; the number of rows. */
export function rowsOf(bars: readonly Bar[], length: number, least: number): { row: Map<Bar, number>; count: number } {
  const ends: number[] = [];
  const row = new Map<Bar, number>();
  for (const bar of bars) {
    const end = Math.max(bar.to ?? length, bar.from + least);
    const free = ends.findIndex((taken) => taken <= bar.from);
    const place = free < 0 ? ends.length : free;
    ends[place] = end;
    row.set(bar, place);
  }
  return { row, count: Math.max(1, ends.length) };
}

/** Round distances of the marks of an axis, in whole seconds. */
export function ticksOf(length: number, most: number): number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400];
  const step = steps.find((one) => length / one <= most) ?? 86400;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, number) => number * step);
}
