// Instants and numbers as people of the chosen language write them.
import { language } from "../language";

type Instant = string | null | undefined;

function formatted(at: Instant, options: Intl.DateTimeFormatOptions): string {
  if (!at) return "";
  return new Intl.DateTimeFormat(language.value === "ru" ? "ru-RU" : "en-GB", options).format(new Date(at));
}

export const clock = (at: Instant) => formatted(at, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export const stamp = (at: Instant) =>
  formatted(at, { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });

export const number = (value: number, digits = 0) =>
  new Intl.NumberFormat(language.value === "ru" ? "ru-RU" : "en-GB", { maximumFractionDigits: digits }).format(value);

export const percent = (share: number, digits = 0) =>
  new Intl.NumberFormat(language.value === "ru" ? "ru-RU" : "en-GB", { style: "percent", maximumFractionDigits: digits }).format(share);

/** Seconds as 1:05 or 1:02:05. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (part: number) => String(part).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
