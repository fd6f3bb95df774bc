// What the language server offers at the cursor, to be chosen from.
import { Dialog } from "../../parts/dialog";
import { flowsWords } from "../../words/flows";
import type { Session } from "./session";

export function Actions({ session }: { session: Session }) {
  const t = flowsWords();
  const offered = session.offered.value;
  const close = () => {
    session.offered.value = null;
    session.view?.focus();
  };
  return (
    <Dialog title={t.actions} isOpen={offered !== null} onClose={close}>
      {offered?.length === 0 && <p class="empty">{t.noActions}</p>}
      <div class="offers">
        {offered?.map((one, number) => (
          <button type="button" autofocus={number === 0} onClick={() => { session.take(one); close(); }}>{one.title}</button>
        ))}
      </div>
    </Dialog>
  );
}
