// The words of what the router has written down, which the audit and the list of versions show.
import { words } from "../language";
import { written as en } from "./en/written";
import { written as ru } from "./ru/written";

export const writtenWords = words({ en, ru });
