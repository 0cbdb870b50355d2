import * as fs from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import packageJson from "../package.json" with { type: "json" }

/** What a new plugin may bring. */
export const TEMPLATES = ["detector", "generator", "metric"] as const
export type Template = (typeof TEMPLATES)[number]

/** Why no plugin was created. Codes: "template-unknown", "name-invalid", "folder-not-empty", "folder-missing", "folder-many". */
export class CreateError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** What the user can do next. */
    readonly next: string,
  ) {
    super(message)
    this.name = "CreateError"
  }
}

/** A new plugin. */
export interface Created {
  /** Of its package.json, e.g. "ifnormal-plugin-cracks". */
  readonly name: string
  /** Type name in a config, e.g. "cracks". */
  readonly type: string
}

const PREFIX = "ifnormal-plugin-"
/** npm leaves .gitignore out of packages, and a package.json inside a package is taken for its own. */
const DISGUISED = { _gitignore: ".gitignore", "_package.json": "package.json" }
const templates = fileURLToPath(new URL("../templates", import.meta.url))

/**
 * Copies a template into a folder, which appears whole or not at all, and gives it the folder's name.
 * @param folder a new or an empty folder (one with .git alone counts as empty)
 * @throws CreateError
 */
export async function createPlugin(folder: string, template: Template): Promise<Created> {
  if (!TEMPLATES.includes(template))
    throw new CreateError(
      "template-unknown",
      `Found the template ${JSON.stringify(template)}, expected one of ${TEMPLATES.join(", ")}.`,
      "Pass one of them with --template.",
    )
  const target = resolve(folder)
  const created = nameOf(target)
  requireEmpty(target)
  fs.mkdirSync(dirname(target), { recursive: true })
  // The draft inside, because mkdtemp's folder is closed to other users.
  const home = fs.mkdtempSync(join(dirname(target), `.${created.type}-`))
  const draft = join(home, created.name)
  try {
    for (const part of ["common", template]) fs.cpSync(join(templates, part), draft, { recursive: true })
    rename(draft, created)
    place(draft, target)
  } finally {
    fs.rmSync(home, { recursive: true, force: true })
  }
  return created
}

function nameOf(target: string): Created {
  const type = basename(target).replace(PREFIX, "")
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(type) || type.length > 60)
    throw new CreateError(
      "name-invalid",
      `The folder ${JSON.stringify(basename(target))} cannot name a plugin, expected small letters, digits and single dashes, a letter first.`,
      "Choose a folder such as my-detector.",
    )
  return { name: `${PREFIX}${type}`, type }
}

function requireEmpty(target: string): void {
  const info = fs.statSync(target, { throwIfNoEntry: false })
  if (!info) return
  const found = info.isDirectory() ? fs.readdirSync(target).filter((name) => name !== ".git") : ["a file"]
  if (found.length === 0) return
  throw new CreateError(
    "folder-not-empty",
    `${target} holds ${found.slice(0, 3).join(", ")}${found.length > 3 ? ", ..." : ""}, expected a new or an empty folder.`,
    "Name another folder.",
  )
}

/** Names in the templates: package ifnormal-plugin-example, type example, classes Example...; ^0.0.0 of ifnormal's packages. */
function rename(draft: string, { name, type }: Created): void {
  for (const [stored, real] of Object.entries(DISGUISED))
    fs.renameSync(join(draft, stored), join(draft, real))
  const words = type.split("-").map((word) => word[0]!.toUpperCase() + word.slice(1))
  const key = type.includes("-") ? JSON.stringify(type) : type
  for (const entry of fs.readdirSync(draft, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    // Node 20 calls the entry's folder `path`, later versions `parentPath`.
    const path = join(entry.parentPath ?? entry.path, entry.name)
    const text = fs
      .readFileSync(path, "utf8")
      .replaceAll(`${PREFIX}example`, name)
      .replace(/\bexample(?=: entry\b)/g, key)
      .replace(/\bexample\b/g, type)
      .replace(/\bExample(?=[A-Z])/g, words.join(""))
      .replaceAll("^0.0.0", `^${packageJson.version}`)
    fs.writeFileSync(path, text)
  }
}

/** Into a new folder by one rename; into an empty one, which may be the one that a shell stands in, entry by entry. */
function place(draft: string, target: string): void {
  if (!fs.existsSync(target)) fs.renameSync(draft, target)
  else for (const entry of fs.readdirSync(draft)) fs.renameSync(join(draft, entry), join(target, entry))
}
