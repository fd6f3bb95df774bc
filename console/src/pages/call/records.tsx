// The call's journal as it came, when it is asked for: raw bodies, and what each did.
import { useSignal } from "@preact/signals";
import { ask, inWords, segment } from "../../api";
import { language } from "../../language";
import { clock } from "../../parts/format";
import type { Call } from "../../records";
import { shellWords } from "../../words/shell";
import { pageWords } from "./page_words";

type Line = { at: string; kind: string; body: unknown; trace: string[] };
type Page = { records: Line[]; next: string | null };

export function Records({ call }: { call: Call }) {
  const t = pageWords();
  const lines = useSignal<Line[]>([]);
  const next = useSignal<string | null>("");
  const failure = useSignal("");
  const more = async () => {
    try {
      const query = { account: call.account, limit: 100, cursor: next.value, language: language.peek() };
      const page = await ask<Page>(`calls/${segment(call.entry_id)}/records`, { query });
      lines.value = [...lines.value, ...page.records];
      next.value = page.next;
    } catch (error) {
      failure.value = inWords(error);
    }
  };
  const opened = (event: Event) => {
    if ((event.currentTarget as HTMLDetailsElement).open && !lines.value.length) void more();
  };
  return (
    <details class="records" onToggle={opened}>
      <summary>{t.records}</summary>
      {failure.value && <p class="failed" role="alert">{failure.value}</p>}
      <ol>
        {lines.value.map((line) => (
          <li>
            <p><span class="time">{clock(line.at)}</span> <strong>{line.kind}</strong></p>
            {line.body !== null && <pre tabIndex={0}>{JSON.stringify(line.body, null, 1)}</pre>}
            {line.trace.map((told) => <p class="hint">{told}</p>)}
          </li>
        ))}
      </ol>
      {lines.value.length > 0 && next.value && <button type="button" onClick={() => void more()}>{shellWords().more}</button>}
    </details>
  );
}
