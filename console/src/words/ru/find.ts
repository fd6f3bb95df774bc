import { russian } from "../../language";
import type { FindWords } from "../en/find";

export const find: FindWords = {
  title: "Звонки",
  fields: {
    caller: "Номер", line: "Линия", flow: "Сценарий", reached: "Был на шаге", took: "Вышел по", since: "С", until: "До",
    q: "Номер, имя или id", trace: "Текст журнала звонка", sip_call_id: "sip_call_id", step: "Последний шаг", exit: "Последний выход",
    version: "Версия",
  },
  any: "любое",
  isLive: "идёт",
  isOver: "окончен",
  more: "Ещё фильтры",
  fewer: "Меньше фильтров",
  clear: "Очистить",
  notATime: (field) => `«${field}» — это день, например 2026-11-30, или сколько назад: 1h, 7d.`,
  nothing: "Таких звонков нет. Уберите фильтр или позвоните: ivr call --line LINE --keys 1",
  pages: "Страницы звонков",
  count: (count) => `${count} ${russian(count, "звонок", "звонка", "звонков")}`,
  newest: "Новейшие",
  older: "Раньше",
  csv: "Все в CSV",
};
