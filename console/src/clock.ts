// The router's clock, as its answers tell it: deadlines are its instants, and this machine's clock may be wrong.
import { signal } from "@preact/signals";

let offset = 0;

/** Called with the Date of each answer, which is exact to a second. */
export function setClock(date: string | null): void {
  const at = date ? Date.parse(date) : Number.NaN;
  if (!Number.isNaN(at)) offset = Math.abs(at - Date.now()) < 1500 ? 0 : at - Date.now();
}

/** Milliseconds since the epoch. */
export function serverNow(): number {
  return Date.now() + offset;
}

/** Seconds until an instant, negative when it has passed. */
export function secondsUntil(at: string): number {
  return (Date.parse(at) - serverNow()) / 1000;
}

/** Changes each second while the page is seen: what is drawn from it counts down. */
export const second = signal(0);

setInterval(() => {
  if (!document.hidden) second.value += 1;
}, 1000);
