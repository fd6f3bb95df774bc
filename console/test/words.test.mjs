// The catalogues in both languages have the same words. That none is missing the compiler says; here it is seen that
// none is empty, and that the Russian ones are Russian.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
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

test("each action of the audit has Russian words", async () => {
  const openapi = readFileSync(join(src, "../../schemas/openapi.yaml"), "utf8");
  const [, enumerated] = /action: \{enum: \[(pause, [^\]]+)\]/.exec(openapi);
  const { action } = await catalogue("ru", "written.ts");
  for (const code of enumerated.split(", ")) assert.match(action(code), /^[а-яё— ]+$/, code);
  assert.equal(action("new-action"), "new-action");
});

test("notes of versions are shown in Russian, and a person's own words as they are", async () => {
  const { note, actor } = await catalogue("ru", "written.ts");
  assert.equal(note("1 warning"), "1 предупреждение");
  assert.equal(note("22 warnings; the flow night is gone"), "22 предупреждения; сценария night больше нет");
  assert.equal(note("no flow names the lines 74950000001, 74950000002 and 3 more of main: calls there go to the flow other now"),
    "линии 74950000001, 74950000002 и ещё 3 сценария main больше не называет ни один сценарий: звонки на них теперь идут в сценарий other");
  assert.equal(note("the lines that no flow names went to main: their calls are taken by no flow now and left to the PBX"),
    "линии, которых не называл ни один сценарий, шли в main: их звонки теперь не берёт ни один сценарий, они остаются АТС");
  assert.equal(note("taken back: 9 of 30 callers hung up unanswered, and 1 of 40 on the active version"),
    "отозвана: не дождались ответа 9 из 30 звонивших, на действующей версии — 1 из 40");
  assert.equal(note("we have 2 warnings; later"), "we have 2 warnings; later");
  assert.equal(note("the account's directory has this content"), "таково содержимое каталога клиента");
  assert.equal(actor("this machine"), "эта машина");
  assert.equal(actor("token wallboard"), "токен wallboard");
  assert.equal(actor("masha"), "masha");
});
