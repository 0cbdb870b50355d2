import "@tensorflow/tfjs-backend-cpu"
import { createGenerator, createRegistry, type Explanation, explain, type Image } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, test } from "vitest"
import { fit, gray, grayData, RedDetector, shape, shareInSpots, spotted } from "../../test/spot.js"
import { generators } from "../index.js"
import { GradientGenerator } from "./gradient.js"
import { NearestGenerator } from "./nearest.js"
import { SearchGenerator } from "./search.js"

beforeAll(() => tf.setBackend("cpu"))

const inside = ({ image }: Explanation, made: { image: Image }) => shareInSpots(image.data, made.image.data)

describe("gradient", () => {
  test.each([
    ["free pixels", false],
    ["blending towards normal images", true],
  ])("with %s, removes the spots and little else", async (_, fitted) => {
    const detector = new RedDetector()
    const generator = new GradientGenerator(detector)
    if (fitted) await generator.fit(grayData(12), fit)
    const [found] = await explain(spotted(), { detector, generator }, { epsPrime: 0.0001 })
    expect(found?.score).toBeGreaterThan(0.9)
    const [first, second] = found?.counterfactuals ?? []
    expect(first).toMatchObject({ status: "valid" })
    expect(first?.note).toBeUndefined()
    expect(inside(found!, first!)).toBeGreaterThan(0.9)
    expect(first?.score).toBeGreaterThan(0.02)
    expect(second?.distance).not.toBe(first?.distance)
  })

  test.each([1, 1e5])(
    "starts where phi rounds to 1 and L_phi has no slope, raw scores times %s",
    async (unit) => {
      const detector = new RedDetector("exact", 400, unit)
      const generator = new GradientGenerator(detector)
      const [found] = await explain(spotted(), { detector, generator })
      expect(found?.score).toBe(1)
      expect(found?.counterfactuals[0]?.score).toBeLessThan(0.25)
    },
  )

  test("reaches alpha = 1 as well", async () => {
    const detector = new RedDetector()
    const generator = new GradientGenerator(detector, { concepts: 1 })
    const [found] = await explain(spotted(100, []), { detector, generator }, { alpha: 1 })
    expect(found?.score).toBeLessThan(0.1)
    expect(found?.counterfactuals[0]).toMatchObject({ status: "valid" })
  })

  test("says why none was found: flat detector, budget, stop", async () => {
    const flat = Object.assign(new RedDetector(), {
      rawScore: (x: tf.Tensor4D) => tf.tidy(() => tf.add(tf.mul(tf.sum(x, [1, 2, 3]), 0), 5) as tf.Tensor1D),
      rawScoreBatch: async (x: tf.Tensor4D) => tf.fill([x.shape[0]], 5) as tf.Tensor1D,
    })
    const note = async (detector: RedDetector, options = {}, signal?: AbortSignal) => {
      const generator = new GradientGenerator(detector, { concepts: 1, ...options })
      const [batch] = await generator.generateAll(spotted(), tf.tensor1d([0]), [0], signal)
      return batch?.notes?.[0]
    }
    expect(await note(flat)).toMatch(/^The detector is flat here: .* at score 1\.000\.$/)
    expect(await note(new RedDetector(), { steps: 1 })).toMatch(
      /^No counterfactual found: the budget of 1 steps ended at score 0\.\d+, target 0\.$/,
    )
    expect(await note(new RedDetector(), {}, AbortSignal.abort())).toContain("stopped after 0 steps")
    expect(await note(new RedDetector(), { seconds: 1e-9 })).toContain("the time ended after")
  })

  test("an image that reaches the target is left as it is", async () => {
    const generator = new GradientGenerator(new RedDetector())
    const x = spotted(100, [])
    const [batch] = await generator.generateAll(x, tf.tensor1d([0]), [1])
    expect([...((await batch?.images.data()) ?? [])]).toEqual([...(await x.data())])
    expect(batch?.notes?.[0]).toContain("nothing was changed")
  })

  test("a concept does not depend on which others are asked for", async () => {
    const generator = new GradientGenerator(new RedDetector(), { steps: 10 })
    const [, both] = await generator.generateAll(spotted(), tf.tensor1d([0]), [0, 1])
    const [alone] = await generator.generateAll(spotted(), tf.tensor1d([0]), [1])
    const once = await generator.generate(spotted(), tf.tensor1d([0]), tf.tensor1d([1], "int32"))
    expect([...((await alone?.images.data()) ?? [])]).toEqual([...((await both?.images.data()) ?? [])])
    expect([...(await once.data())]).toEqual([...((await both?.images.data()) ?? [])])
  })

  test("refuses detectors of scores only, and names what works", async () => {
    const detector = new RedDetector("none")
    const made = createGenerator(createRegistry([generators]), { type: "gradient" }, { detector, seed: 0 })
    await expect(made).rejects.toMatchObject({
      code: "detector-gradients",
      next: expect.stringMatching(/"nearest" or "search"/),
    })
  })

  test('prior "normal" without normal images is refused', async () => {
    const generator = new GradientGenerator(new RedDetector(), { prior: "normal" })
    await expect(generator.generateAll(spotted(), tf.tensor1d([0]), [0])).rejects.toMatchObject({
      code: "generator-normals",
    })
  })
})

