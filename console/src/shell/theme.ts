// Light, dark, or as the system has it. Colours are CSS's `light-dark()`, so the theme is one attribute of the document.
import { effect, signal } from "@preact/signals";
import { kept, keep } from "../kept";

export type Theme = "system" | "light" | "dark";

export const THEMES: readonly Theme[] = ["system", "light", "dark"];
const KEPT_AS = "ivr-theme";

export const theme = signal<Theme>(THEMES.find((one) => one === kept(KEPT_AS)) ?? "system");

export function applyTheme(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  keep(KEPT_AS, chosen);
}
