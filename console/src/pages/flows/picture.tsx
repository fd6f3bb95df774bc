// The diagram of the flow that the cursor is in, with what the tests reach painted on it.
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Diagram } from "../../parts/diagram";
import { type Drawing, drawingFrom, svgElement } from "../../parts/drawing";
import { flowsWords } from "../../words/flows";
import type { Session, TestReport } from "./session";

export function Picture({ session }: { session: Session }) {
  const t = flowsWords();
  const drawing = useSignal<Drawing | null>(null);
  const wanted = useSignal("");
  const { flows, is_sound } = session.places.value;
  const names = flows.map((one) => one.flow);
  const flow = names.includes(wanted.value) ? wanted.value : (flows.find((one) => one.takes_calls) ?? flows[0])?.flow ?? "";
  useSignalEffect(() => {
    const chosen = session.chosen.value;
    // A step of a flow that the picture shows already is no reason for another picture.
    if (chosen && !drawing.peek()?.step(chosen.flow, chosen.step)) wanted.value = chosen.flow;
  });
  useEffect(() => {
    if (!flow || !is_sound) return undefined;
    let isOver = false;
    session.draft.ask<string>("ivr/diagram", { flow }).then(
      (text) => { if (!isOver) drawing.value = drawingFrom(text); },
      () => undefined, // what is wrong stands among the findings
    );
    return () => { isOver = true; };
  }, [flow, is_sound, session.places.value]);
  useEffect(() => {
    if (drawing.value) paint(drawing.value, session.report.value);
  }, [drawing.value, session.report.value]);
  return (
    <section class="pictured" aria-label={t.diagram}>
      {names.length > 1 && (
        <label>{t.flow}{" "}
          <select value={flow} onChange={(event) => { wanted.value = event.currentTarget.value; }}>
            {names.map((name) => <option>{name}</option>)}
          </select>
        </label>
      )}
      {drawing.value
        ? <Diagram drawing={drawing.value} label={t.diagramOf(flow)} chosen={session.chosen.value} onStep={(inFlow, step) => session.toStep(inFlow, step)} />
        : <p class="empty">{t.diagramLater}</p>}
    </section>
  );
}

/** How many tests come to each step; those that none comes to stand out. */
function paint(drawing: Drawing, report: TestReport | null): void {
  const t = flowsWords();
  drawing.svg.querySelectorAll(".badge").forEach((one) => one.remove());
  drawing.svg.classList.toggle("covered", report !== null);
  for (const box of drawing.svg.querySelectorAll("g.step")) box.classList.remove("reached");
  if (!report) return;
  const counts = new Map<SVGGElement, number>();
  for (const { flow, step, tests } of report.reached) {
    const box = drawing.step(flow, step);
    if (box) counts.set(box, Math.max(tests, counts.get(box) ?? 0));
  }
  for (const [box, count] of counts) {
    box.classList.add("reached");
    const frame = box.querySelector("rect")?.getBBox();
    if (!frame) continue;
    const badge = svgElement("g", { class: "badge" });
    const title = svgElement("title");
    title.textContent = t.testsAtStep(count);
    const [x, y] = [frame.x + frame.width - 12, frame.y - 9];
    const text = svgElement("text", { x: x + 11, y: y + 13 });
    text.textContent = String(count);
    badge.append(title, svgElement("rect", { x, y, width: 22, height: 18, rx: 9 }), text);
    box.append(badge);
  }
}
