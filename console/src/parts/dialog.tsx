// Dialogs, by the browser's own <dialog>: the focus stays inside, Escape closes, what is behind is inert.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { shellWords } from "../words/shell";

type Shown = { title: string; isOpen: boolean; onClose: () => void; children: ComponentChildren };

export function Dialog({ title, isOpen, onClose, children }: Shown) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} aria-labelledby={heading} onClose={onClose}>
      <h2 id={heading}>{title}</h2>
      {isOpen && children}
      <button type="button" class="plain close" aria-label={shellWords().close} onClick={() => dialog.current?.close()}>×</button>
    </dialog>
  );
}

type Question = { text: string; action: string; wantsReason: boolean; answer: (reason: string | null) => void };
const question = signal<Question | null>(null);

/** Ask before something that a caller would notice. `null` when it was not wanted; else the reason, "" without one. */
export function confirmed(text: string, action: string, wantsReason = false): Promise<string | null> {
  return new Promise((answer) => {
    question.value = { text, action, wantsReason, answer };
  });
}

export function Questions() {
  const t = shellWords();
  const asked = question.value;
  const end = (reason: string | null) => {
    question.peek()?.answer(reason);
    question.value = null;
  };
  return (
    <Dialog title={asked?.action ?? ""} isOpen={asked !== null} onClose={() => end(null)}>
      <form method="dialog" onSubmit={(event) => end(String(new FormData(event.currentTarget).get("reason") ?? "").trim())}>
        <p>{asked?.text}</p>
        {asked?.wantsReason && <label>{t.reason} <input name="reason" maxLength={200} autocomplete="off" /></label>}
        <div class="buttons">
          <button class="main">{asked?.action}</button>
          <button type="button" onClick={() => end(null)}>{t.cancel}</button>
        </div>
      </form>
    </Dialog>
  );
}
