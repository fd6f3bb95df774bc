// Short words about what was done or went wrong. Errors stay until they are closed; the others leave by themselves.
import { signal } from "@preact/signals";
import { inWords } from "../api";
import { shellWords } from "../words/shell";

type Toast = { id: number; kind: "done" | "failed"; text: string };

const SHOWN_MILLISECONDS = 6000;
const toasts = signal<readonly Toast[]>([]);
let next = 1;

function show(kind: Toast["kind"], text: string): void {
  const id = next++;
  toasts.value = [...toasts.value.filter((one) => one.text !== text), { id, kind, text }];
  if (kind === "done") setTimeout(() => close(id), SHOWN_MILLISECONDS);
}

function close(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

export function told(text: string): void {
  show("done", text);
}

export function complain(error: unknown): void {
  show("failed", inWords(error));
}

/** Do something that may fail; whether it went well. Failures are told. */
export async function attempt(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

export function Toasts() {
  const t = shellWords();
  return (
    <div class="toasts" role="log" aria-live="polite" aria-label={t.more}>
      {toasts.value.map((one) => (
        <p key={one.id} class={one.kind} role={one.kind === "failed" ? "alert" : undefined}>
          {one.text}
          <button type="button" class="plain" aria-label={t.close} onClick={() => close(one.id)}>×</button>
        </p>
      ))}
    </div>
  );
}
