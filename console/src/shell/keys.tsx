// Keys without a modifier: one ("j"), or two in a row ("g n"). They rest while somebody types, and while a dialog is open.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Dialog } from "../parts/dialog";
import { shellWords } from "../words/shell";

export type Key = { keys: string; told: () => string; run: () => void };

const PAIR_MILLISECONDS = 1500;
const known = signal<readonly Key[]>([]);
export const areKeysShown = signal(false);
let first = "";
let firstAt = 0;

/** Bind keys for as long as a component is shown. */
export function useKeys(keys: readonly Key[]): void {
  useEffect(() => {
    known.value = [...known.peek(), ...keys];
    return () => {
      known.value = known.peek().filter((one) => !keys.includes(one));
    };
  }, []);
}

/** `target` is where the key went: inside of a shadow root, too, where the editor is. */
function isTyping(target: EventTarget | undefined): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || isTyping(event.composedPath()[0])) return;
  if (event.key === "?") {
    areKeysShown.value = true;
    event.preventDefault();
    return;
  }
  const pair = event.timeStamp - firstAt < PAIR_MILLISECONDS ? `${first} ${event.key}` : "";
  const found = known.peek().findLast((one) => one.keys === pair) ?? known.peek().findLast((one) => one.keys === event.key);
  first = found ? "" : event.key;
  firstAt = event.timeStamp;
  if (found) {
    found.run();
    event.preventDefault();
  }
});

export function KeysDialog() {
  const t = shellWords();
  return (
    <Dialog title={t.keys.title} isOpen={areKeysShown.value} onClose={() => { areKeysShown.value = false; }}>
      <dl class="facts">
        {[...known.value, { keys: "?", told: () => t.keys.show }].map((one) => (
          <>
            <dt><kbd>{one.keys.split(" ").join(` ${t.keys.then} `)}</kbd></dt>
            <dd>{one.told()}</dd>
          </>
        ))}
      </dl>
    </Dialog>
  );
}
