import type { Command } from "commander"
import { expect, test } from "vitest"
import { describeFailure } from "./exit.js"
import { formatSeconds, parseDuration } from "./options.js"
import { createProgram } from "./program.js"

/** Every command with its full name. */
function commands(command: Command, name = "ifnormal"): [string, Command][] {
  return [[name, command], ...command.commands.flatMap((inner) => commands(inner, `${name} ${inner.name()}`))]
}

function helpOf(command: Command): string {
  let text = ""
  command.configureOutput({ writeOut: (part) => (text += part) })
  command.outputHelp()
  return text
}

test.each(commands(createProgram()))("the help of `%s` has an example and a description", (name, command) => {
  const help = helpOf(command)
  expect(help).toContain("Examples:")
  expect(help).toContain(`$ ${name}`)
  expect(command.description()).not.toBe("")
})

async function usageError(...args: string[]) {
  const error = await createProgram()
    .parseAsync(["node", "ifnormal", ...args])
    .then(() => undefined)
    .catch((cause: unknown) => cause)
  return describeFailure(error)
}

test("a mistyped command or option names the nearest and ends with 2", async () => {
  expect(await usageError("trian")).toMatchObject({
    exit: 2,
    code: "unknown-command",
    next: "Did you mean train?",
  })
  expect(await usageError("report", "x", "--jsno")).toMatchObject({ exit: 2, next: "Did you mean --json?" })
  expect((await usageError("train", "detector", "--budget", "soon")).message).toContain("expected a time")
  expect((await usageError("doctor", "--backend", "gpu")).message).toContain("ort")
})

test("times are read and shown", () => {
  expect([parseDuration("90s"), parseDuration("10m"), parseDuration("1h30m")]).toEqual([90, 600, 5400])
  for (const wrong of ["10", "m", "10m!", "-5s", "0s"])
    expect(() => parseDuration(wrong)).toThrow("expected a time")
  expect([formatSeconds(2.34), formatSeconds(59), formatSeconds(125), formatSeconds(3720)]).toEqual([
    "2.3 s",
    "59 s",
    "2 min 5 s",
    "1 h 2 min",
  ])
})

test("errors that nobody foresaw end with 1 and ask for the stack", () => {
  expect(describeFailure(new Error("boom"))).toMatchObject({ exit: 1, code: "unexpected", message: "boom" })
  const full = Object.assign(new Error("no space"), { code: "ENOSPC" })
  expect(describeFailure(full)).toMatchObject({ exit: 7, code: "disk-full" })
})
