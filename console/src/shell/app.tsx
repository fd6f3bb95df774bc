// The frame around every page: header, navigation, the page itself, toasts and the list of keys.
import type { ComponentType } from "preact";
import { batch, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { inWords } from "../api";
import { PAGES, type Page } from "../pages";
import { route, wanted } from "../route";
import { isLoginNeeded } from "../session";
import { shellWords } from "../words/shell";
import { Boundary } from "./boundary";
import { Header, addressOf } from "./header";
import { Questions } from "../parts/dialog";
import { KeysDialog, useKeys } from "./keys";
import { LoginPage } from "./login";
import { Toasts } from "./toasts";

export function App() {
  const t = shellWords();
  const main = useRef<HTMLElement>(null);
  useKeys(PAGES.filter((page) => page.key).map((page) => ({
    keys: `g ${page.key}`,
    told: () => shellWords().keys.go(shellWords().pages[page.name]),
    run: () => { location.hash = addressOf(page); },
  })));
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>{t.skip}</a>
      <Header />
      <main id="main" tabIndex={-1} ref={main} data-page={route.value.page}>
        {isLoginNeeded.value ? <LoginPage /> : <ShownPage />}
      </main>
      <Toasts />
      <KeysDialog />
      <Questions />
    </>
  );
}

/** The page of the address, whose code is fetched when it is first wanted. The one before stays until it is there. */
function ShownPage() {
  const t = shellWords();
  const shown = useSignal<{ page: Page; Component: ComponentType } | null>(null);
  const failure = useSignal<unknown>(null);
  useSignalEffect(() => {
    const asked = wanted.value;
    const page = PAGES.find((one) => one.name === asked.page);
    failure.value = null;
    if (!page || page.name === shown.peek()?.page.name) {
      route.value = asked;
      return;
    }
    page.load().then(
      (loaded) => {
        if (wanted.peek() !== asked) return;
        batch(() => {
          route.value = asked;
          shown.value = { page, Component: loaded.default };
        });
      },
      (error: unknown) => { failure.value = error; },
    );
  });

  const found = shown.value;
  const isKnown = PAGES.some((one) => one.name === route.value.page);
  useEffect(() => {
    document.title = `${isKnown && found ? t.pages[found.page.name] : t.noSuchPage} · ${t.title}`;
  });
  if (!isKnown) return <p class="empty">{t.noSuchPage}</p>;
  if (failure.value) return <p class="failed" role="alert">{inWords(failure.value)}</p>;
  if (!found) return <p class="empty" role="status">{t.loading}</p>;
  return (
    <Boundary key={found.page.name}>
      <found.Component />
    </Boundary>
  );
}