describe("search", () => {
  test("finds both spots from scores alone, within its evaluations", async () => {
    const detector = new RedDetector("none")
    let scored = 0
    const counted = Object.assign(detector, {
      rawScoreBatch: async (x: tf.Tensor4D) => {
        scored += x.shape[0]
        return RedDetector.prototype.rawScoreBatch.call(detector, x)
      },
    })
    const generator = new SearchGenerator(counted, { evaluations: 200, patch: 1 })
    await generator.fit(grayData(6), fit)
    const x = spotted()
    scored = 0
    await generator.generateAll(x, tf.tensor1d([0]), [0, 1])
    // Beside the two searches: 6 normal images, the image, and two noisy donors.
    expect(scored).toBeLessThanOrEqual(2 * 200 + 9)
    const [found] = await explain(x, { detector: counted, generator }, { epsPrime: 0.0001 })
    const [first, second] = found?.counterfactuals ?? []
    expect([first?.status, second?.status]).toEqual(["valid", "valid"])
    expect(inside(found!, first!)).toBeGreaterThan(0.9)
    expect(first?.distance).not.toBe(second?.distance)
  })

  test("says when no normal image scores near the target, and when the budget ended", async () => {
    const generator = new SearchGenerator(new RedDetector("none"), { evaluations: 5, patch: 1 })
    await generator.fit(grayData(2), fit)
    const [none] = await generator.generateAll(spotted(), tf.tensor1d([0.6]), [0])
    expect(none?.notes?.[0]).toContain("none of 2 normal images scores within 0.2 of 0.6")
    const [cut] = await generator.generateAll(spotted(), tf.tensor1d([0]), [0])
    expect(cut?.notes?.[0]).toContain("(evaluations)")
  })
})

describe("nearest", () => {
  test("gives the nearest normal images by rank, all of them if they are few", async () => {
    const generator = new NearestGenerator(new RedDetector("none"), { concepts: 4, examples: 50 })
    await generator.fit(grayData(3), fit)
    const bytes = gray(1)
    bytes.set([255, 0, 0], 0)
    const x = tf.tensor4d(
      Float32Array.from(bytes, (byte) => byte / 255),
      [1, ...shape],
    )
    const [first, , , fourth] = await generator.generateAll(x, tf.tensor1d([0]), [0, 1, 2, 3])
    expect([...((await first?.images.data()) ?? [])].map((value) => Math.round(255 * value))).toEqual([
      ...gray(1),
    ])
    expect(first?.notes?.[0]).toBeUndefined()
    expect(fourth?.notes?.[0]).toBe("Only 3 normal images to choose from; the last is repeated.")
  })

  test("takes any distance", async () => {
    const seen: number[] = []
    const generator = new NearestGenerator(new RedDetector("none"), {
      concepts: 1,
      distance: (image, examples) => {
        seen.push(image.data.length, examples.length)
        return examples.map(({ data }) => -(data[0] as number))
      },
    })
    await generator.fit(grayData(5), fit)
    const [batch] = await generator.generateAll(spotted(), tf.tensor1d([0]), [0])
    const brightest = Math.max(...[0, 1, 2, 3, 4].map((seed) => gray(seed)[0] as number))
    expect(Math.round(255 * ((await batch?.images.data())?.[0] ?? 0))).toBe(brightest)
    expect(seen).toEqual([16 * 16 * 3, 5])
  })

  test('distance "features" of a detector without is refused', () => {
    expect(() => new NearestGenerator(new RedDetector("none"), { distance: "features" })).toThrow(
      expect.objectContaining({ code: "detector-features" }),
    )
  })
})

test.each([
  ["nearest", new NearestGenerator(new RedDetector("none"))],
  ["search", new SearchGenerator(new RedDetector("none"))],
])("%s refuses to work without normal images", async (name, generator) => {
  await expect(generator.generateAll(spotted(), tf.tensor1d([0]), [0])).rejects.toMatchObject({
    code: "generator-normals",
    message: expect.stringContaining(`"${name}"`),
  })
})
