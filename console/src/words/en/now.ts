export const now = {
  title: "Now",
  calls: "Live calls",
  noCalls: "No call is up. Place one: ivr call --keys 1",
  commands: "Commands",
  noCommands: "No commands yet.",
  limits: "Limits",
  window: "Window",
  allowed: "Allowed",
  per: (count: string, seconds: string) => `${count} in ${seconds} s`,
  share: "Share",
  taken: "Taken",
  freeAt: "Free at",
  atOnce: "now",
  waiting: "Queued",
  pause: "Pause",
  resume: "Resume",
  paused: "Paused: no new call is taken and nothing is sent.",
  askPause: "Take no new calls and send nothing to the PBX?",
  closed: (account: string, until: string, reason: string) => `${account} sends nothing until ${until}: ${reason}`,
};

export type NowWords = typeof now;
