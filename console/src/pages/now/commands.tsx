// Commands that wait for a limit, each with the time that it has left; or the latest ones, with what became of them.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { ask } from "../../api";
import { second, secondsUntil } from "../../clock";
import { clock, number, span } from "../../parts/format";
import { useLoaded } from "../../parts/load";
import type { Command } from "../../records";
import { link } from "../../route";
import { callWords, commandState } from "../../words/calls";
import { nowWords } from "../../words/now";

const SOON_SECONDS = 5;
const MOST = 30;
const LATEST_ROUNDS = 2; // seconds between two looks at the latest ones

export function Commands({ waiting, isMore }: { waiting: readonly Command[]; isMore: boolean }) {
  const t = nowWords();
  const isLatest = useSignal(false);
  return (
    <section class="card" aria-label={t.commands}>
      <h2>{isLatest.value ? t.latestCommands : t.commands} <span class="sofar">{!isLatest.value && `${waiting.length}${isMore ? "+" : ""}`}</span></h2>
      {isLatest.value ? <Latest /> : <Waiting commands={waiting} />}
      <button type="button" class="plain" onClick={() => { isLatest.value = !isLatest.value; }}>
        {isLatest.value ? t.showWaiting : t.showLatest}
      </button>
    </section>
  );
}

function Waiting({ commands }: { commands: readonly Command[] }) {
  const t = nowWords();
  second.value;
  const sorted = [...commands].sort((one, other) => (one.deadline ?? "~").localeCompare(other.deadline ?? "~"));
  if (!sorted.length) return <p class="hint">{t.noCommands}</p>;
  return (
    <ol class="commands">
      {sorted.slice(0, MOST).map((one) => <Line key={`${one.account} ${one.command_id}`} command={one}><Deadline command={one} /></Line>)}
    </ol>
  );
}

function Latest() {
  const t = nowWords();
  const found = useLoaded((signal) => ask<{ commands: Command[] }>("commands", { query: { limit: MOST }, signal }), []);
  useEffect(() => second.subscribe((at) => { if (at % LATEST_ROUNDS === 0) found.again(); }), []);
  const commands = found.value.value?.commands;
  if (commands && !commands.length) return <p class="hint">{t.noneYet}</p>;
  return (
    <ol class="commands">
      {commands?.map((one) => (
        <Line key={`${one.account} ${one.command_id}`} command={one}>
          <span class={one.state} title={clock(one.queued)}>
            {commandState(one.state)}{one.code ? ` ${one.code}` : ""}{one.wait_seconds ? ` · ${t.waited(number(one.wait_seconds, 1))}` : ""}
          </span>
          {one.reason && <span class="why">{one.reason}</span>}
        </Line>
      ))}
    </ol>
  );
}

function Line({ command, children }: { command: Command; children: ComponentChildren }) {
  return (
    <li>
      <span><b>{command.command}</b> {command.label}</span>
      {command.entry_id ? <a href={link("call", command.entry_id, { account: command.account })}>{nowWords().itsCall}</a> : <span />}
      {children}
    </li>
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
