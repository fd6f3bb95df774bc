export const diagram = {
  whole: "Whole picture",
  flow: (name: string): string => `flow ${name}`,
  start: "start",
  /** What the router says below the name: how many steps, and where exits go that are not written. */
  caption: (text: string): string => text,
};

export type DiagramWords = typeof diagram;
