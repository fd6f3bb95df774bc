// Starts the console: theme and language first, so that nothing flickers, then the shell around the page of the address.
import { render } from "preact";
import { applyLanguage } from "./language";
import { meet } from "./account";
import { App } from "./shell/app";
import { applyTheme } from "./shell/theme";

applyTheme();
applyLanguage();
const root = document.getElementById("app");
// Who asks has to be known before a page asks for anything: what changes something bears the session's token. A router
// that does not answer is told of by the page itself.
await meet().catch(() => undefined);
if (root) render(<App />, root);
