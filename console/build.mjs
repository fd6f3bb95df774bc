// Builds src/ into router/web/static/console, or into the directory that is named. The same sources and lock give the
// same bytes: names bear the hash of what is in them, and nothing of this machine is written down.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "../router/web/static/console"));

mkdirSync(out, { recursive: true });
for (const name of readdirSync(out)) rmSync(join(out, name));

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ["src/main.tsx", "src/style.css"],
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});

const outputs = Object.entries(metafile.outputs);
const file = (entry) => relative(out, resolve(here, outputs.find(([, made]) => made.entryPoint === entry)[0]));

/** A file, and all that it cannot do without. */
function needed(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const { imports } = metafile.outputs[relative(here, join(out, name))];
  for (const one of imports) if (one.kind === "import-statement") needed(relative(out, resolve(here, one.path)), found);
  return found;
}

// What the first page needs is asked for at once, not file after file.
const script = file("src/main.tsx");
const first = [...new Set([...needed(script), ...needed(file("src/pages/now.tsx"))])].filter((name) => name !== script).sort();
const page = readFileSync(join(here, "src/index.html"), "utf8")
  .replace("STYLE", file("src/style.css"))
  .replace("  PRELOAD\n", first.map((name) => `  <link rel="modulepreload" href="${name}">\n`).join(""))
  .replace("SCRIPT", script);
writeFileSync(join(out, "index.html"), page);
