import { words } from "../language";
import { review as en } from "./en/review";
import { review as ru } from "./ru/review";

export const reviewWords = words({ en, ru });
