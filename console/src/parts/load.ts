// What a page shows of an answer: nothing yet, the answer, or why there is none.
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

export type Loaded<T> = { value: T | null; error: unknown; isLoading: boolean };

type Asking = { abort: AbortController; isAskedAgain: boolean };

/**
 * Ask anew whenever one of `inputs` changes, which ends the question before, and on `again()`, which does not: a slow
 * answer is shown, then asked for once more. The last answer stays until the next one is there.
 */
export function useLoaded<T>(
  question: (abort: AbortSignal) => Promise<T>,
  inputs: readonly unknown[],
): Signal<Loaded<T>> & { again: () => void } {
  const state = useSignal<Loaded<T>>({ value: null, error: null, isLoading: true });
  const asking = useRef<Asking | null>(null);
  const latest = useRef(question);
  latest.current = question;

  const begin = async () => {
    asking.current?.abort.abort();
    const mine: Asking = (asking.current = { abort: new AbortController(), isAskedAgain: false });
    const { signal } = mine.abort;
    state.value = { ...state.peek(), isLoading: true };
    let told: Loaded<T>;
    try {
      told = { value: await latest.current(signal), error: null, isLoading: false };
    } catch (error) {
      told = { ...state.peek(), error, isLoading: false };
    }
    if (signal.aborted) return;
    asking.current = null;
    state.value = told;
    if (mine.isAskedAgain) void begin();
  };
  const again = () => {
    if (asking.current) asking.current.isAskedAgain = true;
    else void begin();
  };

  useEffect(() => {
    void begin();
    return () => asking.current?.abort.abort();
  }, inputs);
  return Object.assign(state, { again });
}
