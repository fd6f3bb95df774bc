// What a page shows of an answer: nothing yet, the answer, or why there is none. A newer question ends an older one.
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

export type Loaded<T> = { value: T | null; error: unknown; isLoading: boolean };

/** Ask anew whenever one of `inputs` changes, and on `again()`. The last answer stays until the next one is there. */
export function useLoaded<T>(
  question: (abort: AbortSignal) => Promise<T>,
  inputs: readonly unknown[],
): Signal<Loaded<T>> & { again: () => void } {
  const state = useSignal<Loaded<T>>({ value: null, error: null, isLoading: true });
  const running = useRef<AbortController | null>(null);
  const latest = useRef(question);
  latest.current = question;
  const again = () => {
    running.current?.abort();
    const mine = (running.current = new AbortController());
    state.value = { ...state.peek(), isLoading: true };
    Promise.resolve().then(() => latest.current(mine.signal)).then(
      (value) => { if (!mine.signal.aborted) state.value = { value, error: null, isLoading: false }; },
      (error: unknown) => { if (!mine.signal.aborted) state.value = { ...state.peek(), error, isLoading: false }; },
    );
  };
  useEffect(() => {
    again();
    return () => running.current?.abort();
  }, inputs);
  return Object.assign(state, { again });
}
