// Calls by outcome over time: bars upon each other, drawn by uPlot. The table below it has the same numbers.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { language } from "../../language";
import { day, hour } from "../../parts/format";
import { figuresWords, type CallsRow } from "../figures";

const OUTCOMES = ["answered", "hung_up", "released", "undecided", "untaken", "missed"] as const;
const HEIGHT = 240;
const DAY_SECONDS = 86_400;

type Shown = { rows: readonly CallsRow[]; by: string; since: string; until: string };

export function Chart({ rows, by, since, until }: Shown) {
  const t = figuresWords();
  const frame = useRef<HTMLDivElement>(null);
  const language_ = language.value;
  useEffect(() => {
    const element = frame.current;
    if (!element || !rows.length) return undefined;
    const plot = new uPlot(optionsOf(element, by, [since, until], t.outcomes, t.axis), stackedOf(rows, by), element);
    const watcher = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    watcher.observe(element);
    const theme = new MutationObserver(() => plot.redraw());
    theme.observe(document.documentElement, { attributes: true });
    return () => { watcher.disconnect(); theme.disconnect(); plot.destroy(); };
  }, [rows, by, since, until, language_]);
  if (!rows.length) return null;
  return <div class="chart" ref={frame} role="img" aria-label={t.calls} />;
}

/** Where a row stands on the axis: a day's or an hour's beginning, in seconds as if its zone were UTC; or the hour. */
function placeOf(row: CallsRow, by: string): number {
  if (by === "hour_of_day") return row.hour ?? 0;
  return Date.parse(`${row.day}T00:00:00Z`) / 1000 + (row.hour ?? 0) * 3600;
}

/** The last outcome is the whole height, each one before it what is below: later bars are drawn upon the higher ones. */
function stackedOf(rows: readonly CallsRow[], by: string): uPlot.AlignedData {
  const places = rows.map((row) => placeOf(row, by));
  const sums = OUTCOMES.map((_, upTo) => rows.map((row) => OUTCOMES.slice(0, upTo + 1).reduce((sum, name) => sum + row[name], 0)));
  return [places, ...sums.toReversed()];
}

/** What a custom property is in the present theme: a canvas knows colours alone, and no `light-dark()`. */
function colourIn(element: HTMLElement, name: string): string {
  element.style.setProperty("outline-color", `var(--${name})`);
  return getComputedStyle(element).outlineColor;
}

/** Days of the axis, and hours between them. */
function instants(_: uPlot, splits: number[]): string[] {
  return splits.map((at) => (at % DAY_SECONDS ? hour(at) : day(at)));
}

type Names = Readonly<Record<string, string>>;

function optionsOf(element: HTMLElement, by: string, days: readonly [string, string], names: Names, axis: string): uPlot.Options {
  const colour = (name: string) => () => colourIn(element, name);
  const soft = colour("soft");
  const [from, to] = days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1000) as [number, number];
  const range: [number, number] = by === "hour_of_day" ? [-1, 24] : [from - DAY_SECONDS / 2, to - (by === "day" ? DAY_SECONDS / 2 : 0)];
  const bars = uPlot.paths.bars?.({ size: [0.8, 40] });
  const told = (_: uPlot, value: number | null, series: number, place: number | null) => {
    if (value === null || place === null) return "–";
    const below = _.data[series + 1]?.[place] ?? 0;
    return String(value - below);
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "UTC"),
    scales: { x: { time: by !== "hour_of_day", range: () => range }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.05)] } },
    axes: [{ stroke: soft, grid: { show: false }, ...(by === "hour_of_day" ? {} : { values: instants }) }, { stroke: soft, grid: { width: 0.5 } }],
    series: [
      by === "hour_of_day" ? { label: axis, value: (_, hour) => (hour === null ? "" : `${hour}:00`) } : {
        label: axis, value: (_, at) => (at === null ? "" : by === "day" ? day(at) : `${day(at)}, ${hour(at)}`),
      },
      ...OUTCOMES.toReversed().map((name): uPlot.Series => ({
        label: names[name] ?? name, fill: colour(name), stroke: colour(name), width: 0, points: { show: false }, value: told,
        ...(bars ? { paths: bars } : {}),
      })),
    ],
  };
}
