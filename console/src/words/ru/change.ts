import type { ChangeWords } from "../en/change";

export const change: ChangeWords = {
  title: "Версии",
  nothing: "Пока ничего не опубликовано.",
  active: "действует",
  canary: (share) => `канарейка, ${share} звонящих`,
  activated: "Действует с",
  liveCalls: "Идёт звонков",
  note: "Заметка",
  actions: "Действия",
  activate: "Включить",
  promote: "Всем",
  takeBack: "Отозвать",
  ask: (version) => `Новые звонки получат версию ${version}. Идущие останутся на своей.`,
  done: (version) => `Новые звонки получают ${version}.`,
};
