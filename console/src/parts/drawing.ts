// The router's own picture of a flow, made part of the page, with its steps and edges at hand to be painted on.
//
// The picture's style is left out: the console has its own for the same classes, in both themes. Its links lead to panels
// of the picture, and the fragment is the console's address, so they become plain groups.
import { answerOf, segment } from "../api";

export type Drawing = {
  svg: SVGSVGElement;
  /** The box of a step; of one inside of a folded box, or of a flow that is not drawn, the box that stands for it. */
  step: (flow: string, step: string) => SVGGElement | undefined;
  /** The line from one step to another. */
  edge: (flow: string, from: string, to: string) => SVGPathElement | undefined;
  panel: (flow: string) => SVGGElement | undefined;
};

const BETWEEN = "\u0000";
const kept = new Map<string, Promise<string>>();

/** A flow of a version, or of a draft as it was saved as some revision. */
export type Place = { account: string; version: string; draft?: string | null; revision?: number | null; flow: string };

/** The picture of a flow. It never changes, so it is asked for once. */
export async function drawingOf({ account, version, draft, revision, flow }: Place): Promise<Drawing> {
  const of = draft ? `drafts/${segment(draft)}` : `versions/${segment(version)}`;
  const path = `${of}/flows/${segment(flow)}/diagram`;
  const name = [account, path, revision ?? ""].join(BETWEEN);
  let text = kept.get(name);
  if (!text) {
    text = answerOf(path, { query: draft ? {} : { account } }).then((answer) => answer.text());
    kept.set(name, text);
    text.catch(() => kept.delete(name));
  }
  return drawingFrom(await text);
}

/** The same of a picture's text, such as the language server draws. */
export function drawingFrom(text: string): Drawing {
  const unstyled = text.replace(/<style>[^<]*<\/style>/g, ""); // the policy of the page refuses it, even unread
  const parsed = new DOMParser().parseFromString(unstyled, "image/svg+xml");
  const root = parsed.documentElement;
  if (!(root instanceof SVGSVGElement)) throw new Error("the picture cannot be read");
  for (const link of root.querySelectorAll("a")) link.replaceWith(...link.childNodes);
  root.classList.add("diagram");
  return found(document.importNode(root, true));
}

function found(svg: SVGSVGElement): Drawing {
  const steps = new Map<string, SVGGElement>();
  const running = new Map<string, SVGGElement>();
  const edges = new Map<string, SVGPathElement>();
  const panels = new Map<string, SVGGElement>();
  for (const panel of svg.querySelectorAll<SVGGElement>("g.panel")) {
    const flow = panel.dataset.flow ?? "";
    panels.set(flow, panel);
    for (const box of panel.querySelectorAll<SVGGElement>("g.step")) {
      const names = [box.dataset.step ?? "", ...(box.dataset.holds ?? "").split("\n")];
      for (const name of names) steps.set(`${flow}${BETWEEN}${name}`, box);
      if (box.dataset.runs) running.set(box.dataset.runs, box);
    }
    for (const line of panel.querySelectorAll<SVGPathElement>("path.edge")) {
      edges.set([flow, line.dataset.from, line.dataset.to].join(BETWEEN), line);
    }
  }
  return {
    svg,
    step: (flow, step) => steps.get(`${flow}${BETWEEN}${step}`) ?? running.get(flow),
    edge: (flow, from, to) => edges.get([flow, from, to].join(BETWEEN)),
    panel: (flow) => panels.get(flow),
  };
}

/** Name a box for those who hear the page: by all that can be seen in it. */
export function nameBox(box: SVGGElement): void {
  if (!box.hasAttribute("role")) return;
  const seen = [...box.querySelectorAll("text")].filter((one) => !one.closest("[hidden]"));
  box.setAttribute("aria-label", seen.map((one) => one.textContent).join(" "));
}

const SVG = "http://www.w3.org/2000/svg";

export function svgElement<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | number>> = {},
): SVGElementTagNameMap[Name] {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
