// What an account serves now: its flows with their lines, and the files that they were published as. Of several accounts a
// line each.
import { useSignal } from "@preact/signals";
import { answerOf, ask, inWords, segment } from "../../api";
import { sharing } from "../../parts/accounts";
import { number } from "../../parts/format";
import { useLoaded } from "../../parts/load";
import { Table } from "../../parts/table";
import type { Flow, Serving } from "../../records";
import { link } from "../../route";
import { attempt } from "../../shell/toasts";
import { flowsWords } from "../../words/flows";
import type { DraftFacts } from "./draft";

type StoredFile = { name: string; bytes: number };

export function Bundles({ accounts, drafts }: { accounts: readonly Serving[]; drafts: readonly DraftFacts[] }) {
  const t = flowsWords();
  return (
    <>
      <h2>{t.bundles}</h2>
      <Table caption={t.bundles} rows={accounts} id={(one) => one.account} empty="" href={(one) => link("flows", "", { account: one.account })} columns={[
        { title: t.account, cell: (one) => one.account },
        { title: t.active, cell: (one) => (one.active ? <code>{one.active.slice(0, 12)}</code> : t.nothingActive) },
        { title: t.canary, cell: (one) => <code>{one.canary?.slice(0, 12)}</code> },
        { title: t.drafts, cell: (one) => number(drafts.filter((draft) => draft.account === one.account).length), kind: "number" },
        { title: t.directory, cell: (one) => <code>{one.directory}</code> },
      ]} />
    </>
  );
}

export function Bundle({ serving, accounts }: { serving: Serving; accounts: readonly Serving[] }) {
  const t = flowsWords();
  const { account, active } = serving;
  const others = sharing(accounts, account).map((one) => one.account);
  return (
    <section aria-label={t.bundle}>
      <h2>{t.bundle}</h2>
      {active
        ? <p>{t.activeNow} <code>{active.slice(0, 12)}</code> · <a href={link("change", "", { account: accounts.length > 1 ? account : "" })}>{t.versions}</a></p>
        : <p class="empty">{t.nothingActive}</p>}
      {others.length > 0 && <p class="hint">{t.shared(serving.directory, others.join(", "))}</p>}
      {active && <Contents account={account} version={active} />}
    </section>
  );
}

function Contents({ account, version }: { account: string; version: string }) {
  const t = flowsWords();
  const path = `versions/${segment(version)}`;
  const found = useLoaded(async (signal) => {
    const [{ flows }, { files }] = await Promise.all([
      ask<{ flows: Flow[] }>(`${path}/flows`, { query: { account }, signal }),
      ask<{ files: StoredFile[] }>(`${path}/files`, { query: { account }, signal }),
    ]);
    return { flows, files };
  }, [account, version]);
  const { value, error } = found.value;
  if (error) return <p class="failed" role="alert">{inWords(error)}</p>;
  if (!value) return null;
  return (
    <>
      <Table caption={t.flows} rows={value.flows} id={(flow) => flow.name} empty="" columns={[
        { title: t.flow, cell: (flow) => flow.name },
        { title: t.lines, cell: (flow) => (flow.takes_calls ? flow.lines.join(", ") || t.everyLine : t.runBy) },
        { title: t.runs, cell: (flow) => flow.runs.join(", ") },
      ]} />
      <h3>{t.files}</h3>
      {value.files.map((file) => <OneFile key={file.name} file={file} path={path} account={account} />)}
    </>
  );
}

const MOST_BYTES = 400_000;

/** Its text is read when it is opened. */
function OneFile({ file, path, account }: { file: StoredFile; path: string; account: string }) {
  const t = flowsWords();
  const text = useSignal<string | null>(null);
  const open = (event: Event) => {
    if (!(event.currentTarget as HTMLDetailsElement).open || text.peek() !== null || file.bytes > MOST_BYTES) return;
    const name = file.name.split("/").map(segment).join("/");
    void attempt(async () => { text.value = await (await answerOf(`${path}/files/${name}`, { query: { account } })).text(); });
  };
  return (
    <details onToggle={open}>
      <summary>{file.name} <span class="hint">{t.bytes(number(file.bytes))}</span></summary>
      {file.bytes > MOST_BYTES
        ? <p class="hint">{file.name} {t.tooLarge}</p>
        : <pre class="diff" tabIndex={0} role="region" aria-label={file.name}>{text.value}</pre>}
    </details>
  );
}
