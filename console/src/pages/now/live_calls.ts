// All live calls, kept as the events tell: read once, then moved along. Painters are told once a frame, however many events
// came, and lists twice a second, so that a burst costs what one event does.
import { signal } from "@preact/signals";
import { ask, inWords } from "../../api";
import { type Told, listen } from "../../live";
import type { CallEvent, LiveCall } from "../../records";

const LIVE = new Set(["running", "resting", "leaving", "closing"]);
const MOST_MOVES = 64; // of one frame; a burst shows where it goes, not each of its calls
const RETRY_MILLISECONDS = 2000;
const NEWS_MILLISECONDS = 500;

/** A call went from one step to another. */
export type Move = { account: string; version: string; flow: string; panel: string; from: string; to: string };

/** Calls by account and id. It is changed in place; painters are told at once, and `news` changes for lists. */
export const liveCalls = new Map<string, LiveCall>();
export const news = signal(0);
export const failure = signal("");

const painters = new Set<(moves: readonly Move[]) => void>();
let moves: Move[] = [];
let frame = 0;
let timer = 0;

const nameOf = (call: { account: string; entry_id: string }) => `${call.account}\u0000${call.entry_id}`;

/** Be called before a frame in which calls have changed, with their moves. Returns what ends it. */
export function paint(painter: (moves: readonly Move[]) => void): () => void {
  painters.add(painter);
  painter([]);
  return () => painters.delete(painter);
}

/** Follow the live calls until the function that is returned is called. */
export function follow(): () => void {
  const ended = new AbortController();
  let stop: () => void = () => undefined;
  const begin = async () => {
    try {
      const { after, calls } = await ask<{ after: string; calls: LiveCall[] }>("live", { signal: ended.signal });
      if (ended.signal.aborted) return;
      liveCalls.clear();
      for (const call of calls) liveCalls.set(nameOf(call), call);
      failure.value = "";
      stop();
      stop = listen(hear, after);
      soon();
    } catch (error) {
      if (ended.signal.aborted) return;
      failure.value = inWords(error);
      setTimeout(() => { if (!ended.signal.aborted) void begin(); }, RETRY_MILLISECONDS);
    }
  };
  const hear = (told: readonly Told[]) => {
    if (told.some((one) => one.name === "reset")) void begin();
    for (const one of told) if (one.name === "call") take(one.data as CallEvent);
    if (told.some((one) => one.name === "call")) soon();
  };
  void begin();
  return () => {
    ended.abort();
    stop();
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    frame = timer = 0;
    liveCalls.clear();
  };
}

function take({ account, entry_id, state, what }: CallEvent): void {
  if (!state) return;
  for (const { kind, data } of what) {
    if (kind === "left" && data.step && data.goto && moves.length < MOST_MOVES) {
      moves.push({ account, version: state.version, flow: state.flow, panel: data.within || state.flow, from: data.step, to: data.goto });
    }
  }
  if (LIVE.has(state.status)) liveCalls.set(nameOf({ account, entry_id }), { account, entry_id, state });
  else liveCalls.delete(nameOf({ account, entry_id }));
}

function soon(): void {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    const moved = moves;
    moves = [];
    for (const painter of painters) painter(moved);
  });
  timer ||= window.setTimeout(() => {
    timer = 0;
    news.value += 1;
  }, news.peek() ? NEWS_MILLISECONDS : 0);
}
