// Instants and numbers as people of the chosen language write them.
import { type Language, language } from "../language";

type Instant = string | null | undefined;

/** One formatter for each language and purpose: making one costs more than a thousand uses. */
function made<T>(make: (locale: string) => T): () => T {
  const known: Partial<Record<Language, T>> = {};
  return () => (known[language.value] ??= make(language.value === "ru" ? "ru-RU" : "en-GB"));
}

const TIME: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
const clocks = made((locale) => new Intl.DateTimeFormat(locale, TIME));
const stamps = made((locale) => new Intl.DateTimeFormat(locale, { day: "2-digit", month: "2-digit", year: "numeric", ...TIME }));
const days = made((locale) => new Intl.DateTimeFormat(locale, { day: "2-digit", month: "2-digit", timeZone: "UTC" }));
const hours = made((locale) => new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: "UTC" }));
const numbers = [0, 1, 2].map((digits) => made((locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits })));
const percents = [0, 1, 2].map((digits) =>
  made((locale) => new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: digits })));

export const clock = (at: Instant) => (at ? clocks().format(new Date(at)) : "");

export const stamp = (at: Instant) => (at ? stamps().format(new Date(at)) : "");

/** Of seconds that are told as if the zone were UTC. */
export const day = (seconds: number) => days().format(seconds * 1000);

export const hour = (seconds: number) => hours().format(seconds * 1000);

export const number = (value: number, digits: 0 | 1 | 2 = 0) => numbers[digits]!().format(value);

export const percent = (share: number, digits: 0 | 1 | 2 = 0) => percents[digits]!().format(share);

/** Seconds as 1:05 or 1:02:05. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (part: number) => String(part).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
