import { expect, test } from "vitest"
import { ramp, shapes, thrown } from "../../test/fakes.js"
import { subset } from "./source.js"

test("a subset has the chosen images in the chosen order, with labels and attributes", async () => {
  const part = subset(await shapes().train(), [31, 0, 2])
  expect(part.length).toBe(3)
  expect([...part.labels]).toEqual([1, 0, 2])
  expect([...part.attributes!.color!]).toEqual([1, 0, 0])
  expect(part.attributeNames).toEqual({ color: ["red", "cyan"] })
  expect([...(await part.read([2, 0]))]).toEqual([2, 2, 31, 31])
})

test.each([10, -1, 1.5, Number.NaN])("index %s is refused", async (index) => {
  const error = await thrown(() => subset(ramp(10), [index]))
  expect(error).toMatchObject({ name: "DataError", code: "data-index" })
  expect(error.message).toContain("0 to 9")
})

test("reading beyond a subset is refused", async () => {
  const error = await thrown(() => subset(ramp(10), [1, 2]).read([2]))
  expect(error).toMatchObject({ code: "data-index" })
})
