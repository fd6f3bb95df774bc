// The pages there are. Each is a chunk of its own, fetched when it is first opened.
import type { ComponentType } from "preact";
import type { ShellWords } from "../words/en/shell";

export type Page = {
  name: keyof ShellWords["pages"];
  /** The second key of `g …`; none for a page that needs an argument. */
  key?: string;
  isInNavigation: boolean;
  /** It is about one account, which it hands on to the next such page. */
  isOfAccount?: true;
  load: () => Promise<{ default: ComponentType }>;
};

export const PAGES: readonly Page[] = [
  { name: "now", key: "n", isInNavigation: true, load: () => import("./now") },
  { name: "find", key: "f", isInNavigation: true, load: () => import("./find") },
  { name: "flows", key: "w", isInNavigation: true, isOfAccount: true, load: () => import("./flows") },
  { name: "change", key: "v", isInNavigation: true, isOfAccount: true, load: () => import("./change") },
  { name: "people", key: "p", isInNavigation: true, load: () => import("./people") },
  { name: "figures", key: "i", isInNavigation: true, isOfAccount: true, load: () => import("./figures") },
  { name: "phone", key: "h", isInNavigation: true, isOfAccount: true, load: () => import("./phone") },
  { name: "call", isInNavigation: false, load: () => import("./call") },
];
