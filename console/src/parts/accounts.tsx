// Which account a page is about. The address has it, so that it can be sent to a colleague; pages of accounts hand it on to
// each other, and one who runs a single account sees nothing of it.
import type { Serving } from "../records";
import { go, link, route } from "../route";
import { shellWords } from "../words/shell";

/** The account of the address; "" for all of them. */
export function accountOf(): string {
  return route.value.query.get("account") ?? "";
}

type Shown = { page: string; accounts: readonly Serving[]; chosen: string };

/** For the page of that name; nothing while there is nothing to choose. */
export function AccountChoice({ page, accounts, chosen }: Shown) {
  const t = shellWords();
  if (accounts.length < 2) return null;
  return (
    <label class="account">{t.account}{" "}
      <select value={chosen} onChange={(event) => go(link(page, "", { account: event.currentTarget.value }))}>
        <option value="">{t.allAccounts}</option>
        {accounts.map((one) => <option value={one.account}>{one.account}</option>)}
      </select>
    </label>
  );
}

/** The accounts of an address that names one; all of them otherwise. */
export function ofAccount<Row extends { account: string }>(rows: readonly Row[], chosen: string): readonly Row[] {
  return chosen ? rows.filter((one) => one.account === chosen) : rows;
}

/** Other accounts whose bundle is read from the same directory. */
export function sharing(accounts: readonly Serving[], account: string): readonly Serving[] {
  const directory = accounts.find((one) => one.account === account)?.directory;
  return accounts.filter((one) => one.account !== account && one.directory === directory);
}
