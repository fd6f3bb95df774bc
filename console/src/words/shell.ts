// The shell's own words, which every page may use.
import { words } from "../language";
import { shell as en } from "./en/shell";
import { shell as ru } from "./ru/shell";

export const shellWords = words({ en, ru });
