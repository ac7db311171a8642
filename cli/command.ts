/** What a command is, what it is called with, and how its words are read. */
import { parseArgs } from 'node:util'
import { nearest } from '../engine/language/nearest.ts'
import type { Instant } from '../engine/model.ts'

export interface Option {
  type: 'string' | 'boolean'
  short?: string
  multiple?: boolean
  /** How the help names the value: `FILE`. */
  value?: string
  help: string
}

export interface Options {
  [name: string]: Option
}

export interface Command {
  name: string
  /** One line for the list of commands. */
  summary: string
  /** What follows the name: `[folder…]`. */
  operands: string
  /** Further lines for `--help`. */
  description: string
  options: Options
  examples: string[]
  /** Does it speak to a deployment? Then it takes `--url` and `--key`. */
  remote: boolean
  /** @returns the exit code: 0 all is well, 1 something was found wrong. */
  run(call: Call): Promise<number>
}

/** Everything a command touches besides files, so that tests can stand in for it. */
export interface Surroundings {
  cwd: string
  env: { [name: string]: string | undefined }
  out(text: string): void
  err(text: string): void
  columns: number
  /** Is somebody there to be asked? */
  ask: ((question: string) => Promise<string>) | undefined
  now(): Instant
  sleep(ms: number): Promise<void>
  /** Standard input, where there is any. */
  input: AsyncIterable<Uint8Array> | undefined
  /** Shows how far something is, in the place of what it showed before; nothing: takes it away. Absent: nobody looks on. */
  progress: ((text?: string) => void) | undefined
  fetch: typeof fetch
  dns: Dns
}

/** As `node:dns/promises` answers: an error with the code `ENOTFOUND` or `ENODATA` where there is nothing. */
export interface Dns {
  resolveTxt(name: string): Promise<string[][]>
  resolveCname(name: string): Promise<string[]>
}

export interface Call {
  operands: string[]
  around: Surroundings
  text(name: string): string | undefined
  texts(name: string): string[]
  flag(name: string): boolean
  /** A line for people, on standard output. Says nothing with `--json`. */
  say(line?: string): void
  /** A line for people that is no result: progress, warnings. Standard error. */
  note(line: string): void
  /** The one result, with `--json`. */
  json(value: unknown): void
}

/** The command was called wrongly: usage is shown, exit 2. */
export class UsageError extends Error {
  readonly hint: string | undefined
  constructor(message: string, hint?: string) {
    super(message)
    this.name = 'UsageError'
    this.hint = hint
  }
}

/** The command was called rightly and cannot do it: exit 1. */
export class Failure extends Error {
  readonly hint: string | undefined
  /** Longer evidence, shown as it is below the message: issues with their source lines. */
  readonly evidence: string | undefined
  constructor(message: string, hint?: string, evidence?: string) {
    super(message)
    this.name = 'Failure'
    this.hint = hint
    this.evidence = evidence
  }
}

/** Nothing could be asked at all, so that nothing is known, good or bad: exit 2. */
export class Unreachable extends Failure {}

export interface Words {
  operands: string[]
  values: Map<string, (string | true)[]>
}

/** Reads words strictly; whatever is not understood is said with the nearest right word. */
export function readWords(words: string[], options: Options): Words {
  const known = Object.fromEntries(
    Object.entries(options).map(([name, { type, short }]) => [
      name,
      { type, multiple: true, ...(short !== undefined && { short }) },
    ]),
  )
  const { tokens } = parseArgs({ args: words, options: known, strict: false, tokens: true })
  const operands: string[] = []
  const values = new Map<string, (string | true)[]>()
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    const option = Object.hasOwn(options, name) ? options[name] : undefined
    if (!option) {
      const near = nearest(name, Object.keys(options))
      throw new UsageError(
        `There is no option ${rawName}.`,
        near === undefined ? undefined : `Did you mean --${near}?`,
      )
    }
    const given = values.get(name) ?? []
    if (given.length > 0 && !option.multiple) throw new UsageError(`${rawName} is given twice.`)
    values.set(name, [...given, read(option, rawName, value, inlineValue)])
  }
  return { operands, values }
}

function read(option: Option, rawName: string, value: string | undefined, inline: boolean | undefined) {
  if (option.type === 'boolean') {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value.`)
    return true
  }
  // What looks like an option is one that was meant to stand for itself.
  if (value === undefined || (!inline && value.startsWith('-') && value !== '-'))
    throw new UsageError(
      `${rawName} needs a value.`,
      value === undefined ? undefined : `If it is ${value}, write ${rawName}=${value}`,
    )
  return value
}
