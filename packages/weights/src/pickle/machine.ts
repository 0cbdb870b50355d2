import { shown, weightsError } from "../errors.js"
import { Cursor } from "./cursor.js"
import { OPCODES } from "./opcodes.js"
import { Global, Tuple } from "./values.js"

// A pickle is a program for a small stack machine (CPython's Lib/pickletools.py describes each instruction). This one
// knows only what plain data needs. No Python name is resolved: GLOBAL looks into the caller's list, and what is
// "called" are functions of that list, which make plain values.

/** Longest program that is read, in bytes; our choice: a state dict of 100,000 tensors takes 15 MB. */
const MOST_BYTES = 64 * 2 ** 20
/** Our choices; a state dict of 100,000 tensors has a stack of 5,000 values, and 700,000 objects. */
const MOST_STACK = 100_000
const MOST_OBJECTS = 1_000_000
const MOST_MARKS = 1000
const LONGEST_NAME = 256

export interface PickleOptions {
  /** Where in `bytes` the program begins, default 0. */
  readonly start?: number
  /** The Python names that may occur, such as "collections.OrderedDict"; default none. */
  readonly globals?: ReadonlyMap<string, Global>
  /** Says more about a name that is refused, such as that a dtype is not carried; default nothing. */
  readonly refuseGlobal?: (name: string, position: number) => Error | undefined
  /** What a persistent id stands for; default: refused. */
  readonly persistent?: (id: unknown, position: number) => unknown
  /** Takes `state` into an object of the caller's (BUILD); dicts ignore their attributes. Default: refused. */
  readonly build?: (object: unknown, state: unknown, position: number) => boolean
}

export interface Pickle {
  /**
   * Python's None, bool, int, float, str, bytes, list, dict, set and tuple as null, boolean, number (or bigint beyond
   * 2^53), number, string, Uint8Array, array, Map, Set and `Tuple`; and what the caller's `globals` make. Python 2's
   * str, which does not say whether it is text, is read as latin1 text, as with pickle's encoding="latin1".
   */
  readonly value: unknown
  /** Byte behind the program. */
  readonly end: number
}

/**
 * Reads one pickle of plain data, without running anything.
 * @throws CheckpointError "weights-opcode" for an instruction that is not known, "weights-global" for a name that is not
 * in `globals`, "weights-truncated", "weights-format" for a program that makes no sense, "weights-size" beyond the limits
 */
export function readPickle(bytes: Uint8Array, options: PickleOptions = {}): Pickle {
  return new Machine(bytes, options).run()
}

class Machine {
  readonly #cursor: Cursor
  readonly #options: PickleOptions
  readonly #stack: unknown[] = []
  readonly #marks: number[] = []
  readonly #memo = new Map<number, unknown>()
  /** Of the instruction under way. */
  #position = 0
  #objects = 0

  constructor(bytes: Uint8Array, options: PickleOptions) {
    this.#options = options
    this.#cursor = new Cursor(bytes, options.start ?? 0)
  }

