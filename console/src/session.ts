// Who uses the console: the bearer token that was typed in, for as long as the tab lives. Without one the router answers
// this machine alone, or by a session of its own.
import { signal } from "@preact/signals";

const KEPT_AS = "token";

/** Whether the API has refused to answer without a token. */
export const isLoginNeeded = signal(false);

/** What a request says of who sends it. */
export function credentials(): Record<string, string> {
  const token = sessionStorage.getItem(KEPT_AS);
  return token ? { Authorization: `Bearer ${token}` } : {};
}

export function logIn(token: string): void {
  sessionStorage.setItem(KEPT_AS, token);
  isLoginNeeded.value = false;
}

export function logOut(): void {
  sessionStorage.removeItem(KEPT_AS);
  isLoginNeeded.value = true;
}

/** Whether there is something to log out of. */
export function hasToken(): boolean {
  return sessionStorage.getItem(KEPT_AS) !== null;
}
