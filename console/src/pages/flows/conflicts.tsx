// Files in which two people have changed the same place: each place with both texts side by side, and a choice.
import { useSignal } from "@preact/signals";
import { Dialog } from "../../parts/dialog";
import { flowsWords } from "../../words/flows";
import { writtenWords } from "../../words/written";
import { type Choice, type Content, type Merged, type Part, chosen, merge } from "./merge";
import type { Session } from "./session";

const CHOICES: readonly Choice[] = ["mine", "theirs", "both"];
const CONTEXT_LINES = 3;

export function Conflicts({ session }: { session: Session }) {
  const t = flowsWords();
  const { draft } = session;
  const isOpen = useSignal(false);
  const [name] = [...draft.held.value.keys()];
  if (name === undefined) return null;
  return (
    <>
      <p class="failed" role="alert">
        {t.bothChanged(writtenWords().actor(draft.facts.value.changed_by), [...draft.held.value.keys()].join(", "))}{" "}
        <button type="button" class="main" onClick={() => { isOpen.value = true; }}>{t.decide}</button>
      </p>
      <Dialog title={t.decideIn(name)} isOpen={isOpen.value} onClose={() => { isOpen.value = false; }}>
        <Places key={name} session={session} name={name} onDone={() => { isOpen.value = false; }} />
      </Dialog>
    </>
  );
}

function Places({ session, name, onDone }: { session: Session; name: string; onDone: () => void }) {
  const t = flowsWords();
  const { draft } = session;
  const textOf = (texts: ReadonlyMap<string, string>): Content => texts.get(name) ?? null;
  const merged: Merged = merge(draft.held.value.get(name) ?? null, textOf(draft.texts.value), textOf(draft.saved.value));
  let number = 0;
  const take = (form: HTMLFormElement) => {
    const given = new FormData(form);
    const choices = Array.from({ length: number }, (_, place) => given.get(`place-${place}`) as Choice);
    session.put(name, chosen(merged, choices));
    draft.release(name);
    onDone();
  };
  return (
    <form class="places" onSubmit={(event) => { event.preventDefault(); take(event.currentTarget); }}>
      {merged.parts.map((part, place) => (part.kind === "same"
        ? <pre class="diff around">{around(part.lines, place > 0, place < merged.parts.length - 1)}</pre>
        : <Place part={part} number={number++} who={writtenWords().actor(draft.facts.value.changed_by)} />))}
      <button class="main">{t.takeThese}</button>
    </form>
  );
}

/** The lines next to a place. */
function around(lines: readonly string[], isAfter: boolean, isBefore: boolean): string {
  const [first, last] = [isAfter ? lines.slice(0, CONTEXT_LINES) : [], isBefore ? lines.slice(-CONTEXT_LINES) : []];
  const isAll = (isAfter && isBefore && lines.length <= 2 * CONTEXT_LINES) || lines.length <= CONTEXT_LINES;
  return isAll ? lines.join("\n") : [...first, "…", ...last].join("\n");
}

type Conflict = Extract<Part, { kind: "conflict" }>;

function Place({ part, number, who }: { part: Conflict; number: number; who: string }) {
  const t = flowsWords();
  const isWhole = part.isMineGone || part.isTheirsGone;
  const shown = { mine: part.isMineGone ? t.fileGone : part.mine.join("\n") || t.linesGone, theirs: part.isTheirsGone ? t.fileGone : part.theirs.join("\n") || t.linesGone };
  const labels: Readonly<Record<Choice, string>> = { mine: t.mine, theirs: t.theirs(who), both: t.both };
  return (
    <fieldset>
      <legend>{t.place(number + 1)}</legend>
      <div class="sides">
        <figure><figcaption>{t.mine}</figcaption><pre class="diff mine" tabIndex={0}>{shown.mine}</pre></figure>
        <figure><figcaption>{t.theirs(who)}</figcaption><pre class="diff theirs" tabIndex={0}>{shown.theirs}</pre></figure>
      </div>
      <div class="buttons">
        {CHOICES.filter((one) => one !== "both" || !isWhole).map((one) => (
          <label><input type="radio" name={`place-${number}`} value={one} required /> {labels[one]}</label>
        ))}
      </div>
    </fieldset>
  );
}
