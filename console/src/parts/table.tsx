// Rows of anything. With `onOpen` a row can be opened by a click or Enter, and j and k move between rows.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { useKeys } from "../shell/keys";
import { shellWords } from "../words/shell";

export type Column<Row> = {
  title: string;
  cell: (row: Row) => ComponentChildren;
  kind?: "number" | "time";
};

type Shown<Row> = {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  id: (row: Row) => string;
  empty: string;
  href?: (row: Row) => string;
  isChosen?: (row: Row) => boolean;
};

export function Table<Row>(shown: Shown<Row>) {
  const { caption, columns, rows, id, empty, href, isChosen } = shown;
  const body = useRef<HTMLTableSectionElement>(null);
  if (!rows.length) return <p class="empty">{empty}</p>;
  return (
    <div class="scrolled" tabIndex={0} role="region" aria-label={caption}>
      {href && <RowKeys body={() => body.current} />}
      <table>
        <caption class="unseen">{caption}</caption>
        <thead><tr>{columns.map((one) => <th scope="col" class={one.kind}>{one.title}</th>)}</tr></thead>
        <tbody ref={body}>
          {rows.map((row) => (
            <tr key={id(row)} class={href ? "opens" : undefined} aria-selected={isChosen?.(row) || undefined}
              onClick={href && ((event) => openRow(event, href(row)))}>
              {columns.map((one, number) => (
                <td class={one.kind} data-title={one.title}>
                  {href && number === 0 ? <a class="row" href={href(row)}>{one.cell(row)}</a> : one.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A click anywhere in a row is one on its link, unless it was on a control, or text was being marked. */
function openRow(event: MouseEvent, href: string): void {
  if (event.target instanceof Element && event.target.closest("a, button, input, select")) return;
  if (getSelection()?.toString()) return;
  location.hash = href;
}

function RowKeys({ body }: { body: () => HTMLTableSectionElement | null }) {
  const move = (by: number) => {
    const links = [...(body()?.querySelectorAll<HTMLAnchorElement>("a.row") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    const next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  useKeys([
    { keys: "j", told: () => shellWords().keys.nextRow, run: () => move(1) },
    { keys: "k", told: () => shellWords().keys.previousRow, run: () => move(-1) },
  ]);
  return null;
}
