// A call on an axis of time: what was on the line, what was heard, pressed and commanded, one lane below the other.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { span } from "../../parts/format";
import type { Call } from "../../records";
import { pageWords } from "./page_words";
import { LANES, barsOf, lengthOf, rowsOf, ticksOf, type Bar, type Timeline } from "./span";

const LABEL = 92;
const ROW = 20;
const GAP = 6;
const LEAST = 3;
const LETTER = 6.6;

type Shown = { call: Call; timeline: Timeline | null; chosen: number | null; onStep: (step: number) => void };

export function Axis({ call, timeline, chosen, onStep }: Shown) {
  const t = pageWords();
  const frame = useRef<HTMLDivElement>(null);
  const width = useSignal(900);
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const watcher = new ResizeObserver(() => { width.value = Math.max(320, element.clientWidth); });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  const bars = barsOf(call, timeline);
  const length = lengthOf(bars, call);
  const room = width.value - LABEL - 8;
  const x = (seconds: number) => LABEL + (Math.min(seconds, length) / length) * room;
  let top = ROW;
  const lanes = LANES.map((lane) => {
    const mine = bars.filter((bar) => bar.lane === lane);
    const { row, count } = rowsOf(mine, length, (LETTER * 4 * length) / room);
    const here = top;
    top += count * ROW + GAP;
    return { lane, mine, row, top: here };
  }).filter(({ mine }) => mine.length);
  return (
    <div class="axis" ref={frame}>
      <svg width={width.value} height={top} role="img" aria-label={t.axis}>
        {ticksOf(length, Math.max(3, Math.floor(room / 70))).map((tick) => (
          <g class="tick">
            <line x1={x(tick)} x2={x(tick)} y1={ROW - 6} y2={top} />
            <text x={x(tick)} y={11}>{span(tick)}</text>
          </g>
        ))}
        {lanes.map(({ lane, mine, row, top: y }) => (
          <g class={`lane ${lane}`}>
            <text class="lane-name" x={0} y={y + 14}>{t.lanes[lane]}</text>
            {mine.map((bar) => <Drawn bar={bar} x={x} y={y + (row.get(bar) ?? 0) * ROW} end={length}
              isChosen={bar.step !== undefined && bar.step === chosen} onStep={onStep} />)}
          </g>
        ))}
      </svg>
    </div>
  );
}

type DrawnBar = { bar: Bar; x: (seconds: number) => number; y: number; end: number; isChosen: boolean; onStep: (step: number) => void };

function Drawn({ bar, x, y, end, isChosen, onStep }: DrawnBar) {
  const left = x(bar.from);
  const wide = Math.max(LEAST, x(bar.to ?? end) - left);
  const letters = Math.floor((wide - 6) / LETTER);
  const label = letters >= 3 ? (bar.label.length > letters ? `${bar.label.slice(0, letters - 1)}…` : bar.label) : "";
  const choose = bar.step === undefined ? undefined : () => onStep(bar.step as number);
  return (
    <g class={`bar ${bar.kind}${isChosen ? " chosen" : ""}`} onClick={choose}>
      <title>{`${span(bar.from)} ${bar.told}`}</title>
      <rect x={left} y={y + 2} width={wide} height={ROW - 5} rx={3} />
      {label ? <text x={left + 4} y={y + 14}>{label}</text>
        : bar.kind === "keys" && <text class="beside" x={left + 5} y={y + 14}>{bar.label}</text>}
    </g>
  );
}
