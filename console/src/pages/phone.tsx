// A phone in front of a version, of a draft, or of a router whose PBX is an emulator: dial, press keys, be the employee, save
// the call as a test. On a virtual clock nothing happens to anybody; live, a real call is placed in the emulator.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask, inWords, segment } from "../api";
import { useLoaded } from "../parts/load";
import type { Call, Version } from "../records";
import { link, replace, route } from "../route";
import { may } from "../session";
import { attempt, complain } from "../shell/toasts";
import { versionState } from "../words/calls";
import { type Live, LiveHandset } from "./phone/live";
import type { Recorded } from "./phone/live_saving";
import { phoneWords } from "./phone/page_words";
import { Handset, play } from "./phone/played";
import { type Against, type Dialled, type Emulator, Setup } from "./phone/setup";

const MOST_EMULATORS = 8; // accounts whose PBX is asked whether it is one

type Choices = { against: Against[]; whyNot: Emulator["why_not"] };
type Placed = { account: string; entryId: string };

export default function PhonePage() {
  const t = phoneWords();
  const account = route.value.query.get("account") ?? "";
  const choices = useLoaded((signal) => choicesOf(account, signal), [account]);
  const dialled = useSignal<Dialled | null>(null);
  const placed = useSignal<Placed | null>(placedBefore(account));
  const { value, error } = choices.value;
  useEffect(() => {
    if (value) void recordedCall(value.against).then((found) => { if (found) dialled.value = found; }, complain);
  }, [value === null]);
  const dial = async (made: Dialled) => {
    dialled.value = placed.value = null;
    replace(link("phone", "", { account })); // what it named before is over
    if (!made.against.emulator) dialled.value = made;
    else await attempt(async () => { placed.value = await place(made); });
  };
  if (error) return <><h1>{t.title}</h1><p class="failed" role="alert">{inWords(error)}</p></>;
  if (!may("operator")) return <><h1>{t.title}</h1><p class="empty">{t.operatorsOnly}</p></>;
  return (
    <>
      <h1>{t.title}</h1>
      <p class="hint">{t.hint}{value?.whyNot && ` ${t.notLive[value.whyNot]}`}</p>
      {value && <Setup choices={value.against} isDialled={dialled.value !== null || placed.value !== null} onDial={(made) => void dial(made)} />}
      {dialled.value && <Handset key={dialled.value.number} dialled={dialled.value} />}
      {placed.value && <LiveHandset key={placed.value.entryId} {...placed.value} choices={value?.against ?? []} />}
    </>
  );
}

/** Place a call; its address is kept, so that a page that is loaded anew goes on with it. */
async function place({ against, given }: Dialled): Promise<Placed> {
  const { account } = against;
  const { entry_id } = await ask<Live>("phone/calls", { method: "POST", query: { account }, json: given });
  replace(link("phone", "", { live: entry_id, account: route.peek().query.get("account") ?? "", of: account }));
  return { account, entryId: entry_id };
}

function placedBefore(account: string): Placed | null {
  const { query } = route.peek();
  const entryId = query.get("live");
  return entryId ? { account: query.get("of") ?? account, entryId } : null;
}

async function choicesOf(account: string, signal: AbortSignal): Promise<Choices> {
  const [versions, drafts] = await Promise.all([
    ask<{ versions: Version[] }>("versions", { query: { account }, signal }),
    ask<{ drafts: { draft_id: string; name: string; account: string }[] }>("drafts", { query: { account }, signal }),
  ]);
  const t = phoneWords();
  const names = [...new Set(versions.versions.map((one) => one.account))];
  const of = (name: string) => (names.length > 1 ? `${name} · ` : "");
  const rows = [...versions.versions].sort((one, other) => Number(other.state === "active") - Number(one.state === "active"));
  const kept = rows.map((one): Against => ({
    account: one.account, version: one.version, draft: "",
    label: `${of(one.account)}${one.version.slice(0, 12)}${` (${versionState(one.state)})`}`,
  }));
  const emulators = may("operator")
    ? await Promise.all(names.slice(0, MOST_EMULATORS).map((name) => ask<Emulator>("phone/emulator", { query: { account: name }, signal })))
    : [];
  const there = emulators.filter((one) => one.is_there);
  return {
    against: [
      ...kept,
      ...drafts.drafts.map((one) => ({ account: one.account, version: "", draft: one.draft_id, label: of(one.account) + t.draft(one.name) })),
      ...there.map((one) => ({ account: one.account, version: "", draft: "", label: of(one.account) + t.live, emulator: one })),
    ],
    whyNot: there.length ? "" : (emulators[0]?.why_not ?? ""),
  };
}

/** A real call that the address names, as far as the step that it names; null without one. */
async function recordedCall(choices: readonly Against[]): Promise<Dialled | null> {
  const { query } = route.peek();
  const entry = query.get("call");
  if (!entry) return null;
  const account = query.get("account") ?? "";
  const [call, told] = await Promise.all([
    ask<Call>(`calls/${segment(entry)}`, { query: { account } }),
    ask<Recorded>(`calls/${segment(entry)}/test`, { query: { account } }),
  ]);
  const against = choices.find((one) => one.version === call.version) ?? { account: call.account, version: call.version, draft: "", label: "" };
  const { flow, given, said } = told.phone;
  const step = query.get("step");
  return { number: 0, against, flow, given, said: step === null ? said : await upTo(Number(step), against, flow, given, said) };
}

async function upTo(step: number, against: Against, flow: string, given: Dialled["given"], said: string[]): Promise<string[]> {
  const whole = await play({ number: 0, against, flow, given, said }, said);
  const place = whole.progress.findIndex((one) => one.steps > step);
  return place < 0 ? [] : said.slice(0, place + 1);
}
