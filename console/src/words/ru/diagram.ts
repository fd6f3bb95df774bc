import type { DiagramWords } from "../en/diagram";

export const diagram: DiagramWords = {
  whole: "Вся схема",
};
