// One's own password and codes; for admins, everybody who may log in.
import { useSignal } from "@preact/signals";
import { ask, inWords, segment } from "../api";
import { meet } from "../account";
import { words } from "../language";
import { Dialog, confirmed } from "../parts/dialog";
import { stamp } from "../parts/format";
import { useLoaded } from "../parts/load";
import { Table } from "../parts/table";
import { ROLES, type Role, type Who, may, session } from "../session";
import { attempt, told } from "../shell/toasts";
import { people as en } from "../words/en/people";
import { people as ru } from "../words/ru/people";
import { writtenWords } from "../words/written";

const peopleWords = words({ en, ru });

type User = {
  name: string;
  role: Role;
  has_password: boolean;
  has_codes: boolean;
  is_linked: boolean;
  created: string;
  created_by: string;
  sessions: number;
};

export default function People() {
  const t = peopleWords();
  const { who } = session.value;
  return (
    <>
      <h1>{t.title}</h1>
      {who && <Me who={who} />}
      {may("admin") && <Everybody />}
    </>
  );
}

function Me({ who }: { who: Who }) {
  const t = peopleWords();
  return (
    <section aria-labelledby="me">
      <h2 id="me">{t.me}</h2>
      <p><b>{writtenWords().actor(who.name)}</b> · {t.roles[who.role]}</p>
      {t.kinds[who.kind] && <p class="hint">{t.kinds[who.kind]}</p>}
      {!who.sees_numbers && <p class="hint">{t.hidden}</p>}
      {who.has_password && <div class="cards"><OwnPassword /><OwnCodes hasCodes={who.has_codes} /></div>}
    </section>
  );
}

function fields(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}

function OwnPassword() {
  const t = peopleWords();
  const submit = async (form: HTMLFormElement) => {
    const { password, fresh } = fields(form);
    const done = await attempt(() => ask("session/password", { method: "PUT", json: { password, new: fresh } }));
    if (done) {
      form.reset();
      told(t.passwordChanged);
    }
  };
  return (
    <form class="card" onSubmit={(event) => { event.preventDefault(); void submit(event.currentTarget); }}>
      <h3>{t.password}</h3>
      <label>{t.password} <input name="password" type="password" autocomplete="current-password" required /></label>
      <label>{t.newPassword} <input name="fresh" type="password" autocomplete="new-password" minLength={12} maxLength={256} required /></label>
      <p class="hint">{t.passwordHint}</p>
      <button>{t.changePassword}</button>
    </form>
  );
}

type Offer = { secret: string; address: string; picture: string };

function OwnCodes({ hasCodes }: { hasCodes: boolean }) {
  const t = peopleWords();
  const offer = useSignal<Offer | null>(null);
  const recovery = useSignal<readonly string[]>([]);
  const begin = () => attempt(async () => { offer.value = await ask<Offer>("session/codes", { method: "POST" }); });
  const confirm = async (form: HTMLFormElement) => {
    const { password, code } = fields(form);
    await attempt(async () => {
      const json = { password, code, secret: offer.peek()?.secret };
      recovery.value = (await ask<{ recovery: string[] }>("session/codes", { method: "PUT", json })).recovery;
      offer.value = null;
      await meet();
    });
  };
  const end = (form: HTMLFormElement) => attempt(async () => {
    await ask("session/codes", { method: "DELETE", json: { password: fields(form).password } });
    recovery.value = [];
    await meet();
  });
  return (
    <div class="card">
      <h3>{t.codes}</h3>
      <p>{hasCodes ? t.codesOn : t.codesOff}</p>
      {recovery.value.length > 0 && (
        <div role="status">
          <h3>{t.recovery}</h3>
          <p class="hint">{t.recoveryHint}</p>
          <ul class="codes">{recovery.value.map((one) => <li><code>{one}</code></li>)}</ul>
        </div>
      )}
      {!hasCodes && !offer.value && <button type="button" onClick={() => void begin()}>{t.begin}</button>}
      {offer.value && (
        <form onSubmit={(event) => { event.preventDefault(); void confirm(event.currentTarget); }}>
          <p class="hint">{t.secretHint}</p>
          <img class="scanned" src={offer.value.picture} alt={t.scanned} />
          <p><code class="secret">{offer.value.secret}</code> <a href={offer.value.address}>{t.openApp}</a></p>
          <label>{t.code} <input name="code" inputMode="numeric" autocomplete="one-time-code" required /></label>
          <label>{t.password} <input name="password" type="password" autocomplete="current-password" required /></label>
          <button class="main">{t.begin}</button>
        </form>
      )}
      {hasCodes && (
        <form onSubmit={(event) => { event.preventDefault(); void end(event.currentTarget); }}>
          <label>{t.password} <input name="password" type="password" autocomplete="current-password" required /></label>
          <button>{t.end}</button>
        </form>
      )}
    </div>
  );
}

