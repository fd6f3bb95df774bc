// Paints live calls on a drawing: a number at each step, and a dot along the line when a call moves on.
import { type Drawing, nameBox, svgElement } from "../../parts/drawing";
import type { LiveCall } from "../../records";
import type { Move } from "./live_calls";

const MOST_DOTS = 24; // that are under way at once
const MOVE_MILLISECONDS = 700;

export type Chosen = { account: string; flow: string; version: string };

export function isOf(chosen: Chosen, call: { account: string; version: string; flow: string }): boolean {
  return call.account === chosen.account && call.flow === chosen.flow && call.version === chosen.version;
}

/** What paints one drawing; it changes only what is different from the last time. */
export function painter(drawing: Drawing, chosen: Chosen, calls: ReadonlyMap<string, LiveCall>) {
  const badges = new Map<SVGGElement, { group: SVGGElement; back: SVGRectElement; text: SVGTextElement; shown: number }>();
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let dots = 0;

  const count = () => {
    const counts = new Map<SVGGElement, number>();
    for (const { account, state } of calls.values()) {
      if (!isOf(chosen, { account, version: state.version, flow: state.flow })) continue;
      const box = drawing.step(state.within || state.flow, state.step);
      if (box) counts.set(box, (counts.get(box) ?? 0) + 1);
    }
    return counts;
  };

  const write = (box: SVGGElement, number: number) => {
    const badge = badges.get(box) ?? made(box);
    if (badge.shown === number) return;
    badge.shown = number;
    badge.group.toggleAttribute("hidden", number === 0);
    badge.group.style.display = number === 0 ? "none" : "";
    const text = String(number);
    const width = 10 + 8 * text.length;
    badge.text.textContent = text;
    badge.back.setAttribute("width", String(width));
    badge.back.setAttribute("x", String(-width / 2));
    nameBox(box);
  };

  const made = (box: SVGGElement) => {
    const outline = box.querySelector<SVGRectElement>(".box");
    const value = (name: string) => Number(outline?.getAttribute(name) ?? 0);
    const group = svgElement("g", { class: "badge", transform: `translate(${value("x") + value("width")} ${value("y")})` });
    const back = svgElement("rect", { y: -10, height: 20, rx: 10 });
    const text = svgElement("text", { y: 4.2 });
    group.append(back, text);
    box.append(group);
    const badge = { group, back, text, shown: 0 };
    badges.set(box, badge);
    return badge;
  };

  const animate = (move: Move) => {
    const line = drawing.edge(move.panel, move.from, move.to);
    if (!line || dots >= MOST_DOTS || still.matches || document.hidden) return;
    const dot = svgElement("circle", { class: "mover", r: 5 });
    dot.style.offsetPath = `path("${line.getAttribute("d")}")`;
    dots += 1;
    line.parentElement?.append(dot);
    const done = () => {
      dots -= 1;
      dot.remove();
    };
    dot.animate({ offsetDistance: ["0%", "100%"] }, { duration: MOVE_MILLISECONDS, easing: "ease-in-out" }).finished.then(done, done);
  };

  return (moves: readonly Move[]) => {
    const counts = count();
    for (const box of badges.keys()) if (!counts.has(box)) write(box, 0);
    for (const [box, number] of counts) write(box, number);
    for (const move of moves) if (isOf(chosen, move)) animate(move);
  };
}
