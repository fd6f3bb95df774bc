// A call's way painted on the picture of its flow: the steps that it came to, how often, and the lines that it took.
import { useEffect, useMemo } from "preact/hooks";
import { inWords } from "../../api";
import { Diagram } from "../../parts/diagram";
import { type Drawing, type Place, drawingOf, svgElement } from "../../parts/drawing";
import { useLoaded } from "../../parts/load";
import type { Call } from "../../records";
import { pageWords } from "./page_words";

type Shown = { call: Place & Pick<Call, "steps">; chosen: number | null; onStep: (step: number) => void };

export function Way({ call, chosen, onStep }: Shown) {
  const t = pageWords();
  const { account, version, draft, revision, flow } = call;
  const found = useLoaded(() => drawingOf(call), [account, version, draft, revision, flow]);
  const { value, error } = found.value;
  if (error) return <p class="empty">{inWords(error)}</p>;
  return value && <PaintedWay drawing={value} call={call} chosen={chosen} onStep={onStep} label={t.way} />;
}

/** The same on a drawing that is at hand. */
export function PaintedWay({ drawing, call, chosen, onStep, label }: Shown & { drawing: Drawing; label: string }) {
  const signature = call.steps.map((step) => `${step.within ?? ""}.${step.step}>${step.goto}`).join(" ");
  useEffect(() => paint(drawing, call), [drawing, signature]);
  const place = chosen === null ? undefined : call.steps[chosen];
  const shown = useMemo(
    () => (place ? { flow: place.within || call.flow, step: place.step } : null),
    [place?.step, place?.within, call.flow],
  );
  const pick = (flow: string, step: string) => {
    const visits = call.steps.flatMap((one, number) => ((one.within || call.flow) === flow && one.step === step ? [number] : []));
    const next = visits.find((number) => chosen !== null && number > chosen) ?? visits[0];
    if (next !== undefined) onStep(next);
  };
  return <Diagram drawing={drawing} label={label} onStep={pick} chosen={shown} />;
}

/** Paint it; answers how to take the paint off. */
function paint(drawing: Drawing, call: Shown["call"]): () => void {
  const visits = new Map<SVGGElement, number>();
  const lines = new Set<SVGPathElement>();
  for (const step of call.steps) {
    const flow = step.within || call.flow;
    const box = drawing.step(flow, step.step);
    if (box) visits.set(box, (visits.get(box) ?? 0) + 1);
    const line = step.goto ? drawing.edge(flow, step.step, step.goto) : undefined;
    if (line) lines.add(line);
  }
  const counts: SVGElement[] = [];
  for (const [box, count] of visits) {
    box.classList.add("taken");
    const frame = box.querySelector("rect");
    if (count < 2 || !frame) continue;
    const at = { x: Number(frame.getAttribute("x")) + Number(frame.getAttribute("width")) + 3, y: Number(frame.getAttribute("y")) + 10 };
    const told = svgElement("text", { class: "visits", ...at });
    told.textContent = `×${count}`;
    box.append(told);
    counts.push(told);
  }
  for (const line of lines) line.classList.add("taken");
  return () => {
    for (const box of visits.keys()) box.classList.remove("taken");
    for (const line of lines) line.classList.remove("taken");
    for (const count of counts) count.remove();
  };
}
