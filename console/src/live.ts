// What happens, as it happens: one stream of server-sent events for all pages of a tab. It is read by `fetch`, since an
// EventSource could bear no token; a stream that ends is opened again behind the last event that came, so nothing is missed.
// A tab that is hidden closes its stream: browsers open six connections to a server, and tabs are many.
import { signal } from "@preact/signals";
import { answerOf } from "./api";
import { isLoginNeeded } from "./session";

const RETRY_MILLISECONDS = 2000;
const NEXT_MILLISECONDS = 200; // after a stream that ended in good order
const HIDDEN_MILLISECONDS = 5000;
const LONG_MILLISECONDS = 120_000; // a tab that was hidden for longer reads anew instead of catching up

/** One event of `/api/events`: `call`, `account`, `reset` or `heartbeat`. */
export type Told = { name: string; data: any };
export type Listener = (told: readonly Told[]) => void;

/** `idle` while no page listens, or the tab is hidden. */
export const connection = signal<"idle" | "connecting" | "live" | "retrying">("idle");

const listeners = new Set<Listener>();
let lastId = "";
let running: AbortController | null = null;
let hiddenAt = 0;
let hiding = 0;

/**
 * Hear every event until the function that is returned is called. With `after`, the id that came with what the listener
 * knows, the stream begins anew behind it: other listeners may hear something twice, this one misses nothing.
 */
export function listen(listener: Listener, after = ""): () => void {
  listeners.add(listener);
  if (after) begin(after);
  else if (!running) begin(lastId);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      end();
      lastId = "";
    }
  };
}

function begin(after: string): void {
  end();
  lastId = after;
  if (!document.hidden) void run((running = new AbortController()));
}

function end(): void {
  running?.abort();
  running = null;
  connection.value = "idle";
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) {
    hiddenAt = Date.now();
    hiding = window.setTimeout(end, HIDDEN_MILLISECONDS);
  } else if (listeners.size && !running) {
    const isLong = Date.now() - hiddenAt > LONG_MILLISECONDS;
    begin(isLong ? "" : lastId);
    if (isLong) tell([{ name: "reset", data: null }]);
  }
});

async function run(mine: AbortController): Promise<void> {
  connection.value = "connecting";
  while (!mine.signal.aborted) {
    try {
      await readStream(mine.signal);
      await new Promise((later) => setTimeout(later, NEXT_MILLISECONDS));
    } catch {
      if (mine.signal.aborted) return;
      connection.value = "retrying";
      await new Promise((later) => setTimeout(later, RETRY_MILLISECONDS));
      while (isLoginNeeded.peek() && !mine.signal.aborted) await new Promise((later) => setTimeout(later, NEXT_MILLISECONDS));
    }
  }
}

async function readStream(abort: AbortSignal): Promise<void> {
  const headers: Record<string, string> = lastId ? { "Last-Event-ID": lastId } : {};
  const answer = await answerOf("events", { headers, signal: abort });
  if (!answer.body) throw new Error("the stream has no body");
  connection.value = "live";
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ; ) {
    const { value, done } = await reader.read();
    if (done || abort.aborted) return;
    const blocks = (text + value).split("\n\n");
    text = blocks.pop() ?? "";
    tell(blocks.flatMap(parsed));
  }
}

function parsed(block: string): Told[] {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const at = line.indexOf(": ");
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 2));
  }
  lastId = fields.get("id") ?? lastId;
  const name = fields.get("event");
  return name ? [{ name, data: JSON.parse(fields.get("data") ?? "null") }] : [];
}

function tell(told: readonly Told[]): void {
  if (told.length) for (const listener of [...listeners]) listener(told);
}