  run(): Pickle {
    const { start = 0 } = this.#options
    for (;;) {
      this.#position = this.#cursor.position
      if (this.#position - start > MOST_BYTES)
        throw weightsError("weights-size", `The pickle is longer than ${MOST_BYTES} bytes.`)
      const code = this.#cursor.uint8()
      if (code === 46) {
        const value = this.#pop()
        if (this.#stack.length > 0 || this.#marks.length > 0)
          throw this.#senseless(`STOP leaves ${this.#stack.length} values on the stack`)
        return { value, end: this.#cursor.position }
      }
      this.#step(code)
    }
  }

  #step(code: number) {
    const cursor = this.#cursor
    switch (code) {
      case 128: // PROTO
        if (cursor.uint8() > 5)
          throw weightsError(
            "weights-format",
            `A pickle of protocol 0 to 5 is expected at byte ${this.#position}.`,
          )
        return
      case 149: // FRAME: its length is a hint for readers of streams.
        cursor.uint64()
        return
      case 40: // MARK
        if (this.#marks.push(this.#stack.length) > MOST_MARKS)
          throw weightsError("weights-size", `More than ${MOST_MARKS} marks at byte ${this.#position}.`)
        return
      case 48: // POP
        if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop()
        else this.#pop()
        return

      case 78: // NONE
        return this.#push(null)
      case 136: // NEWTRUE
        return this.#push(true)
      case 137: // NEWFALSE
        return this.#push(false)
      case 75: // BININT1
        return this.#push(cursor.uint8())
      case 77: // BININT2
        return this.#push(cursor.uint16())
      case 74: // BININT
        return this.#push(cursor.int32())
      case 138: // LONG1: at most 255 bytes. LONG4 is not known: nothing of ours needs longer numbers.
        return this.#push(cursor.integer(cursor.uint8()))
      case 71: // BINFLOAT
        return this.#push(cursor.float64())

      case 88: // BINUNICODE
        return this.#make(cursor.utf8(cursor.uint32()))
      case 140: // SHORT_BINUNICODE
        return this.#make(cursor.utf8(cursor.uint8()))
      case 84: // BINSTRING
        return this.#make(cursor.latin1(cursor.uint32()))
      case 85: // SHORT_BINSTRING
        return this.#make(cursor.latin1(cursor.uint8()))
      case 66: // BINBYTES
        return this.#make(cursor.bytes(cursor.uint32()))
      case 67: // SHORT_BINBYTES
        return this.#make(cursor.bytes(cursor.uint8()))

      case 41: // EMPTY_TUPLE
        return this.#make(new Tuple([]))
      case 133: // TUPLE1
      case 134: // TUPLE2
      case 135: // TUPLE3
        return this.#make(new Tuple(this.#take(code - 132)))
      case 116: // TUPLE
        return this.#make(new Tuple(this.#sinceMark()))
      case 93: // EMPTY_LIST
        return this.#make([])
      case 125: // EMPTY_DICT
        return this.#make(new Map())
      case 143: // EMPTY_SET
        return this.#make(new Set())

      case 97: // APPEND
        return this.#append(this.#take(1))
      case 101: // APPENDS
        return this.#append(this.#sinceMark())
      case 115: // SETITEM
        return this.#set(this.#take(2))
      case 117: // SETITEMS
        return this.#set(this.#sinceMark())
      case 144: // ADDITEMS
        return this.#add(this.#sinceMark())

      case 113: // BINPUT
        return this.#remember(cursor.uint8())
      case 114: // LONG_BINPUT
        return this.#remember(cursor.uint32())
      case 148: // MEMOIZE
        return this.#remember(this.#memo.size)
      case 104: // BINGET
        return this.#push(this.#recall(cursor.uint8()))
      case 106: // LONG_BINGET
        return this.#push(this.#recall(cursor.uint32()))

      case 99: {
        // GLOBAL
        const module = cursor.line(LONGEST_NAME)
        return this.#push(this.#global(module, cursor.line(LONGEST_NAME)))
      }
      case 147: {
        // STACK_GLOBAL
        const [module, name] = this.#take(2)
        if (typeof module !== "string" || typeof name !== "string")
          throw this.#senseless("STACK_GLOBAL finds no two texts")
        return this.#push(this.#global(module, name))
      }
      case 82: // REDUCE
      case 129: // NEWOBJ
        return this.#call(code)
      case 98: // BUILD
        return this.#build()
      case 81: // BINPERSID
        return this.#persistent()

      default:
        throw weightsError(
          "weights-opcode",
          `The pickle instruction ${OPCODES[code] ?? `0x${code.toString(16)}`} at byte ${this.#position} is refused: plain tensors do not need it.`,
        )
    }
  }

  #push(value: unknown): void {
    if (this.#stack.push(value) > MOST_STACK)
      throw weightsError(
        "weights-size",
        `More than ${MOST_STACK} values on the stack at byte ${this.#position}.`,
      )
  }

  /** Pushes a new object; they are counted, because two bytes of a file can ask for one. */
  #make(value: unknown): void {
    this.#count(1)
    this.#push(value)
  }

  #count(objects: number): void {
    this.#objects += objects
    if (this.#objects > MOST_OBJECTS)
      throw weightsError("weights-size", `More than ${MOST_OBJECTS} objects at byte ${this.#position}.`)
  }

  #pop(): unknown {
    return this.#take(1)[0]
  }

  /** The last `count` values, none of them below the last mark. */
  #take(count: number): unknown[] {
    if (this.#stack.length - count < (this.#marks.at(-1) ?? 0))
      throw this.#senseless(`the stack has not ${count} values`)
    return this.#stack.splice(this.#stack.length - count, count)
  }

  #sinceMark(): unknown[] {
    const mark = this.#marks.pop()
    if (mark === undefined) throw this.#senseless("there is no mark")
    return this.#stack.splice(mark)
  }

