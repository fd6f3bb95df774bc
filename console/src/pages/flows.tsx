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
import { writtenWords } from "../words/written";
import { AccountChoice, accountOf, ofAccount } from "../parts/accounts";
import { Bundle, Bundles } from "./flows/bundle";
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
  const account = accountOf();
  const isOne = Boolean(account) || value?.accounts.length === 1;
  const serving = value?.accounts.find((one) => !account || one.account === account);
  return (
    <>
      <div class="title">
        <h1>{t.title}</h1>
        {value && <AccountChoice page="flows" accounts={value.accounts} chosen={account} />}
      </div>
      {error ? <p class="failed" role="alert">{inWords(error)}</p> : null}
      {value && !serving && <p class="failed" role="alert">{t.noAccount(account)}</p>}
      {value && serving && may("author") && <Begin key={account} accounts={value.accounts} chosen={account} />}
      {value && serving && (
        <>
          <h2>{t.drafts}</h2>
          <Table caption={t.drafts} rows={ofAccount(value.drafts, account)} id={(draft) => draft.draft_id} empty={t.nothing}
            href={(draft) => link("flows", draft.draft_id, { account })} columns={[
              { title: t.draft, cell: (draft) => draft.name },
              ...(isOne ? [] : [{ title: t.account, cell: (draft: DraftFacts) => draft.account }]),
              { title: t.changed, cell: (draft) => stamp(draft.changed), kind: "time" },
              { title: t.by, cell: (draft) => writtenWords().actor(draft.changed_by) },
              { title: t.from, cell: (draft) => <code>{draft.base.slice(0, 12)}</code> },
            ]} />
          {isOne ? <Bundle key={serving.account} serving={serving} accounts={value.accounts} /> : <Bundles accounts={value.accounts} drafts={value.drafts} />}
        </>
      )}
    </>
  );
}

function Begin({ accounts, chosen }: { accounts: readonly Serving[]; chosen: string }) {
  const t = flowsWords();
  const submit = async (form: HTMLFormElement) => {
    const given = Object.fromEntries(new FormData(form)) as { name: string; from: string; account?: string };
    await attempt(async () => {
      const query = { account: given.account };
      const json = { name: given.name, from: given.from };
      const { draft_id } = await ask<DraftFacts>("drafts", { method: "POST", query, json });
      go(link("flows", draft_id, { account: chosen }));
    });
  };
  return (
    <form class="row" onSubmit={(event) => { event.preventDefault(); void submit(event.currentTarget); }}>
      <label class="wide">{t.name} <input name="name" required maxLength={200} autocomplete="off" /></label>
      {accounts.length > 1 && (
        <label>{t.account} <select name="account" defaultValue={chosen}>{accounts.map((one) => <option value={one.account} selected={one.account === chosen}>{one.account}</option>)}</select></label>
      )}
      <label>{t.from} <select name="from">{Object.entries(t.origins).map(([origin, told]) => <option value={origin}>{told}</option>)}</select></label>
      <button class="main">{t.begin}</button>
    </form>
  );
}
