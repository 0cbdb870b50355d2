/** Major and minor of a semantic version; undefined for anything else. */
function parts(version: string): readonly [major: number, minor: number] | undefined {
  const match = /^(\d+)\.(\d+)\.\d+/.exec(version)
  return match ? [Number(match[1]), Number(match[2])] : undefined
}

/**
 * Why a plugin of version `installed` may not load what version `written` of it wrote; undefined where it may.
 *
 * The rule: the same major version, and no older minor version. A plugin raises its major version when old weights or
 * options would mean something else, and its minor version when new ones come, which an older version cannot know.
 * Versions that are not semantic have to be equal.
 */
export function versionConflict(written: string, installed: string): string | undefined {
  if (written === installed) return undefined
  const [then, now] = [parts(written), parts(installed)]
  if (!then || !now) return "the versions have to be equal, because they are not of the form 1.2.3"
  if (then[0] !== now[0]) return "another major version may read the weights in another way"
  if (now[1] < then[1]) return "an older version may not know what the newer one wrote"
  return undefined
}
