// Two people's changes to one text. The judges are `diff3` of the GNU diffutils, where it is, and properties that hold for
// every merge: what one side alone did is there, and either side may be exchanged for the other.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const made = mkdtempSync(join(tmpdir(), "merge-"));
after(() => rmSync(made, { recursive: true }));
const src = join(dirname(fileURLToPath(import.meta.url)), "../src/pages/flows/merge.ts");
const outfile = join(made, "merge.mjs");
await build({ entryPoints: [src], bundle: true, format: "esm", outfile, logLevel: "error" });
const { merge, chosen, isClean, edits } = await import(pathToFileURL(outfile));

/** Numbers that are the same for every run. */
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

/** Another text: some of its lines changed, gone, or come. Few kinds of lines, so that the same ones come again. */
function changed(text, next) {
  const lines = text.split("\n");
  for (let count = next(4); count > 0; count--) {
    const [place, way] = [next(lines.length + 1), next(3)];
    if (way === 0) lines.splice(place, 0, `line ${next(6)}`);
    else if (way === 1) lines.splice(place, 1);
    else lines.splice(place, 1, `line ${next(6)}`);
  }
  return lines.join("\n");
}

const apply = (text, changes) =>
  [...changes].reverse().reduce((made, { from, to, insert }) => made.slice(0, from) + insert + made.slice(to), text);

test("edits make the one text of the other", () => {
  for (let seed = 1; seed <= 3000; seed++) {
    const next = numbers(seed);
    const before = changed("a\nb\n\nc\nd\ne\n".slice(0, next(13)), next);
    const later = changed(before, next);
    assert.equal(apply(before, edits(before, later)), later, JSON.stringify([before, later]));
  }
});

test("a change far away leaves a place alone", () => {
  const before = "one\ntwo\nthree\nfour\nfive";
  const places = edits(before, "ONE\ntwo\nthree\nfour\nFIVE").map(({ from, to }) => [from, to]);
  assert.deepEqual(places, [[0, 4], [19, 23]]);
});

test("what one side alone has changed is taken, from either side", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const next = numbers(seed);
    const base = changed("a\nb\nc\nd\ne\nf\ng", next);
    const mine = changed(base, next);
    assert.equal(chosen(merge(base, mine, base)), mine);
    assert.equal(chosen(merge(base, base, mine)), mine);
    assert.equal(chosen(merge(base, mine, mine)), mine);
  }
});

test("changes that do not touch come together; those that do are for a person", () => {
  const base = "start: a\nsteps:\n  a: hangup\n  b: hangup\n  c: hangup\n";
  const mine = base.replace("start: a", "start: b");
  const theirs = base.replace("  c: hangup", "  c: release");
  assert.equal(chosen(merge(base, mine, theirs)), "start: b\nsteps:\n  a: hangup\n  b: hangup\n  c: release\n");
  const other = base.replace("start: a", "start: c");
  const both = merge(base, mine, other);
  assert.ok(!isClean(both));
  assert.equal(chosen(both, ["mine"]), mine);
  assert.equal(chosen(both, ["theirs"]), other);
  assert.equal(chosen(both, ["both"]), base.replace("start: a", "start: b\nstart: c"));
});

test("a file that one side removed and the other changed is for a person, too", () => {
  assert.equal(chosen(merge("a", null, "a")), null);
  assert.equal(chosen(merge("a", "a", null)), null);
  assert.equal(chosen(merge(null, null, "new")), "new");
  const torn = merge("a", "mine", null);
  assert.ok(!isClean(torn));
  assert.equal(chosen(torn, ["theirs"]), null);
  assert.equal(chosen(torn, ["mine"]), "mine");
});

const hasDiff3 = spawnSync("diff3", ["--version"]).status === 0;

test("GNU diff3 finds the same", { skip: hasDiff3 ? false : "diff3 is not installed: MERGES HAVE NO SECOND JUDGE" }, () => {
  const base = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
  let clean = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const next = numbers(seed);
    const edit = () => {
      const lines = base.split("\n");
      lines[next(10)] = `x${next(3)}`;
      return lines.join("\n");
    };
    const [mine, theirs] = [edit(), edit()];
    const files = Object.entries({ mine, base, theirs }).map(([name, text]) => {
      writeFileSync(join(made, name), text);
      return join(made, name);
    });
    const judged = spawnSync("diff3", ["-m", "-E", ...files], { encoding: "utf8" });
    const found = merge(base, mine, theirs);
    assert.equal(isClean(found), judged.status === 0, JSON.stringify([mine, theirs]));
    if (judged.status !== 0) continue;
    assert.equal(chosen(found), judged.stdout);
    clean += 1;
  }
  assert.ok(clean > 50);
});
