import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { readScores, type ScoreOptions } from "./scores.js"

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "ifnormal-scores-"))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const normal = [0.1, 0.4, -3]
const anomaly = [0.35, 8e200]

/** The scores above, a normal one first. */
function lines(
  labels: readonly [string, string],
  row = (score: number, label: string) => `${score},${label}`,
) {
  const rows = [normal.map((v) => row(v, labels[0])), anomaly.map((v) => row(v, labels[1]))]
  return [0, 1, 2].flatMap((i) => rows.flatMap((kind) => kind.slice(i, i + 1)))
}

function read(name: string, text: readonly string[], options: Partial<ScoreOptions> = {}) {
  const path = join(cwd, name)
  writeFileSync(path, text.join("\n"))
  return readScores(path, {
    score: "score",
    label: "label",
    positive: [],
    negative: [],
    quiet: true,
    ...options,
  })
}

describe("one set of scores in many files", () => {
  const own = { score: "pred", label: "kind" }
  const run = { format: 1, normal, anomaly, counterfactual: [] }
  test.each<[what: string, name: string, lines: string[], options: Partial<ScoreOptions>]>([
    ["without a head", "headless.csv", lines(["0", "1"]), {}],
    [
      "other columns and order",
      "own.csv",
      ["id,kind,pred", ...lines(["Good", "BAD"], (s, l) => `x,${l},${s}`)],
      own,
    ],
    [
      "numbers of columns",
      "numbers.csv",
      lines(["good", "bad"], (s, l) => `${l},${s}`),
      { score: "2", label: "1" },
    ],
    ["semicolons", "semicolon.csv", ["score;label", ...lines(["0", "1"], (s, l) => `${s};${l}`)], {}],
    [
      "tabs, a byte-order mark",
      "tabs.tsv",
      ["\uFEFFscore\tlabel", ...lines(["0", "1"], (s, l) => `${s}\t${l}`)],
      {},
    ],
    [
      "quotes, line breaks in a cell, empty lines",
      "quotes.csv",
      ['"a\nb",score,label', "", ...lines(["0", "1"], (s, l) => `"x,\ny",${s},"${l}"`), ""],
      {},
    ],
    ["--positive", "positive.csv", ["score,label", ...lines(["nut", "crack"])], { positive: ["Crack"] }],
    ["--negative", "negative.csv", ["score,label", ...lines(["nut", "hole"])], { negative: ["nut"] }],
    ["a run's scores", "scores.json", [JSON.stringify(run)], {}],
  ])("%s", async (_, name, text, options) => {
    const found = await read(name, text, options)
    expect(Array.from(found.normal)).toEqual(normal)
    expect(Array.from(found.anomaly)).toEqual(anomaly)
  })

  test("infinite scores take part", async () => {
    const found = await read("infinite.csv", ["score,label", "-inf,0", "1,0", "Infinity,1", "+Inf,1"])
    expect(found.normal[0]).toBe(Number.NEGATIVE_INFINITY)
    expect(Array.from(found.anomaly)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])
  })

  test("thousands of rows keep their order", async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `${i},${i % 2}`)
    const { normal, anomaly } = await read("long.csv", ["score,label", ...rows])
    expect(normal).toEqual(Float64Array.from({ length: 2500 }, (_, i) => 2 * i))
    expect(anomaly).toEqual(Float64Array.from({ length: 2500 }, (_, i) => 2 * i + 1))
  })
})

describe("errors say what was found and what to do", () => {
  const text = lines(["0", "1"])
  test.each<[what: string, lines: string[], options: Partial<ScoreOptions>, code: string, message: RegExp]>([
    [
      "no such column",
      ["pred,kind", ...text],
      {},
      "column-missing",
      /no column "score"; the columns are "pred", "kind"/,
    ],
    [
      "no such number",
      text,
      { score: "3" },
      "column-missing",
      /"3"; the columns are "1", "2" \(the file has no head\)/,
    ],
    [
      "a word as score",
      ["score,label", "1,0", '"a\nb",1', "x,0"],
      {},
      "score-invalid",
      /Line 3 has the score "a\\nb"/,
    ],
    ["NaN", ["score,label", '1,"0"', "", "nan,1"], {}, "score-invalid", /Line 4 has the score "nan"/],
    ["no score", ["score,label", "1,0", ",1"], {}, "score-invalid", /Line 3 has the score ""/],
    [
      "a row that is short",
      ["score,label", "1,0", "2"],
      {},
      "csv-invalid",
      /Line 3 .* 1 cells, the first line 2/,
    ],
    ["an open quote", ["score,label", '1,"0', "2,1"], {}, "csv-invalid", /no valid CSV/],
    ["one class", ["score,label", "1,0", "2,0"], {}, "one-class", /All 2 rows are normal \(labels "0"\)/],
    [
      "labels of one's own",
      ["score,label", "1,nut", "2,crack"],
      {},
      "label-unknown",
      /labels "nut", "crack" do not say/,
    ],
    [
      "a label that no row has",
      ["score,label", "1,a", "2,b"],
      { positive: ["c"] },
      "label-missing",
      /"c"; the labels are "a", "b"/,
    ],
    [
      "labels that are all different",
      ["score,label", ...Array.from({ length: 300 }, (_, i) => `${i},n${i}`)],
      {},
      "label-many",
      /Line 202 .*201st/,
    ],
    ["nothing", [], {}, "csv-empty", /no rows/],
    ["a head alone", ["score,label"], {}, "csv-empty", /no rows/],
  ])("%s", async (_, text, options, code, message) => {
    const error = await read("wrong.csv", text, options).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ name: "DataError", code, next: expect.stringMatching(/./) })
    expect((error as Error).message).toMatch(message)
  })

  test.each([
    ["{", "is no JSON"],
    ["{}", 'has no list "normal"'],
    ['{"normal":[],"anomaly":[1]}', 'has an empty list "normal"'],
    ['{"normal":[1],"anomaly":[null]}', 'has null at position 0 of "anomaly"'],
  ])("%s as scores.json", async (text, message) => {
    await expect(read("scores.json", [text])).rejects.toThrow(message)
  })
})
