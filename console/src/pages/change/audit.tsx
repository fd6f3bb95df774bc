// Who changed what, newest first. For admins.
import { ask } from "../../api";
import { stamp } from "../../parts/format";
import { useLoaded } from "../../parts/load";
import { Table } from "../../parts/table";
import { reviewWords } from "../../words/review";
import { writtenWords } from "../../words/written";

type Entry = { id: number; at: string; account: string; actor: string; action: string; subject: string; reason: string };
const MOST = 50;

export function Audit({ news, account }: { news: unknown; account: string }) {
  const t = reviewWords();
  const w = writtenWords();
  const found = useLoaded((signal) => ask<{ audit: Entry[] }>("audit", { query: { limit: MOST, account }, signal }), [news, account]);
  const { value } = found.value;
  if (!value) return null;
  return (
    <section aria-label={t.audit}>
      <h2>{t.audit}</h2>
      <Table caption={t.audit} rows={value.audit} id={(entry) => String(entry.id)} empty={t.noAudit} columns={[
        { title: t.at, cell: (entry) => stamp(entry.at), kind: "time" },
        { title: t.who, cell: (entry) => w.actor(entry.actor) },
        { title: t.what, cell: (entry) => w.action(entry.action) },
        { title: t.subject, cell: (entry) => [entry.account, entry.subject].filter(Boolean).join(" · ") },
        { title: t.why, cell: (entry) => w.note(entry.reason) },
      ]} />
    </section>
  );
}
