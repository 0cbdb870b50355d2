import { expect, test } from "vitest"
import { ramp, shapes, thrown } from "../../test/fakes.js"
import { oneVsRest, splitAnomalies } from "./setup.js"

const options = { seed: 1, validation: 20 }

test("normal by class or attribute, the rest is anomalous, validation is cut off the training part", async () => {
  const split = await splitAnomalies(shapes(), { normal: ["circle", { color: "cyan" }] }, options)
  // 30 test images: 10 circles, 15 cyan, 5 of them both.
  expect(split.testNormal.length).toBe(20)
  expect(split.testAnomalies.length).toBe(10)
  expect([...split.testAnomalies.labels]).not.toContain(0)
  expect(split.validationNormal.length + split.validationAnomalies.length).toBe(20)
  const rows = async (source: typeof split.testNormal) => [
    ...(await source.read(Array.from({ length: source.length }, (_, i) => i))),
  ]
  const trained = new Set(await rows(split.trainNormal))
  for (const row of await rows(split.validationNormal)) expect(trained.has(row)).toBe(false)
  expect(split.trainNormal.length + split.validationNormal.length).toBe(40)
})

test("attributes of one selector must all match, and class may be one of them", async () => {
  const split = await splitAnomalies(shapes(), { normal: [{ class: "star", color: "red" }] }, options)
  expect(split.testNormal.length).toBe(5)
})

test("anomalies may be chosen; an image that both match is normal", async () => {
  const setup = { normal: [{ color: "cyan" }], anomalies: ["star"] }
  const split = await splitAnomalies(shapes(), setup, options)
  expect(split.testNormal.length).toBe(15)
  expect(split.testAnomalies.length).toBe(5)
})

test("labelled anomalies come from the training part that is left, without what is normal", async () => {
  const setup = { normal: [{ color: "cyan" }], labelledAnomalies: ["star"] }
  const split = await splitAnomalies(shapes(), setup, options)
  const plain = await splitAnomalies(shapes(), { normal: setup.normal }, options)
  expect(plain.labelledAnomalies).toBeUndefined()
  const labelled = split.labelledAnomalies!
  // Of 60 training images 10 are stars that are not cyan, some of them held back for validation.
  const held = [...split.validationAnomalies.labels].filter((label) => label === 2).length
  expect(new Set(labelled.labels)).toEqual(new Set([2]))
  expect(labelled.length).toBe(10 - held)
  expect(new Set(labelled.attributes!.color)).toEqual(new Set(split.validationAnomalies.attributes!.color))
  expect(split.testAnomalies.length).toBe(plain.testAnomalies.length)
})

test("labelled anomalies that the training part lacks are refused", async () => {
  const labelled = (selector: string) => ({ normal: ["circle"], labelledAnomalies: [selector] })
  expect(await thrown(() => splitAnomalies(shapes(), labelled("circle"), options))).toMatchObject({
    code: "data-empty",
    message: "The training part has no labelled anomalous images, expected at least one.",
  })
  expect((await thrown(() => splitAnomalies(shapes(), labelled("sta"), options))).message).toContain(
    "setup.labelledAnomalies",
  )
})

test("the validation part depends on the seed only", async () => {
  const of = async (seed: number) => {
    const { validationNormal } = await splitAnomalies(shapes(), oneVsRest("star"), { seed, validation: 20 })
    return [...(await validationNormal.read([0, 1, 2]))]
  }
  expect(await of(1)).toEqual(await of(1))
  expect(await of(1)).not.toEqual(await of(2))
})

test("without validation nothing is cut off", async () => {
  const split = await splitAnomalies(shapes(), oneVsRest("star"), { seed: 1, validation: 0 })
  expect(split.trainNormal.length).toBe(20)
  expect(split.validationNormal.length).toBe(0)
})

test("unknown classes, attributes and values are refused with the nearest known one", async () => {
  const refuse = (normal: Parameters<typeof oneVsRest>[0]) =>
    thrown(() => splitAnomalies(shapes(), oneVsRest(normal), options))
  expect(await refuse("circel")).toMatchObject({
    name: "ConfigError",
    code: "config-invalid",
    message:
      'setup.normal: unknown class "circel". Did you mean "circle"? Expected one of circle, square, star.',
  })
  expect((await refuse({ colour: "cyan" })).message).toContain('Did you mean "color"?')
  expect((await refuse({ color: "cyam" })).message).toContain('Did you mean "cyan"?')
  expect((await refuse({})).message).toContain("empty selector")
})

test("empty parts are refused", async () => {
  const everything = { normal: ["circle", "square", "star"] }
  expect(await thrown(() => splitAnomalies(shapes(), everything, options))).toMatchObject({
    name: "DataError",
    code: "data-empty",
    message: "The test part has no anomalous images, expected at least one.",
  })
  expect(await thrown(() => splitAnomalies(shapes(), { normal: [] }, options))).toMatchObject({
    code: "config-invalid",
  })
  expect(
    await thrown(() => splitAnomalies(shapes(), oneVsRest("star"), { seed: 1, validation: 1 })),
  ).toMatchObject({ code: "data-empty" })
})

test.each([60, 1000, -1, 2.5])("a validation part of %s of 60 images is refused", async (validation) => {
  const error = await thrown(() => splitAnomalies(shapes(), oneVsRest("star"), { seed: 1, validation }))
  expect(error.message).toContain("from 0 to 59")
})

test("outlier exposure passes when it shows other classes or another data set", async () => {
  const others = shapes("other", ["circle", "square", "star"])
  const split = await splitAnomalies(shapes(), oneVsRest("star", others), options)
  expect(split.outliers?.length).toBe(60)
  const more = shapes("shapes", ["moon", "heart", "wave"])
  await splitAnomalies(shapes(), oneVsRest("star", more), options)
})

test("outlier exposure with classes of the test part is refused", async () => {
  const same = shapes("shapes", ["moon", "square", "wave"])
  expect(await thrown(() => splitAnomalies(shapes(), oneVsRest("star", same), options))).toMatchObject({
    name: "DataError",
    code: "data-exposure-overlap",
    message: "Outlier exposure shows square of shapes, which are test classes; expected other classes.",
  })
})

test("outlier exposure of another shape, or without images, is refused", async () => {
  const large = { ...shapes("large"), train: async () => ({ ...ramp(5), shape: [4, 4, 1] as const }) }
  const error = await thrown(() => splitAnomalies(shapes(), oneVsRest("star", large), options))
  expect(error).toMatchObject({ name: "ShapeError" })
  expect(error.message).toMatch(/\[4, 4, 1\].*\[1, 2, 1\]/)
  const none = { ...shapes("none"), train: async () => ramp(0) }
  expect(await thrown(() => splitAnomalies(shapes(), oneVsRest("star", none), options))).toMatchObject({
    code: "data-empty",
  })
})
