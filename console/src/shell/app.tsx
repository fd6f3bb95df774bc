// The frame around every page: header, navigation, the page itself, toasts and the list of keys.
import type { ComponentType } from "preact";
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { PAGES, type Page } from "../pages";
import { route } from "../route";
import { isLoginNeeded } from "../session";
import { shellWords } from "../words/shell";
import { Boundary } from "./boundary";
import { Header } from "./header";
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
    run: () => { location.hash = `#/${page.name}`; },
  })));
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>{t.skip}</a>
      <Header />
      <main id="main" tabIndex={-1} ref={main}>
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
  const wanted = PAGES.find((page) => page.name === route.value.page);

  useSignalEffect(() => {
    const page = PAGES.find((one) => one.name === route.value.page);
    if (!page || page.name === shown.peek()?.page.name) return;
    failure.value = null;
    page.load().then(
      (loaded) => {
        if (route.peek().page === page.name) shown.value = { page, Component: loaded.default };
      },
      (error: unknown) => { failure.value = error; },
    );
  });
  useEffect(() => {
    document.title = `${wanted ? t.pages[wanted.name] : t.noSuchPage} · ${t.title}`;
  });

  if (!wanted) return <p class="empty">{t.noSuchPage}</p>;
  if (failure.value) throw failure.value;
  const found = shown.value;
  if (!found) return <p class="empty" role="status">{t.loading}</p>;
  return (
    <Boundary key={found.page.name}>
      <found.Component />
    </Boundary>
  );
}
