import { russian } from "../../language";
import type { DiagramWords } from "../en/diagram";

export const diagram: DiagramWords = {
  whole: "Вся схема",
  flow: (name) => `сценарий ${name}`,
  start: "начало",
  caption: (text) => text
    .replace(/^(\d+) of (\d+) steps/, (_, shown: string, of: string) => `шаги: ${shown} из ${of}`)
    .replace(/^(\d+) steps/, (_, count: string) => `${count} ${russian(Number(count), "шаг", "шага", "шагов")}`)
    .replace(/ in (\d+) boxes/, (_, count: string) => ` в ${count} ${russian(Number(count), "рамке", "рамках", "рамках")}`)
    .replace(/exits that are not written go to (\S+) \(on_error\)/, "ненаписанные выходы ведут в $1 (on_error)")
    .replace(/no on_error$/, "on_error не задан"),
};