  /** The value that an instruction changes: it stays on the stack. */
  #top(): unknown {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.#senseless("the stack is empty")
    return this.#stack.at(-1)
  }

  #append(values: readonly unknown[]): void {
    const list = this.#top()
    if (!Array.isArray(list)) throw this.#senseless("there is no list to append to")
    for (const value of values) list.push(value)
  }

  #set(values: readonly unknown[]): void {
    const dict = this.#top()
    if (!(dict instanceof Map) || values.length % 2 !== 0) throw this.#senseless("there is no dict to fill")
    for (let index = 0; index < values.length; index += 2) dict.set(values[index], values[index + 1])
  }

  #add(values: readonly unknown[]): void {
    const set = this.#top()
    if (!(set instanceof Set)) throw this.#senseless("there is no set to add to")
    for (const value of values) set.add(value)
  }

  #remember(key: number): void {
    this.#memo.set(key, this.#top())
    if (this.#memo.size > MOST_OBJECTS)
      throw weightsError("weights-size", `More than ${MOST_OBJECTS} memo entries at byte ${this.#position}.`)
  }

  #recall(key: number): unknown {
    if (!this.#memo.has(key)) throw this.#senseless(`memo ${key} is empty`)
    return this.#memo.get(key)
  }

  #global(module: string, name: string): Global {
    const full = `${module}.${name}`
    const found = this.#options.globals?.get(full)
    if (found) return found
    throw (
      this.#options.refuseGlobal?.(full, this.#position) ??
      weightsError(
        "weights-global",
        `The file names ${shown(full)} at byte ${this.#position}, which is not on the list of what may be read.`,
      )
    )
  }

  #call(code: number): void {
    const [callee, args] = this.#take(2)
    if (!(callee instanceof Global) || !(args instanceof Tuple))
      throw this.#senseless(`${OPCODES[code]} finds no known name with arguments`)
    if (!callee.make)
      throw weightsError(
        "weights-global",
        `The file calls ${callee.name} at byte ${this.#position}, which is no function.`,
      )
    for (const argument of args.items) this.#count(extent(argument))
    this.#make(callee.make(args.items))
  }

  #build(): void {
    const state = this.#pop()
    const object = this.#top()
    // Attributes of a dict, such as the _metadata of a state dict, are not its items.
    if (object instanceof Map || this.#options.build?.(object, state, this.#position)) return
    throw this.#senseless("BUILD finds nothing that takes a state")
  }

  #persistent(): void {
    const id = this.#pop()
    if (!this.#options.persistent)
      throw weightsError(
        "weights-opcode",
        `The pickle instruction BINPERSID at byte ${this.#position} is refused.`,
      )
    this.#make(this.#options.persistent(id, this.#position))
  }

  #senseless(what: string): Error {
    return weightsError("weights-format", `The pickle is damaged at byte ${this.#position}: ${what}.`)
  }
}

/** Objects that a copy of an argument makes: a call of three bytes may copy what was made once, again and again. */
function extent(argument: unknown): number {
  if (typeof argument === "string") return argument.length / 16
  if (argument instanceof Tuple) return argument.items.length
  if (Array.isArray(argument)) return argument.length
  return argument instanceof Map || argument instanceof Set ? argument.size : 0
}
