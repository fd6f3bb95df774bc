// The catalogues in both languages have the same words. That none is missing the compiler says; here it is seen that
// none is empty, and that the Russian ones are Russian.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const src = join(dirname(fileURLToPath(import.meta.url)), "../src");
const made = mkdtempSync(join(tmpdir(), "words-"));
after(() => rmSync(made, { recursive: true }));
globalThis.navigator ??= { languages: [] };
globalThis.document ??= { documentElement: {} };

const names = readdirSync(join(src, "words/en")).sort();

/** What means the same in both languages: names of the product, of its parameters and of its methods. */
const SAME = /^([A-Za-z_]+_[a-z_]+|IVR router|CSV|ID|\d[\d.a-z:]*|[a-z]+\/[a-z]+|[^\p{L}]*)$/u;

async function catalogue(language, name) {
  const outfile = join(made, `${language}-${name}.mjs`);
  await build({ entryPoints: [join(src, "words", language, name)], bundle: true, format: "esm", outfile, logLevel: "error" });
  return Object.values(await import(pathToFileURL(outfile)))[0];
}

/** [path, text or function] of all leaves. */
function leaves(words, path = "") {
  return Object.entries(words).flatMap(([name, value]) =>
    typeof value === "object" ? leaves(value, `${path}${name}.`) : [[`${path}${name}`, value]]);
}

const spoken = (value) => (typeof value === "function" ? value("1", "2", "3", "4") : value);

test("both languages have the same catalogues", () => {
  assert.deepEqual(readdirSync(join(src, "words/ru")).sort(), names);
});

for (const name of names) {
  test(`${name} says the same in both languages`, async () => {
    const [en, ru] = [leaves(await catalogue("en", name)), leaves(await catalogue("ru", name))];
    assert.deepEqual(ru.map(([path]) => path), en.map(([path]) => path));
    const english = new Map(en);
    for (const [path, value] of ru) {
      const [text, other] = [spoken(value), spoken(english.get(path))];
      assert.equal(typeof text, "string", path);
      assert.equal(text === "", other === "", `${path} is empty in one language only`);
      assert.ok(SAME.test(text) || /[а-яё]/i.test(text), `${path} is not Russian: ${text}`);
      assert.ok(!/[а-яё]/i.test(other), `${path} is not English: ${other}`);
    }
  });
}
