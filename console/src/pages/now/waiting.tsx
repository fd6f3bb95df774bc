// Commands that wait for a limit, each with the time that it has left.
import { second, secondsUntil } from "../../clock";
import { clock, span } from "../../parts/format";
import type { Command } from "../../records";
import { link } from "../../route";
import { callWords } from "../../words/calls";
import { nowWords } from "../../words/now";

const SOON_SECONDS = 5;
const MOST = 30;

export function Waiting({ commands, isMore }: { commands: readonly Command[]; isMore: boolean }) {
  const t = nowWords();
  second.value;
  const waiting = [...commands].sort((one, other) => (one.deadline ?? "~").localeCompare(other.deadline ?? "~"));
  return (
    <section class="card" aria-label={t.commands}>
      <h2>{t.commands} <span class="count">{commands.length}{isMore && "+"}</span></h2>
      {!waiting.length && <p class="hint">{t.noCommands}</p>}
      <ol class="waiting">
        {waiting.slice(0, MOST).map((one) => (
          <li key={`${one.account} ${one.command_id}`}>
            <span><b>{one.command}</b> {one.label}</span>
            {one.entry_id && <a href={link("call", one.entry_id, { account: one.account })}>{t.itsCall}</a>}
            <Deadline command={one} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Deadline({ command }: { command: Command }) {
  const t = nowWords();
  if (!command.deadline) return <span class="hint">{t.noDeadline}</span>;
  const left = secondsUntil(command.deadline);
  return (
    <span class={left < SOON_SECONDS ? "failed" : "hint"} title={`${callWords().deadline}: ${clock(command.deadline)}`}>
      {left > 0 ? t.left(span(left)) : t.tooLate}
    </span>
  );
}
