// Russian or English: the browser's wish at first, then what was chosen. A page's catalogue is an object of texts and of
// functions that make them; the Russian one has the type of the English one, so a missing word does not compile.
import { effect, signal } from "@preact/signals";
import { kept, keep } from "./kept";

export type Language = "en" | "ru";

const LANGUAGES: readonly Language[] = ["en", "ru"];
const KEPT_AS = "ivr-language";

function wanted(): Language {
  const chosen = kept(KEPT_AS);
  const found = [chosen, ...navigator.languages].map((tag) => tag?.slice(0, 2).toLowerCase());
  return LANGUAGES.find((one) => one === found.find((tag) => tag === "ru" || tag === "en")) ?? "en";
}

export const language = signal<Language>(wanted());

/** Keeps the document's language in step with the choice. */
export function applyLanguage(): void {
  effect(() => {
    document.documentElement.lang = language.value;
  });
}

export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  keep(KEPT_AS, chosen);
}

/** What catalogues are made of; `T` is the English one's type. */
export type Catalogue<T> = { en: T; ru: NoInfer<T> };

/** A function that gives the catalogue of the present language; a component that calls it is drawn anew when it changes. */
export function words<T>(catalogue: Catalogue<T>): () => T {
  return () => catalogue[language.value];
}

/** The Russian form for a number: 1 звонок, 2 звонка, 5 звонков. */
export function russian(count: number, one: string, few: string, many: string): string {
  const form = new Intl.PluralRules("ru").select(count);
  return form === "one" ? one : form === "few" ? few : many;
}
