// A drawing in a frame that scrolls. Steps can be chosen by click or keys where a page wants that.
import { useEffect, useRef } from "preact/hooks";
import { words } from "../language";
import { diagram as en } from "../words/en/diagram";
import { diagram as ru } from "../words/ru/diagram";
import { type Drawing, nameBox } from "./drawing";
import { useSignal } from "@preact/signals";

const diagramWords = words({ en, ru });

type Shown = {
  drawing: Drawing;
  label: string;
  /** A step of a flow was chosen; without this nothing in the picture can be. */
  onStep?: (flow: string, step: string) => void;
  chosen?: { flow: string; step: string } | null;
};

export function Diagram({ drawing, label, onStep, chosen = null }: Shown) {
  const t = diagramWords();
  const frame = useRef<HTMLDivElement>(null);
  const isWhole = useSignal(matchMedia("(max-width: 40rem)").matches);
  const choose = useRef(onStep);
  choose.current = onStep;

  useEffect(() => {
    for (const panel of drawing.svg.querySelectorAll<SVGGElement>("g.panel")) say(panel, "text.flow", () => t.flow(panel.dataset.flow ?? ""));
    say(drawing.svg, "text.caption", t.caption);
    say(drawing.svg, "text.role.start", () => t.start);
  }, [drawing, t]);

  useEffect(() => {
    const { svg } = drawing;
    svg.setAttribute("role", "group");
    svg.setAttribute("aria-label", label);
    svg.style.setProperty("--natural-width", `${svg.getAttribute("width")}px`);
    frame.current?.replaceChildren(svg);
    if (!choose.current) return undefined;
    const boxes = svg.querySelectorAll<SVGGElement>("g.step");
    for (const box of boxes) {
      box.setAttribute("tabindex", "0");
      box.setAttribute("role", "button");
      nameBox(box);
    }
    const pick = (event: Event) => {
      const box = event.target instanceof Element ? event.target.closest<SVGGElement>("g.step") : null;
      const flow = box?.closest<SVGGElement>("g.panel")?.dataset.flow;
      if (!box || flow === undefined) return;
      if (event instanceof KeyboardEvent) {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
      }
      choose.current?.(flow, box.dataset.step ?? "");
    };
    svg.addEventListener("click", pick);
    svg.addEventListener("keydown", pick);
    return () => {
      svg.removeEventListener("click", pick);
      svg.removeEventListener("keydown", pick);
    };
  }, [drawing, label, t]);

  useEffect(() => {
    drawing.svg.querySelectorAll("g.step.chosen").forEach((box) => box.classList.remove("chosen"));
    if (chosen) drawing.step(chosen.flow, chosen.step)?.classList.add("chosen");
  }, [drawing, chosen?.flow, chosen?.step]);

  return (
    <div class="drawn">
      <button type="button" class="plain" aria-pressed={isWhole.value} onClick={() => { isWhole.value = !isWhole.value; }}>
        {t.whole}
      </button>
      <div class={`picture ${isWhole.value ? "whole" : ""}`} ref={frame} tabIndex={0} role="region" aria-label={label} />
    </div>
  );
}

/** Show texts of the picture in the page's language; the router's own words stay beside, for another language. */
function say(within: Element, which: string, said: (text: string) => string): void {
  for (const text of within.querySelectorAll<SVGTextElement>(which)) {
    text.dataset.written ??= text.textContent;
    text.textContent = said(text.dataset.written);
  }
}