function Everybody() {
  const t = peopleWords();
  const known = useLoaded((signal) => ask<{ users: User[] }>("users", { signal }), []);
  const changing = useSignal<string | null>(null);
  const { value, error } = known.value;
  const after = async (action: () => Promise<unknown>) => {
    if (await attempt(action)) told(t.done);
    await attempt(meet);
    known.again();
  };
  return (
    <section aria-labelledby="others">
      <h2 id="others">{t.others}</h2>
      {error ? <p class="failed" role="alert">{inWords(error)}</p> : null}
      {value && <Users users={value.users} after={after} onPassword={(name) => { changing.value = name; }} />}
      <AddUser after={after} />
      <Dialog title={t.passwordOf(changing.value ?? "")} isOpen={changing.value !== null} onClose={() => { changing.value = null; }}>
        <form onSubmit={(event) => {
          event.preventDefault();
          const { password } = fields(event.currentTarget);
          const name = changing.peek() ?? "";
          changing.value = null;
          void after(() => ask(`users/${segment(name)}`, { method: "PATCH", json: { password } }));
        }}>
          <label>{t.newPassword} <input name="password" type="password" autocomplete="new-password" minLength={12} maxLength={256} required /></label>
          <p class="hint">{t.passwordHint}</p>
          <button class="main">{t.change}</button>
        </form>
      </Dialog>
    </section>
  );
}

type Acting = { users: readonly User[]; after: (action: () => Promise<unknown>) => Promise<void>; onPassword: (name: string) => void };

function Users({ users, after, onPassword }: Acting) {
  const t = peopleWords();
  const act = async (question: string, action: string, path: string, method: "PATCH" | "DELETE", json?: unknown) => {
    const reason = await confirmed(question, action, true);
    if (reason !== null) await after(() => ask(path, { method, query: { reason }, ...(json ? { json } : {}) }));
  };
  const ways = (user: User) =>
    [user.has_password && t.byPassword, user.has_codes && t.byCodes, user.is_linked && t.byProvider].filter(Boolean).join(", ");
  return (
    <Table caption={t.others} rows={users} id={(user) => user.name} empty={t.nobody} columns={[
      { title: t.name, cell: (user) => user.name },
      { title: t.role, cell: (user) => (
        <select aria-label={`${t.role}: ${user.name}`} value={user.role} onChange={(event) => {
          const role = event.currentTarget.value;
          event.currentTarget.value = user.role;
          void act(t.roleAsk(user.name, role), t.change, `users/${segment(user.name)}`, "PATCH", { role });
        }}>
          {ROLES.map((role) => <option value={role}>{role}</option>)}
        </select>
      ) },
      { title: t.waysIn, cell: ways },
      { title: t.sessions, cell: (user) => user.sessions, kind: "number" },
      { title: t.added, cell: (user) => `${stamp(user.created)}, ${writtenWords().actor(user.created_by)}`, kind: "time" },
      { title: t.actions, cell: (user) => (
        <div class="buttons">
          <button type="button" onClick={() => onPassword(user.name)}>{t.setPassword}</button>
          {user.has_codes && <button type="button" onClick={() => void act(t.dropCodesAsk(user.name), t.dropCodes, `users/${segment(user.name)}`, "PATCH", { has_codes: false })}>{t.dropCodes}</button>}
          {user.sessions > 0 && <button type="button" onClick={() => void act(t.logoutAsk(user.name), t.logout, `users/${segment(user.name)}/sessions`, "DELETE")}>{t.logout}</button>}
          <button type="button" onClick={() => void act(t.removeAsk(user.name), t.remove, `users/${segment(user.name)}`, "DELETE")}>{t.remove}</button>
        </div>
      ) },
    ]} />
  );
}

function AddUser({ after }: { after: (action: () => Promise<unknown>) => Promise<void> }) {
  const t = peopleWords();
  const submit = async (form: HTMLFormElement) => {
    const { name = "", role, password } = fields(form);
    await after(async () => {
      await ask("users", { method: "POST", json: { name: name.trim(), role, password: password || null } });
      form.reset();
    });
  };
  return (
    <form class="card add" aria-label={t.addTitle} onSubmit={(event) => { event.preventDefault(); void submit(event.currentTarget); }}>
      <h3>{t.addTitle}</h3>
      <label>{t.name} <input name="name" autocomplete="off" required maxLength={100} /></label>
      <label>{t.role} <select name="role">{ROLES.map((role) => <option value={role}>{t.roles[role]}</option>)}</select></label>
      <label>{t.password} <input name="password" type="password" autocomplete="new-password" maxLength={256} /></label>
      <p class="hint">{t.passwordHint} {t.withoutPassword}</p>
      <button class="main">{t.add}</button>
    </form>
  );
}
