// Logging in and out. A password goes to the router and is kept nowhere; a bearer token is kept by the tab.
import { signal } from "@preact/signals";
import { Problem, address, ask } from "./api";
import { type Session, bear, know, session } from "./session";

/** Ask who we are. A router that answers nobody here says why. */
export async function meet(): Promise<void> {
  know(await ask<Session>("session"));
}

/** Whether a one-time code has to be given, too. Raises Problem for every other refusal. */
export async function logIn(name: string, password: string, code: string): Promise<"done" | "code-needed"> {
  try {
    know(await ask<Session>("session", { method: "POST", json: { name, password, ...(code ? { code } : {}) } }));
    return "done";
  } catch (error) {
    if (error instanceof Problem && error.more.code === "code-needed") return "code-needed";
    throw error;
  }
}

export async function logInByToken(token: string): Promise<void> {
  bear(token);
  try {
    await meet();
  } catch (error) {
    bear("");
    throw error;
  }
}

export async function logOut(): Promise<void> {
  if (session.peek().who?.kind === "user") know(await ask<Session>("session", { method: "DELETE" }));
  bear("");
  hasLeft.value = true;
  await meet();
}

/** Whether somebody has logged out in this tab. */
export const hasLeft = signal(false);

/** Where the provider's page begins. */
export const providerAddress = () => address("session/provider").href;

/** Where the provider's page for logging out is. */
export const providerEnd = () => address("session/provider/end").href;

/** What the way back from the provider says went wrong. */
export function providerProblem(): string {
  return new URLSearchParams(location.search).get("login") ?? "";
}
