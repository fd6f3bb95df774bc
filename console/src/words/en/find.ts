export const find = {
  title: "Calls",
  fields: {
    caller: "Number", line: "Line", flow: "Flow", step: "Step", exit: "Exit", q: "Text", sip_call_id: "sip_call_id",
    since: "From", until: "Until",
  },
  hints: {
    caller: "79000000001", line: "", flow: "", step: "", exit: "", q: "", sip_call_id: "", since: "7d", until: "1h",
  },
  any: "any",
  isLive: "live",
  isOver: "over",
  nothing: "No call fits. Leave a filter out, or place a call: ivr call --keys 1",
  pages: "Pages of calls",
  count: (count: number) => (count === 1 ? "1 call" : `${count} calls`),
  newest: "Newest",
  older: "Older",
  csv: "All as CSV",
};

export type FindWords = typeof find;
