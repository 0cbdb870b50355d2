import { afterEach, expect, test } from "vitest"
import { engineInfo, getOptions, providerState, providers, requireProvider, setOptions } from "./index.js"

afterEach(() => setOptions({ provider: "cpu" }))

test("the cpu is the default and always there", () => {
  expect(getOptions().provider).toBe("cpu")
  expect(engineInfo().provider).toBe("cpu")
  expect(providerState("cpu")).toEqual({ name: "cpu", available: true })
  expect(() => requireProvider("cpu")).not.toThrow()
})

test("every provider is there, or says what was found and what to install", () => {
  expect(providers().map(({ name }) => name)).toEqual(["cpu", "webgpu", "cuda"])
  for (const state of providers()) {
    if (state.available) continue
    expect(state.reason).toMatch(/\w{3}/)
    expect(state.next).toMatch(/^(Install|onnxruntime-node has)/)
    expect(() => requireProvider(state.name)).toThrow(
      expect.objectContaining({
        code: "ORT_PROVIDER",
        message: `The provider ${state.name} does not work here: ${state.reason}.`,
        next: state.next,
      }),
    )
  }
})

test("cuda, whose library this repository never installs, says how to get it", () => {
  const state = providerState("cuda")
  expect(state).toMatchObject({ available: false })
  if (`${process.platform}/${process.arch}` === "linux/x64")
    expect(state).toMatchObject({
      reason: "onnxruntime-node was installed without libonnxruntime_providers_cuda.so",
      next: expect.stringContaining("ONNXRUNTIME_NODE_INSTALL=cuda12"),
    })
  else expect(state).toMatchObject({ next: expect.stringContaining("use webgpu") })
})

test("the blocked layout is for the cpu only", () => {
  setOptions({ provider: "webgpu" })
  expect(engineInfo()).toMatchObject({ provider: "webgpu", block: undefined })
})
