// Each visit of a step: by which exit it was left, and the clauses of the conditions that decided it.
import type { ComponentChildren } from "preact";
import { clock } from "../../parts/format";
import { Table } from "../../parts/table";
import type { Call, Clause } from "../../records";
import { callWords } from "../../words/calls";
import { pageWords } from "./page_words";
import { stepName } from "./span";

type Shown = { call: Call; chosen: number | null; onStep: (step: number) => void };

export function Steps({ call, chosen, onStep }: Shown) {
  const t = pageWords();
  const c = callWords();
  const rows = call.steps.map((step, number) => ({ step, number }));
  return (
    <Table caption={t.steps} rows={rows} id={({ number }) => String(number)} empty={t.noSteps}
      isChosen={({ number }) => number === chosen} columns={[
        { title: c.at, cell: ({ step }) => clock(step.at), kind: "time" },
        {
          title: c.step,
          cell: ({ step, number }) => (
            <button type="button" class="plain step" aria-pressed={number === chosen} onClick={() => onStep(number)}>
              {`${stepName(step)} (${step.verb})`}
            </button>
          ),
        },
        { title: c.exit, cell: ({ step }) => step.exit && `${step.exit} → ${step.goto || t.rests}` },
        { title: c.why, cell: ({ step }) => <>{step.why}<Clauses asked={step.clauses} /></> },
      ]} />
  );
}

/** The clauses that a condition consists of, each with what its names stood for; what decided it stands out. */
export function Clauses({ asked }: { asked: Call["steps"][number]["clauses"] }): ComponentChildren {
  const lines = asked.flatMap(({ when, value, clauses = [] }, number) => {
    const isLast = number === asked.length - 1;
    const isWhole = clauses.length === 1 && clauses[0]?.clause === when;
    const whole = isWhole ? [] : [{ text: `${when} → ${String(value)}`, decided: isLast }];
    return [...whole, ...clauses.map((one) => ({
      text: `${isWhole ? "" : "  "}${told(one)}`, decided: isLast && (isWhole || one.value === value),
    }))];
  });
  return lines.length ? <ul class="clauses">{lines.map(({ text, decided }) => <li class={decided ? "decided" : ""}>{text}</li>)}</ul> : null;
}

function told(one: Clause): string {
  const names = Object.entries(one.names ?? {}).filter(([name]) => name !== one.clause);
  const stood = names.map(([name, value]) => `${name} = ${String(value)}`).join(", ");
  return `${one.clause} → ${String(one.value)}${stood ? `  (${stood})` : ""}`;
}
