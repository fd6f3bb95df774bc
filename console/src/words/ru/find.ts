import { russian } from "../../language";
import type { FindWords } from "../en/find";

export const find: FindWords = {
  title: "Звонки",
  fields: {
    caller: "Номер", line: "Линия", flow: "Сценарий", step: "Шаг", exit: "Выход", q: "Текст", sip_call_id: "sip_call_id",
    since: "С", until: "До",
  },
  hints: {
    caller: "79000000001", line: "", flow: "", step: "", exit: "", q: "", sip_call_id: "", since: "7d", until: "1h",
  },
  any: "любое",
  isLive: "идёт",
  isOver: "окончен",
  nothing: "Таких звонков нет. Уберите фильтр или позвоните: ivr call --keys 1",
  pages: "Страницы звонков",
  count: (count) => `${count} ${russian(count, "звонок", "звонка", "звонков")}`,
  newest: "Новейшие",
  older: "Раньше",
  csv: "Все в CSV",
};
