// What is shown in the place of a page until the API knows who asks.
import { useSignal } from "@preact/signals";
import { hasLeft, logIn, logInByToken, providerAddress, providerEnd, providerProblem } from "../account";
import { inWords } from "../api";
import { session } from "../session";
import { shellWords } from "../words/shell";

export function LoginPage() {
  const t = shellWords();
  const { ways } = session.value;
  const problem = providerProblem();
  const problems: Readonly<Record<string, string>> = t.login.problems;
  return (
    <div class="login">
      <h1>{t.login.title}</h1>
      {problem && <p class="failed" role="alert">{problems[problem] ?? problems.refused}</p>}
      {ways.includes("password") && <ByPassword />}
      {ways.includes("provider") && <p><a class="button" href={providerAddress()}>{t.login.provider}</a></p>}
      {ways.includes("provider") && hasLeft.value && <p class="hint">{t.login.stillThere} <a href={providerEnd()}>{t.login.outThere}</a></p>}
      <details open={!ways.includes("password") && !ways.includes("provider")}>
        <summary>{t.login.byToken}</summary>
        <ByToken />
      </details>
    </div>
  );
}

function ByPassword() {
  const t = shellWords();
  const failure = useSignal("");
  const wantsCode = useSignal(false);
  const isBusy = useSignal(false);
  const submit = async (form: HTMLFormElement) => {
    const given = new FormData(form);
    const text = (name: string) => String(given.get(name) ?? "");
    isBusy.value = true;
    failure.value = "";
    try {
      const answer = await logIn(text("name").trim(), text("password"), text("code").trim());
      wantsCode.value = answer === "code-needed";
    } catch (error) {
      failure.value = inWords(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <form onSubmit={(event) => { event.preventDefault(); void submit(event.currentTarget); }}>
      <label>{t.login.name} <input name="name" autocomplete="username" required autofocus /></label>
      <label>{t.login.password} <input name="password" type="password" autocomplete="current-password" required /></label>
      {wantsCode.value && (
        <label>{t.login.code} <input name="code" inputMode="numeric" autocomplete="one-time-code" required autofocus /></label>
      )}
      {failure.value && <p class="failed" role="alert">{failure.value}</p>}
      <button class="main" disabled={isBusy.value}>{t.login.submit}</button>
    </form>
  );
}

function ByToken() {
  const t = shellWords();
  const failure = useSignal("");
  const submit = async (form: HTMLFormElement) => {
    failure.value = "";
    try {
      await logInByToken(String(new FormData(form).get("token") ?? "").trim());
    } catch (error) {
      failure.value = inWords(error);
    }
  };
  return (
    <form onSubmit={(event) => { event.preventDefault(); void submit(event.currentTarget); }}>
      <label>{t.login.token} <input name="token" type="password" autocomplete="off" required /></label>
      <p class="hint">{t.login.hint}</p>
      {failure.value && <p class="failed" role="alert">{failure.value}</p>}
      <button class="main">{t.login.submit}</button>
    </form>
  );
}
