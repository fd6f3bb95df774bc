// What the router wrote in English, in Russian; what is not known here, such as a person's own reason, stays as it is.
import { russian } from "../../language";
import type { WrittenWords } from "../en/written";

const ACTIONS = new Map<string, string>(Object.entries({
  pause: "пауза", resume: "конец паузы", publish: "публикация", canary: "пробная версия", promote: "пробная версия — всем",
  rollback: "возврат версии", command: "команда вручную", redeliver: "уведомление снова",
  "cancel-delivery": "отмена уведомления", "token-create": "новый токен", "token-revoke": "отзыв токена",
  "user-add": "новый пользователь", "user-remove": "удаление пользователя", "user-role": "смена роли",
  "user-password": "смена пароля", "user-codes": "одноразовые коды", "user-link": "связь с провайдером",
  "user-logout": "завершение входов", login: "вход", logout: "выход", "draft-begin": "новый черновик",
  "draft-discard": "черновик выброшен",
}));

const ACTORS = new Map([["this machine", "эта машина"], ["router", "маршрутизатор"]]);

const FATE = "(?:go to the flow (?<taker>\\S+) now|are taken by no flow now and left to the PBX)";
const fate = (taker = "") => (taker ? `теперь идут в сценарий ${taker}` : "теперь не берёт ни один сценарий, они остаются АТС");
const HUNG_UP = /^(?<now>\d+) of (?<nowOf>\d+) callers hung up unanswered, and (?<before>\d+) of (?<beforeOf>\d+) on the active version$/;
const FAILED = /^(?<now>\d+) of (?<nowOf>\d+) calls had a failed command, and (?<before>\d+) of (?<beforeOf>\d+) on the active version$/;

type Parts = Readonly<Record<string, string | undefined>>;
const SENTENCES: readonly (readonly [RegExp, (parts: Parts) => string])[] = [
  [/^(?<count>\d+) warnings?$/, ({ count }) => `${count} ${russian(Number(count), "предупреждение", "предупреждения", "предупреждений")}`],
  [/^the flow (?<flow>\S+) is gone$/, ({ flow }) => `сценария ${flow} больше нет`],
  [new RegExp(`^the lines that no flow names went to (?<flow>\\S+): their calls ${FATE}$`),
    ({ flow, taker }) => `линии, которых не называл ни один сценарий, шли в ${flow}: их звонки ${fate(taker)}`],
  [new RegExp(`^no flow names the line (?<line>\\S+) of (?<flow>\\S+): calls there ${FATE}$`),
    ({ line, flow, taker }) => `линию ${line} сценария ${flow} больше не называет ни один сценарий: звонки на неё ${fate(taker)}`],
  [new RegExp(`^no flow names the lines (?<lines>[^:]+?)(?: and (?<more>\\d+) more)? of (?<flow>\\S+): calls there ${FATE}$`),
    ({ lines, more, flow, taker }) =>
      `линии ${lines}${more ? ` и ещё ${more}` : ""} сценария ${flow} больше не называет ни один сценарий: звонки на них ${fate(taker)}`],
  [/^taken back: (?<why>.+)$/, ({ why }) => `отозвана: ${sentence(why ?? "")}`],
  [HUNG_UP, ({ now, nowOf, before, beforeOf }) => `не дождались ответа ${now} из ${nowOf} звонивших, на действующей версии — ${before} из ${beforeOf}`],
  [FAILED, ({ now, nowOf, before, beforeOf }) => `неудавшаяся команда была в ${now} из ${nowOf} звонков, на действующей версии — в ${before} из ${beforeOf}`],
  [/^logged in by the provider$/, () => "вход через провайдера"],
  [/^the account's directory has this content$/, () => "таково содержимое каталога клиента"],
];

function sentence(text: string): string {
  for (const [pattern, shown] of SENTENCES) {
    const found = pattern.exec(text);
    if (found) return shown(found.groups ?? {});
  }
  return text;
}

export const written: WrittenWords = {
  action: (code) => ACTIONS.get(code) ?? code,
  actor: (name) => ACTORS.get(name) ?? name.replace(/^token /, "токен "),
  note: (text) => text.split("; ").map(sentence).join("; "),
};
