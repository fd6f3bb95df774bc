// Starts the console: theme and language first, so that nothing flickers, then the shell around the page of the address.
import { render } from "preact";
import { applyLanguage } from "./language";
import { App } from "./shell/app";
import { applyTheme } from "./shell/theme";

applyTheme();
applyLanguage();
const root = document.getElementById("app");
if (root) render(<App />, root);
