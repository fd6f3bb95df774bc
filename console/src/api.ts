// The one way to the router. Paths are relative to the page, so that they work behind any prefix; what goes wrong becomes
// a `Problem` whose message is the router's own words (RFC 9457).
import { setClock } from "./clock";
import { credentials, isLoginNeeded } from "./session";
import { shellWords } from "./words/shell";

const BASE = new URL("../api/", document.baseURI);

export class Problem extends Error {
  constructor(
    readonly status: number,
    detail: string,
    /** The further members of the object: `code`, `needs`, `findings` and the like. */
    readonly more: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
  }
}

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

export type Asked = {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Query;
  json?: unknown;
  body?: BodyInit;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  /** Sent even when the page is closed meanwhile. */
  keepalive?: boolean;
};

/** The address of a path of the API, such as `calls`; parts that a caller chose go through `segment`. */
export function address(path: string, query: Query = {}): URL {
  const url = new URL(path, BASE);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "" && value !== false) url.searchParams.set(name, String(value));
  }
  return url;
}

/** One part of a path. "." and ".." would lead elsewhere, so they are refused as what they are: no such thing. */
export function segment(text: string): string {
  if (text === "." || text === "..") throw new Problem(404, shellWords().noSuchThing);
  return encodeURIComponent(text);
}

/** The answer as it came, once it is a good one. Raises Problem. */
export async function answerOf(path: string, asked: Asked = {}): Promise<Response> {
  const { method = "GET", query = {}, json, body, headers = {}, signal, keepalive = false } = asked;
  const init: RequestInit = { method, headers: { ...credentials(), ...headers }, keepalive, ...(signal ? { signal } : {}) };
  if (json !== undefined) {
    init.headers = { ...init.headers, "Content-Type": "application/json" };
    init.body = JSON.stringify(json);
  } else if (body !== undefined) {
    init.body = body;
  }
  let answer: Response;
  try {
    answer = await fetch(address(path, query), init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, shellWords().unreachable);
  }
  setClock(answer.headers.get("Date"));
  if (answer.ok) return answer;
  if (answer.status === 401) isLoginNeeded.value = true;
  throw await problemOf(answer);
}

/** What a path of the API answers, read as JSON. Raises Problem. */
export async function ask<T>(path: string, asked: Asked = {}): Promise<T> {
  return (await (await answerOf(path, asked)).json()) as T;
}

async function problemOf(answer: Response): Promise<Problem> {
  let told: Record<string, unknown> = {};
  try {
    told = (await answer.json()) as Record<string, unknown>;
  } catch {
    // a proxy's page: its status is all that can be told
  }
  const detail = [told.detail, told.title].find((text) => typeof text === "string" && text);
  return new Problem(answer.status, String(detail ?? shellWords().refused(answer.status)), told);
}

/** What to tell a person of any error. */
export function inWords(error: unknown): string {
  if (error instanceof Problem) return error.message;
  return error instanceof Error ? error.message : String(error);
}
