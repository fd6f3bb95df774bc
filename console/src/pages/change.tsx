// Which version new callers get: activate one, promote a canary, or take it back.
import { useEffect } from "preact/hooks";
import { ask, inWords, segment } from "../api";
import { words } from "../language";
import { listen } from "../live";
import { confirmed } from "../parts/dialog";
import { percent, stamp } from "../parts/format";
import { AccountChoice, accountOf, ofAccount, sharing } from "../parts/accounts";
import { useLoaded } from "../parts/load";
import { Table } from "../parts/table";
import type { Serving, Version } from "../records";
import { route } from "../route";
import { may } from "../session";
import { attempt, told } from "../shell/toasts";
import { callWords } from "../words/calls";
import { reviewWords } from "../words/review";
import { writtenWords } from "../words/written";
import { Audit } from "./change/audit";
import { Canary } from "./change/canary";
import { Review } from "./change/review";
import { change as en } from "../words/en/change";
import { change as ru } from "../words/ru/change";

const GATHER_MILLISECONDS = 1500;
const changeWords = words({ en, ru });

type Standing = { versions: Version[]; accounts: Serving[] };

async function load(signal: AbortSignal): Promise<Standing> {
  const [{ versions }, { accounts }] = await Promise.all([
    ask<{ versions: Version[] }>("versions", { signal }),
    ask<{ accounts: Serving[] }>("accounts", { signal }),
  ]);
  return { versions, accounts };
}

export default function Change() {
  const { rest } = route.value;
  return rest ? <Review key={rest} draftId={rest} /> : <Known />;
}

/** Calls end while one looks: an older version drains, a canary gets its calls. */
function useStanding() {
  const known = useLoaded(load, []);
  useEffect(() => {
    let timer = 0;
    const again = () => {
      timer = 0;
      if (!document.hidden) known.again();
    };
    const stop = listen((told) => {
      if (told.some((one) => one.name !== "heartbeat")) timer ||= window.setTimeout(again, GATHER_MILLISECONDS);
    });
    return () => { stop(); clearTimeout(timer); };
  }, []);
  return known;
}

function Known() {
  const t = changeWords();
  const known = useStanding();
  const { value, error } = known.value;
  const account = accountOf();
  const accounts = ofAccount(value?.accounts ?? [], account);
  const others = account ? sharing(value?.accounts ?? [], account).map((one) => one.account) : [];
  return (
    <>
      <div class="title">
        <h1>{t.title}</h1>
        {value && <AccountChoice page="change" accounts={value.accounts} chosen={account} />}
      </div>
      {error ? <p class="failed" role="alert">{inWords(error)}</p> : null}
      {value && !accounts.length && <p class="failed" role="alert">{t.noAccount(account)}</p>}
      {others.length > 0 && <p class="hint">{t.shared(accounts[0]?.directory ?? "", others.join(", "))}</p>}
      {accounts.filter((one) => one.canary).map((one) => <Canary key={one.account} serving={one} />)}
      {value && accounts.length > 0 && <Versions known={value} account={account} onChange={known.again} />}
      {value && may("admin") && <Audit news={value} account={account} />}
    </>
  );
}

function Versions({ known, account, onChange }: { known: Standing; account: string; onChange: () => void }) {
  const t = changeWords();
  const c = callWords();
  const w = writtenWords();
  const serving = (row: Version) => known.accounts.find((one) => one.account === row.account);
  const activate = async (row: Version, version: string, question: string, action: string) => {
    const reason = await confirmed(question, action, true);
    if (reason === null) return;
    const query = { account: row.account, reason };
    await attempt(async () => {
      const done = await ask<{ lost?: { told: string[] } }>(`versions/${segment(version)}/activate`, { method: "POST", query });
      told([t.done(version), ...(done.lost?.told ?? []).map(w.note)].join(" "));
    });
    onChange();
  };
  const state = (row: Version) =>
    row.state === "canary" ? t.canary(percent(serving(row)?.share ?? 0, 2)) : row.state === "active" ? t.active : row.state === "draining" ? reviewWords().states.draining : "";
  const buttons = (row: Version) => {
    const active = serving(row)?.active ?? "";
    if (row.state === "active") return null;
    if (row.state !== "canary") {
      return <button type="button" onClick={() => void activate(row, row.version, t.ask(row.version), t.activate)}>{t.activate}</button>;
    }
    return (
      <div class="buttons">
        <button type="button" onClick={() => void activate(row, row.version, t.ask(row.version), t.promote)}>{t.promote}</button>
        <button type="button" onClick={() => void activate(row, active, t.ask(active), t.takeBack)}>{t.takeBack}</button>
      </div>
    );
  };
  return (
    <Table
      caption={t.title}
      rows={ofAccount(known.versions, account)}
      id={(row) => `${row.account} ${row.version}`}
      empty={t.nothing}
      columns={[
        ...(account || known.accounts.length < 2 ? [] : [{ title: c.account, cell: (row: Version) => row.account }]),
        { title: c.version, cell: (row) => <code>{row.version}</code> },
        { title: c.state, cell: state },
        { title: t.activated, cell: (row) => stamp(row.activated ?? row.created), kind: "time" },
        { title: t.liveCalls, cell: (row) => row.live_calls ?? "", kind: "number" },
        { title: t.note, cell: (row) => [row.message, w.note(row.note)].filter(Boolean).join("; ") },
        ...(may("author") ? [{ title: t.actions, cell: buttons }] : []),
      ]}
    />
  );
}
