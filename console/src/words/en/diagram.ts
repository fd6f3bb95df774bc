export const diagram = {
  whole: "Whole picture",
};

export type DiagramWords = typeof diagram;
