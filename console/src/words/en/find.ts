export const find = {
  title: "Calls",
  fields: {
    caller: "Number", line: "Line", flow: "Flow", reached: "Step reached", took: "Exit taken", since: "From", until: "Until",
    q: "Number, name or id", trace: "Text of the trace", sip_call_id: "sip_call_id", step: "Last step", exit: "Last exit",
    version: "Version",
  },
  any: "any",
  isLive: "live",
  isOver: "over",
  more: "More filters",
  fewer: "Fewer filters",
  clear: "Clear",
  notATime: (field: string) => `“${field}” takes a day such as 2026-11-30, or how long ago: 1h, 7d.`,
  nothing: "No call fits. Leave a filter out, or place a call: ivr call --line LINE --keys 1",
  pages: "Pages of calls",
  count: (count: number) => (count === 1 ? "1 call" : `${count} calls`),
  newest: "Newest",
  older: "Older",
  csv: "All as CSV",
};

export type FindWords = typeof find;
