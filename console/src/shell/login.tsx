// What is shown in the place of a page until the API knows who asks.
import { logIn } from "../session";
import { shellWords } from "../words/shell";

export function LoginPage() {
  const t = shellWords();
  return (
    <form class="login" onSubmit={(event) => {
      event.preventDefault();
      logIn(String(new FormData(event.currentTarget).get("token") ?? "").trim());
    }}>
      <h1>{t.login.title}</h1>
      <label>
        {t.login.token}
        <input name="token" type="password" autocomplete="off" required autofocus />
      </label>
      <p class="hint">{t.login.hint}</p>
      <button class="main">{t.login.submit}</button>
    </form>
  );
}
