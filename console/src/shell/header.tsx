import { useEffect, useRef } from "preact/hooks";
import { PAGES, type Page } from "../pages";
import { connection } from "../live";
import { type Language, chooseLanguage, language } from "../language";
import { link, wanted } from "../route";
import { logOut } from "../account";
import { isLoginNeeded, session } from "../session";
import { attempt } from "./toasts";
import { shellWords } from "../words/shell";
import { areKeysShown } from "./keys";
import { THEMES, type Theme, chooseTheme, theme } from "./theme";

export function Header() {
  const t = shellWords();
  const pages = useRef<HTMLElement>(null);
  useEffect(() => { if (pages.current) reveal(pages.current); }, [wanted.value.page, language.value]);
  return (
    <header class="top">
      <a class="brand" href={link("now")}>{t.title}</a>
      <nav aria-label={t.navigation} ref={pages}>
        {PAGES.filter((page) => page.isInNavigation).map((page) => (
          <a href={addressOf(page)} aria-current={wanted.value.page === page.name ? "page" : undefined}>{t.pages[page.name]}</a>
        ))}
      </nav>
      <div class="tools">
        <Connection />
        <Chooser label={t.language} value={language.value} names={{ en: "English", ru: "Русский" }}
          onChange={(chosen: Language) => chooseLanguage(chosen)} />
        <Chooser label={t.theme} value={theme.value} names={t.themes} order={THEMES}
          onChange={(chosen: Theme) => chooseTheme(chosen)} />
        <button type="button" class="plain" aria-label={t.keys.show} title={t.keys.show}
          onClick={() => { areKeysShown.value = true; }}>?</button>
        <Self />
      </div>
    </header>
  );
}

/** On a telephone the navigation is wider than the screen: have it show the page that is open. */
function reveal(pages: HTMLElement): void {
  const present = pages.querySelector<HTMLElement>("[aria-current]");
  if (present) pages.scrollLeft = present.offsetLeft - pages.offsetLeft - (pages.clientWidth - present.offsetWidth) / 2;
}

/** A page of accounts is about the one that is chosen already. */
export function addressOf(page: Page): string {
  const { page: present, query } = wanted.value;
  const isOfAccount = page.isOfAccount && PAGES.some((one) => one.name === present && one.isOfAccount);
  return link(page.name, "", isOfAccount ? { account: query.get("account") ?? "" } : {});
}

/** Who has logged in, and the way out. */
function Self() {
  const { who } = session.value;
  if (isLoginNeeded.value || !who || who.kind === "machine") return null;
  return (
    <>
      <a href={link("people")}>{who.name}</a>
      <button type="button" onClick={() => void attempt(logOut)}>{shellWords().login.out}</button>
    </>
  );
}

function Connection() {
  const t = shellWords();
  const now = connection.value;
  if (isLoginNeeded.value || now === "idle") return null;
  return <span class={`connection ${now}`} role="status">{t[now]}</span>;
}

type Choice<T extends string> = {
  label: string;
  value: T;
  names: Readonly<Record<T, string>>;
  order?: readonly T[];
  onChange: (chosen: T) => void;
};

function Chooser<T extends string>({ label, value, names, order, onChange }: Choice<T>) {
  const options = order ?? (Object.keys(names) as T[]);
  return (
    <select aria-label={label} title={label} value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
      {options.map((one) => <option value={one}>{names[one]}</option>)}
    </select>
  );
}
