// The address of a page is the fragment: #/find?line=74950000000. It needs nothing of the server, so it is the same behind
// any prefix, and a link can be sent to a colleague. What is not such an address is a call's id, as links have always had it.
import { signal } from "@preact/signals";

export type Route = { page: string; rest: string; query: URLSearchParams };

const HOME = "now";

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a broken escape: nothing is called so, and that is what the page says
  }
}

export function read(hash: string): Route {
  const text = hash.replace(/^#/, "");
  if (text === "" || text === "/") return { page: HOME, rest: "", query: new URLSearchParams() };
  if (!text.startsWith("/")) return { page: "call", rest: decoded(text), query: new URLSearchParams() };
  const [path = "", query = ""] = splitOnce(text.slice(1), "?");
  const [page = "", rest = ""] = splitOnce(path, "/");
  return { page, rest: decoded(rest), query: new URLSearchParams(query) };
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** What to write into an `href`. */
export function link(page: string, rest = "", query: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]));
  const asked = new URLSearchParams(given).toString();
  return `#/${page}${rest ? `/${encodeURIComponent(rest)}` : ""}${asked ? `?${asked}` : ""}`;
}

/** What the address says. */
export const wanted = signal<Route>(read(location.hash));

/** What is shown: the same, once the code of its page is there. Pages go by this, so none meets another one's address. */
export const route = signal<Route>(wanted.peek());

window.addEventListener("hashchange", () => {
  wanted.value = read(location.hash);
});

export function go(href: string): void {
  location.hash = href;
}

/** Change the address without a step of the history: for filters that are being typed. */
export function replace(href: string): void {
  history.replaceState(null, "", href);
  wanted.value = read(href);
}
