// The words of Now, which several files use.
import { words } from "../language";
import { now as en } from "./en/now";
import { now as ru } from "./ru/now";

export const nowWords = words({ en, ru });
