import { words } from "../../language";
import { phone as en } from "../../words/en/phone";
import { phone as ru } from "../../words/ru/phone";

export const phoneWords = words({ en, ru });
