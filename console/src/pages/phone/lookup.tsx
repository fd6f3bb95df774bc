// The answer of a lookup that waits: what it found, or that there was nothing, or that it failed.
import { phoneWords } from "./page_words";
import type { Played } from "./played";

export function LookupAnswer({ lookup, say }: { lookup: NonNullable<Played["lookup"]>; say: (text: string) => void }) {
  const t = phoneWords();
  const answer = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const given = lookup.outputs.map(({ name }) => [name, String(fields.get(name) ?? "")] as const).filter(([, value]) => value !== "");
    say(`answer-lookup {${given.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(", ")}}`);
  };
  return (
    <form class="lookup" onSubmit={answer} aria-label={t.lookup(lookup.name)}>
      <p role="status">{t.lookup(lookup.name)}</p>
      {lookup.outputs.map(({ name, type }) => <label>{`${name} (${type})`} <input name={name} autocomplete="off" /></label>)}
      <div class="buttons">
        <button class="main">{t.found}</button>
        <button type="button" onClick={() => say("fail-lookup not_found")}>{t.notFound}</button>
        <button type="button" onClick={() => say("fail-lookup")}>{t.failed}</button>
      </div>
    </form>
  );
}
