import type { NowWords } from "../en/now";

export const now: NowWords = {
  title: "Сейчас",
  calls: "Идущие звонки",
  noCalls: "Звонков нет. Позвоните: ivr call --keys 1",
  commands: "Команды",
  noCommands: "Команд ещё не было.",
  limits: "Лимиты",
  window: "Окно",
  allowed: "Можно",
  per: (count, seconds) => `${count} за ${seconds} с`,
  share: "Доля",
  taken: "Занято",
  freeAt: "Свободно",
  atOnce: "сразу",
  waiting: "В очереди",
  pause: "Приостановить",
  resume: "Продолжить",
  paused: "Приостановлено: новые звонки не принимаются, ничего не отправляется.",
  askPause: "Не принимать новых звонков и ничего не отправлять на АТС?",
  closed: (account, until, reason) => `${account} ничего не отправляет до ${until}: ${reason}`,
};
