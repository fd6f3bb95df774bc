import type { DiagramWords } from "../en/diagram";

export const diagram: DiagramWords = {
  actualSize: "В натуральную величину",
  fit: "Вписать",
};
