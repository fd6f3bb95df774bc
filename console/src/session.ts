// Who uses the console, and what a request says of that: nothing but the browser's own cookie for who has logged in, with
// the token that shows that this page sends it; or a bearer token that was typed in, for as long as the tab lives.
import { signal } from "@preact/signals";

const KEPT_AS = "token";

export const ROLES = ["viewer", "operator", "author", "admin"] as const;
export type Role = (typeof ROLES)[number];

export type Who = {
  name: string;
  role: Role;
  kind: "user" | "token" | "machine";
  sees_numbers: boolean;
  has_password: boolean;
  has_codes: boolean;
};

/** What `GET /api/session` tells. */
export type Session = { who: Who | null; csrf: string; ways: readonly ("password" | "provider" | "token")[] };

const NOTHING: Session = { who: null, csrf: "", ways: [] };

export const session = signal<Session>(NOTHING);

/** Whether the API has refused to answer, or would. */
export const isLoginNeeded = signal(false);

/** What a request says of who sends it. */
export function credentials(): Record<string, string> {
  const token = sessionStorage.getItem(KEPT_AS);
  if (token) return { Authorization: `Bearer ${token}` };
  return session.peek().csrf ? { "X-CSRF-Token": session.peek().csrf } : {};
}

/** Whether who asks may do what needs this role. */
export function may(needed: Role): boolean {
  const { who } = session.value;
  return who !== null && ROLES.indexOf(who.role) >= ROLES.indexOf(needed);
}

export function bear(token: string): void {
  if (token) sessionStorage.setItem(KEPT_AS, token);
  else sessionStorage.removeItem(KEPT_AS);
}

export function know(told: Session): void {
  session.value = told;
  isLoginNeeded.value = told.who === null;
}
