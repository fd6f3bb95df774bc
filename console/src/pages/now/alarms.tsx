// What is wrong, in words of the chosen language. An alarm that this console does not know is shown as the router says it.
import { clock, number, percent } from "../../parts/format";
import type { Alarm, Serving } from "../../records";
import { nowWords } from "../../words/now";
import { shellWords } from "../../words/shell";
import { writtenWords } from "../../words/written";

export function Alarms({ alarms, accounts }: { alarms: readonly Alarm[]; accounts: readonly Serving[] }) {
  const t = nowWords();
  if (!alarms.length) return <p class="well">{t.allIsWell}</p>;
  return (
    <ul class="alarms" aria-label={t.alarms}>
      {alarms.map((one) => (
        <li key={`${one.code} ${one.account} ${JSON.stringify(one.facts)}`} class={one.severity}>
          <strong>{t.severities[one.severity]}</strong>
          <span>{one.account && accounts.length > 1 ? `${one.account}: ` : ""}{said(one)}</span>
        </li>
      ))}
    </ul>
  );
}

function said({ code, facts, told }: Alarm): string {
  const t = nowWords().alarm as unknown as Readonly<Record<string, (facts: Readonly<Record<string, string>>) => string>>;
  return t[code]?.(shown(facts)) ?? told;
}

/** Facts as texts: instants as times of day, shares in percent, bytes as mebibytes. */
function shown(facts: Alarm["facts"]): Readonly<Record<string, string>> {
  const text = (name: string, value: string | number | null) => {
    if (value === null || value === "") return shellWords().none;
    if (typeof value === "number") {
      if (name === "share") return percent(value);
      return number(name.endsWith("_bytes") ? value / 2 ** 20 : value);
    }
    if (name === "by") return writtenWords().actor(value);
    return /^\d{4}-\d\d-\d\dT/.test(value) ? clock(value) : value;
  };
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, text(name, value)]));
}
