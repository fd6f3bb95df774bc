// From a draft to a version: what would change, for whom, and the publication itself.
import { useSignal } from "@preact/signals";
import { Problem, type Query, ask, inWords, segment } from "../../api";
import { number } from "../../parts/format";
import { sharing } from "../../parts/accounts";
import { language } from "../../language";
import { useLoaded } from "../../parts/load";
import type { Serving } from "../../records";
import { go, link, route } from "../../route";
import { may } from "../../session";
import { attempt, complain, told } from "../../shell/toasts";
import { reviewWords } from "../../words/review";
import { type DraftFacts, type WholeDraft, question } from "../flows/draft";
import type { TestReport } from "../flows/session";
import { Differences } from "./differences";
import { Replay } from "./replay";

const SHARES = [5, 10, 25, 50] as const;
const USUAL_DAYS = 7;
const USUAL_GATE = "5";

export function Review({ draftId }: { draftId: string }) {
  const t = reviewWords();
  const known = useLoaded((signal) => ask<WholeDraft>(`drafts/${segment(draftId)}`, { signal }), [draftId]);
  const serving = useLoaded((signal) => ask<{ accounts: Serving[] }>("accounts", { signal }), []);
  const days = useSignal(USUAL_DAYS);
  const { value: draft, error } = known.value;
  if (error) return <p class="failed" role="alert">{inWords(error)}</p>;
  if (!draft) return null;
  const isBehind = Boolean(draft.active) && draft.active !== draft.base;
  return (
    <>
      <div class="title">
        <h1>{t.title(draft.name)}</h1>
        {(serving.value.value?.accounts.length ?? 0) > 1 && <p class="hint">{t.ofAccount(draft.account)}</p>}
        <a class="button" href={link("flows", draftId)}>{t.back}</a>
      </div>
      {isBehind && <Behind draft={draft} onDone={known.again} />}
      <Differences draft={draft} />
      <Tests draft={draft} />
      <Replay draft={draft} days={days.value} onDays={(chosen) => { days.value = chosen; }} />
      {may("author") && <Publish draft={draft} isBehind={isBehind} days={days.value} accounts={serving.value.value?.accounts ?? []} />}
    </>
  );
}

function Behind({ draft, onDone }: { draft: WholeDraft; onDone: () => void }) {
  const t = reviewWords();
  const conflicts = useSignal<readonly string[]>([]);
  const bringUp = () => attempt(async () => {
    const path = `drafts/${segment(draft.draft_id)}/bring-up`;
    const came = await ask<{ taken: string[]; conflicts: string[] }>(path, { method: "POST" });
    conflicts.value = came.conflicts;
    told(t.broughtUp(came.taken.length));
    onDone();
  });
  return (
    <p class="failed" role="alert">
      {t.moved} {conflicts.value.length ? t.conflicts(conflicts.value.join(", ")) : null}{" "}
      <button type="button" onClick={() => void bringUp()}>{t.bringUp}</button>
    </p>
  );
}

function Tests({ draft }: { draft: DraftFacts }) {
  const t = reviewWords();
  const report = useSignal<TestReport | null>(null);
  const run = () => attempt(async () => {
    report.value = await question<TestReport>(draft.draft_id, { method: "ivr/tests" });
  });
  const found = report.value;
  return (
    <section aria-label={t.tests}>
      <h2>{t.tests}</h2>
      <button type="button" onClick={() => void run()}>{t.runTests}</button>
      {found && <p role="status" class={found.failed ? "failed" : ""}>{t.passed(found.passed, found.failed, `${number(found.percent, 1)} %`)}</p>}
      {found && found.failed > 0 && (
        <ul>{found.tests.filter((one) => !one.passed).map((one) => (
          <li><a href={link("flows", draft.draft_id, { file: one.file })}>{one.file}:{one.line}</a> {one.name}: {one.reason}</li>
        ))}</ul>
      )}
    </section>
  );
}

type Wanted = { account: string; over: string | null };

/** One account after the other, the draft's own last: then its base is another one. */
async function publish(query: Query): Promise<string> {
  return (await ask<{ version: string }>("versions", { method: "POST", query })).version;
}

