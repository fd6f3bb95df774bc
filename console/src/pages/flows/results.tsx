// What is wrong with the draft, and what its tests came to: each line leads to its place in the text.
import { number } from "../../parts/format";
import { flowsWords } from "../../words/flows";
import type { Session } from "./session";

const MOST_SHOWN = 100;

export function Findings({ session }: { session: Session }) {
  const t = flowsWords();
  const all = [...session.language.findings.value].flatMap(([file, found]) => found.map((finding) => ({ file, finding })));
  all.sort((one, other) => (one.finding.severity ?? 1) - (other.finding.severity ?? 1));
  return (
    <section aria-label={t.findings}>
      <h2>{t.findings}</h2>
      {all.length === 0 ? <p class="hint" role="status">{t.noFindings}</p> : (
        <ul class="found">
          {all.slice(0, MOST_SHOWN).map(({ file, finding }) => (
            <li class={finding.severity === 1 ? "error" : "warning"}>
              <button type="button" class="plain" onClick={() => session.goTo(file, finding.range.start.line + 1, finding.range.start.character + 1)}>
                {file}:{finding.range.start.line + 1}
              </button>
              <span><b>{finding.code}</b> {finding.message}</span>
              {(finding.data?.fix?.length ?? 0) > 0 && <button type="button" onClick={() => void session.advise(finding, file)}>{t.take}</button>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

export function Tests({ session }: { session: Session }) {
  const t = flowsWords();
  const report = session.report.value;
  if (!report) return null;
  const gaps = report.coverage.flatMap((one) => one.gaps.map((gap) => ({ flow: one.flow, ...gap })));
  return (
    <section aria-label={t.tests}>
      <h2>{t.tests}</h2>
      {report.tests.length === 0 && <p class="hint">{t.noTests}</p>}
      <p role="status"><b class={report.failed ? "failed" : ""}>{t.testsPassed(report.passed, report.failed)}</b> · {t.covered(`${number(report.percent, 1)} %`)}</p>
      <ul class="found">
        {report.tests.filter((test) => !test.passed).map((test) => (
          <li class="error">
            <button type="button" class="plain" onClick={() => session.goTo(test.file, test.line)}>{test.file}:{test.line}</button>
            <details>
              <summary><b>{test.name}</b>: {test.reason}</summary>
              <pre>{(test.trace ?? []).join("\n")}</pre>
            </details>
          </li>
        ))}
        {gaps.slice(0, MOST_SHOWN).map((gap) => (
          <li class="warning">
            <button type="button" class="plain" onClick={() => session.goTo(gap.file, gap.line, gap.column)}>{gap.file}:{gap.line}</button>
            <span>{gap.flow}.{gap.step}{gap.exit ? ` · ${gap.exit}: ${t.noTestTakes}` : `: ${t.noTestAtStep}`}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
