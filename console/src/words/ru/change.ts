import type { ChangeWords } from "../en/change";

export const change: ChangeWords = {
  title: "Версии",
  noAccount: (account) => `Клиента ${account} нет.`,
  shared: (directory, others) =>
    `Каталог ${directory} общий с ${others}: изменение его файлов публикуется для всех. Включённое здесь действует только для этого клиента.`,
  nothing: "Пока ничего не опубликовано.",
  active: "действует",
  canary: (share) => `пробная, ${share} звонящих`,
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
