export const change = {
  title: "Versions",
  noAccount: (account: string): string => `There is no account ${account}.`,
  shared: (directory: string, others: string): string =>
    `The directory ${directory} is that of ${others}, too: a change of its files is published for all of them. What is activated here is for this account alone.`,
  nothing: "Nothing was published yet.",
  active: "active",
  canary: (share: string) => `canary, ${share} of callers`,
  activated: "Activated",
  liveCalls: "Live calls",
  note: "Note",
  actions: "Actions",
  activate: "Activate",
  promote: "To everybody",
  takeBack: "Take back",
  ask: (version: string) => `New callers get version ${version}. Calls that are up keep the version that they have.`,
  done: (version: string) => `New callers get ${version}.`,
};

export type ChangeWords = typeof change;
