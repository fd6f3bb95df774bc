import { words } from "../../language";
import { call as en } from "../../words/en/call";
import { call as ru } from "../../words/ru/call";

export const pageWords = words({ en, ru });