/** The accounts whose bundle is of the same directory: what holds for one is meant for all, unless somebody says otherwise. */
function Others({ draft, accounts }: { draft: WholeDraft; accounts: readonly Serving[] }) {
  const t = reviewWords();
  const others = sharing(accounts, draft.account);
  if (!others.length) return null;
  return (
    <fieldset>
      <legend>{t.also}</legend>
      <p class="hint">{t.alsoHint(accounts.find((one) => one.account === draft.account)?.directory ?? "")}</p>
      {others.map((one) => (
        <label class="gate">
          <input type="checkbox" name="also" value={one.account} defaultChecked={one.active === draft.active} />{" "}
          {one.account}{one.active === draft.active ? "" : ` (${t.alsoOver(one.active?.slice(0, 12) ?? "")})`}
        </label>
      ))}
    </fieldset>
  );
}

type Finding = { file: string; line: number; column: number; code: string; message: string };

/** What keeps a draft from being published, in the page's language as far as the draft's check finds the same. */
async function understood(draftId: string, findings: readonly Finding[]): Promise<readonly Finding[]> {
  if (language.peek() === "en" || !findings.length) return findings;
  const place = (one: Finding) => `${one.file}:${one.line}:${one.column} ${one.code}`;
  const checked = await question<{ findings: Finding[] }>(draftId, { method: "ivr/check" }).catch(() => ({ findings: [] }));
  const said = new Map(checked.findings.map((one) => [place(one), one.message]));
  return findings.map((one) => ({ ...one, message: said.get(place(one)) ?? one.message }));
}

type Publishing = { draft: WholeDraft; isBehind: boolean; days: number; accounts: readonly Serving[] };

function Publish({ draft, isBehind, days, accounts }: Publishing) {
  const t = reviewWords();
  const isBusy = useSignal(false);
  const refused = useSignal<Problem | null>(null);
  const findings = useSignal<readonly Finding[]>([]);
  const submit = async (form: HTMLFormElement) => {
    const given = new FormData(form);
    const text = (name: string) => String(given.get(name) ?? "");
    const query = {
      draft: draft.draft_id,
      message: text("message"),
      reason: text("message"),
      canary: text("share"),
      ...(given.has("gate") ? { replay_since: `${days}d`, fail_over: `${text("percent")}%` } : {}),
    };
    const wanted: Wanted[] = [
      ...accounts.filter((one) => given.getAll("also").includes(one.account)).map((one) => ({ account: one.account, over: one.active })),
      { account: draft.account, over: given.has("over") ? draft.active : null },
    ];
    isBusy.value = true;
    refused.value = null;
    const done: string[] = [];
    try {
      let version = "";
      for (const one of wanted) {
        version = await publish({ ...query, ...one });
        done.push(one.account);
      }
      told(t.published(version.slice(0, 12), accounts.length > 1 ? done.join(", ") : ""));
      go(link("change", "", { account: route.peek().query.get("account") ?? "" }));
    } catch (error) {
      if (done.length) told(t.publishedFor(done.join(", ")));
      if (error instanceof Problem && error.status === 422) {
        findings.value = await understood(draft.draft_id, (error.more.findings ?? []) as Finding[]);
        refused.value = error;
      } else complain(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <form class="card publish" aria-label={t.publish} onSubmit={(event) => { event.preventDefault(); void submit(event.currentTarget); }}>
      <h2>{t.publish}</h2>
      <label>{t.message} <input name="message" required maxLength={500} autocomplete="off" /></label>
      <label>{t.share} <select name="share">
        <option value="">{t.everybody}</option>
        {SHARES.map((one) => <option value={`${one}%`}>{t.canary(`${one} %`)}</option>)}
      </select></label>
      <Others draft={draft} accounts={accounts} />
      <span class="gate">
        <input type="checkbox" name="gate" id="gate" /> <label for="gate">{t.gate}</label>{" "}
        <input name="percent" type="number" min="0" max="100" step="0.1" value={USUAL_GATE} aria-label={t.gateEnd} /> {t.gateEnd} ({t.days(days)})
      </span>
      {isBehind && <span class="gate"><input type="checkbox" name="over" id="over" /> <label for="over">{t.over}</label></span>}
      {refused.value && (
        <div class="failed" role="alert">
          <p>{findings.value.length ? t.findings : refused.value.message}</p>
          <ul>{findings.value.map((one) => <li><a href={link("flows", draft.draft_id, { file: one.file })}>{one.file}:{one.line}</a> {one.code} {one.message}</li>)}</ul>
          {typeof refused.value.more.replayed === "string" && <pre>{refused.value.more.replayed}</pre>}
        </div>
      )}
      <button class="main" disabled={isBusy.value}>{isBusy.value ? t.checking : t.publish}</button>
    </form>
  );
}
