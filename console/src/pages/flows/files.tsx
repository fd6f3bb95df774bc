// The files of the draft, with what is wrong in each.
import { confirmed } from "../../parts/dialog";
import { flowsWords } from "../../words/flows";
import type { Session } from "./session";

const SUFFIX = /\.(yaml|txt|csv|tsv|json)$/;

export function Files({ session, mayWrite }: { session: Session; mayWrite: boolean }) {
  const t = flowsWords();
  const { draft } = session;
  const findings = session.language.findings.value;
  const names = [...draft.texts.value.keys()].sort();
  const add = (form: HTMLFormElement) => {
    const name = String(new FormData(form).get("name") ?? "").trim();
    if (!SUFFIX.test(name) || draft.texts.peek().has(name)) return;
    draft.write(name, "");
    session.language.files.add(name, "");
    form.reset();
    session.file.value = name;
  };
  const remove = async (name: string) => {
    if ((await confirmed(t.removeFileAsk(name), t.removeFile)) === null) return;
    draft.write(name, null);
    session.language.files.drop(name);
    if (session.file.peek() === name) session.file.value = names.find((one) => one !== name) ?? "";
    session.language.look(0);
  };
  return (
    <nav class="files" aria-label={t.files}>
      <ul>
        {names.map((name) => {
          const wrong = (findings.get(name) ?? []).length;
          return (
            <li>
              <button type="button" class="plain" aria-current={session.file.value === name || undefined} onClick={() => { session.file.value = name; }}>
                {name}{draft.unsaved.value.includes(name) ? " •" : ""}
              </button>
              {wrong > 0 && <span class="count" title={t.problems(wrong)}>{wrong}</span>}
              {mayWrite && session.file.value === name && <button type="button" class="plain" aria-label={`${t.removeFile} ${name}`} onClick={() => void remove(name)}>×</button>}
            </li>
          );
        })}
        {draft.others.value.map((name) => <li class="hint" title={t.tooLarge}>{name}</li>)}
      </ul>
      {mayWrite && (
        <form onSubmit={(event) => { event.preventDefault(); add(event.currentTarget); }}>
          <label>{t.newFile} <input name="name" placeholder="night.yaml" title={t.newFileName} autocomplete="off" pattern=".*\.(yaml|txt|csv|tsv|json)" required /></label>
        </form>
      )}
    </nav>
  );
}
