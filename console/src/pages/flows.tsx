// Drafts: bundles that are being written. One of them is chosen by the address: #/flows/ID?file=main.yaml.
import { ask, inWords } from "../api";
import { stamp } from "../parts/format";
import { useLoaded } from "../parts/load";
import { Table } from "../parts/table";
import type { Serving } from "../records";
import { go, link, route } from "../route";
import { may } from "../session";
import { attempt } from "../shell/toasts";
import { flowsWords } from "../words/flows";
import type { DraftFacts } from "./flows/draft";
import { Workbench } from "./flows/workbench";

export default function Flows() {
  const { rest } = route.value;
  return rest ? <Workbench key={rest} draftId={rest} /> : <Drafts />;
}

type Known = { drafts: DraftFacts[]; accounts: Serving[] };

async function load(signal: AbortSignal): Promise<Known> {
  const [{ drafts }, { accounts }] = await Promise.all([
    ask<{ drafts: DraftFacts[] }>("drafts", { signal }),
    ask<{ accounts: Serving[] }>("accounts", { signal }),
  ]);
  return { drafts, accounts };
}

function Drafts() {
  const t = flowsWords();
  const known = useLoaded(load, []);
  const { value, error } = known.value;
  return (
    <>
      <h1>{t.title}</h1>
      {error ? <p class="failed" role="alert">{inWords(error)}</p> : null}
      {value && may("author") && <Begin accounts={value.accounts} />}
      {value && (
        <>
          <h2>{t.drafts}</h2>
          <Table caption={t.drafts} rows={value.drafts} id={(draft) => draft.draft_id} empty={t.nothing}
            href={(draft) => link("flows", draft.draft_id)} columns={[
              { title: t.draft, cell: (draft) => draft.name },
              ...(value.accounts.length > 1 ? [{ title: t.account, cell: (draft: DraftFacts) => draft.account }] : []),
              { title: t.changed, cell: (draft) => stamp(draft.changed), kind: "time" },
              { title: t.by, cell: (draft) => draft.changed_by },
              { title: t.from, cell: (draft) => <code>{draft.base.slice(0, 12)}</code> },
            ]} />
        </>
      )}
    </>
  );
}

function Begin({ accounts }: { accounts: readonly Serving[] }) {
  const t = flowsWords();
  const submit = async (form: HTMLFormElement) => {
    const given = Object.fromEntries(new FormData(form)) as { name: string; from: string; account?: string };
    await attempt(async () => {
      const query = { account: given.account };
      const json = { name: given.name, from: given.from };
      const { draft_id } = await ask<DraftFacts>("drafts", { method: "POST", query, json });
      go(link("flows", draft_id));
    });
  };
  return (
    <form class="row" onSubmit={(event) => { event.preventDefault(); void submit(event.currentTarget); }}>
      <label class="wide">{t.name} <input name="name" required maxLength={200} autocomplete="off" /></label>
      {accounts.length > 1 && (
        <label>{t.account} <select name="account">{accounts.map((one) => <option>{one.account}</option>)}</select></label>
      )}
      <label>{t.from} <select name="from">{Object.entries(t.origins).map(([origin, told]) => <option value={origin}>{told}</option>)}</select></label>
      <button class="main">{t.begin}</button>
    </form>
  );
}
