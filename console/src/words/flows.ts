import { words } from "../language";
import { flows as en } from "./en/flows";
import { flows as ru } from "./ru/flows";

export const flowsWords = words({ en, ru });
