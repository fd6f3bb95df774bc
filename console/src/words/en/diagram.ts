export const diagram = {
  actualSize: "Actual size",
  fit: "Fit",
};

export type DiagramWords = typeof diagram;
