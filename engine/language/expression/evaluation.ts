/**
 * The CEL environment in which guarded expressions run: the library's evaluator, with instants and durations of our own
 * (the library's read the zone of the machine) and with guards that turn a failure into false.
 */
import { type ASTNode, Environment, EvaluationError } from '@marcbachmann/cel-js'
import { Temporal } from 'temporal-polyfill'
import { parseHeld } from '../../held-date.ts'
import { instantOf, parseDuration } from '../../time.ts'
import { fixedLengthMs } from '../fixed-length.ts'
import { partReaders } from './functions.ts'

/** An instant inside an expression. */
export class Moment {
  readonly at: number
  constructor(at: number) {
    this.at = at
  }
}

/** An exact span of time inside an expression. */
export class Span {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
}

/** Lists longer than this are not looped over, and texts longer than this are not searched inside a loop. */
const loopLimit = 1_000

/** Says that a part of an expression could not be decided; the message stays inside the engine. */
const undecided = (message: string) => new EvaluationError(message)

/** What went wrong when an attribute is simply not there. */
const absence = new Set(['no_such_key', 'index_out_of_bounds', 'unknown_variable'])

interface Checker {
  check(node: ASTNode, context: unknown): unknown
  getType(name: string): unknown
}
interface Evaluator {
  run(node: ASTNode, context: unknown): unknown
}

/** `holds(number, expression, notebook)`: the expression, or false when it fails, noting why unless something was just missing. */
function guardMacro({ args }: { args: [ASTNode, ASTNode, ASTNode] }) {
  const [number, guardedPart, notebook] = args
  let wellTyped = true
  return {
    async: false,
    typeCheck(checker: Checker, _macro: unknown, context: unknown) {
      checker.check(number, context)
      checker.check(notebook, context)
      try {
        checker.check(guardedPart, context)
      } catch {
        wellTyped = false
      }
      return checker.getType('bool')
    },
    evaluate(evaluator: Evaluator, _macro: unknown, context: unknown) {
      let failure: unknown
      if (wellTyped)
        try {
          const result = evaluator.run(guardedPart, context)
          if (typeof result === 'boolean') return result
        } catch (error) {
          failure = error
        }
      const missing = failure instanceof EvaluationError && absence.has(failure.code)
      const notes = evaluator.run(notebook, context)
      if (!missing && Array.isArray(notes)) notes.push(evaluator.run(number, context))
      return false
    },
  }
}

const sync = { async: false }

function short(value: unknown): unknown {
  if (typeof value === 'string' && value.length > loopLimit) throw undecided('text too long for a loop')
  if (typeof value === 'object' && value !== null && !(value instanceof Moment) && !(value instanceof Span))
    throw undecided('lists cannot be compared in a loop')
  return value
}

function shortList(value: unknown): unknown {
  if (Array.isArray(value) && value.length > loopLimit) throw undecided('list too long for a loop')
  return value
}

/** What is cut into pieces, or put together from them, is no longer than the data of an event. */
const piecesLimit = 65_536

function compact(value: unknown): unknown {
  const parts: unknown[] = Array.isArray(value) ? value : [value]
  let length = parts.length
  for (const part of parts) length += typeof part === 'string' ? part.length : 0
  if (length > piecesLimit) throw undecided('too long to be split or joined')
  return value
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw undecided('division by zero')
  return value
}

/**
 * Reads an instant: ISO 8601 with an offset, or a local date and time of the zone; a date alone is the start of its day
 * there. Throws for anything else.
 */
export function moment(value: unknown, zone: unknown = 'UTC'): Moment {
  if (value instanceof Moment) return value
  if (typeof value === 'string' && typeof zone === 'string' && value.length <= 40)
    try {
      const held = parseHeld(value)
      if (held && 'local' in held) return new Moment(instantOf(held.local, zone))
      if (held && 'year' in held) return moment(`${value.trim()}T00:00`, zone)
      return new Moment(Temporal.Instant.from(value).epochMilliseconds)
    } catch {
      // reported below, with everything else that is no instant
    }
  throw undecided('not an instant')
}

const spanUnits: { [unit: string]: number } = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }

/** CEL's own form (`36h`, `1h30m`), or a duration of the language whose length is the same everywhere (`3 days`). */
function span(value: unknown): Span {
  if (value instanceof Span) return value
  if (typeof value === 'string' && value.length <= 40) {
    if (/^-?(\d{1,9}(\.\d{1,6})?(h|ms|m|s))+$/.test(value)) {
      let total = 0
      for (const [, amount, unit] of value.matchAll(/([\d.]+)(h|ms|m|s)/g))
        total += Number(amount) * (spanUnits[unit ?? ''] ?? 0)
      return new Span(value.startsWith('-') ? -total : total)
    }
    const iso = parseDuration(value)
    const ms = iso === undefined ? undefined : fixedLengthMs(iso)
    if (ms !== undefined) return new Span(ms)
  }
  throw undecided('not a duration of a fixed length')
}

const reads = (read: (value: unknown) => unknown) => (text: string) => {
  try {
    read(text)
    return true
  } catch {
    return false
  }
}

/** Whether `duration(…)` and `timestamp(…)` can make anything of a text. */
export const isSpan = reads(span)
export const isMoment = reads(moment)

/** Texts as `string(…)` writes them. */
function written(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value instanceof Moment || value instanceof Span) return isoText(value)
  throw undecided('cannot be written as a text')
}

export function isoText(value: Moment | Span): string {
  if (value instanceof Span)
    return Temporal.Duration.from({ milliseconds: Math.round(value.ms) })
      .round({ largestUnit: 'hours' })
      .toString()
  return Temporal.Instant.fromEpochMilliseconds(value.at).toString({ smallestUnit: 'millisecond' })
}

function calendarPart(at: unknown, zone: unknown, name: string): number {
  const read = partReaders.get(name)
  if (!read || !(at instanceof Moment) || typeof zone !== 'string') throw undecided('not an instant')
  try {
    return read(Temporal.Instant.fromEpochMilliseconds(at.at).toZonedDateTimeISO(zone))
  } catch {
    throw undecided('no such time zone')
  }
}

const within = (ms: number): Moment => {
  if (Math.abs(ms) > 8.64e15) throw undecided('beyond the calendar')
  return new Moment(ms)
}

function environment(): Environment {
  const env = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false })
    .registerType('Moment', { ctor: Moment, fields: {} })
    .registerType('Span', { ctor: Span, fields: {} })
    .registerFunction('holds(ast, ast, ast): bool', guardMacro, sync)
    .registerFunction('brief(dyn): dyn', short, sync)
    .registerFunction('limited(dyn): dyn', shortList, sync)
    .registerFunction('compact(dyn): dyn', compact, sync)
    .registerFunction('quotient(double, double): double', (a: number, b: number) => finite(a / b), sync)
    .registerFunction('remainder(double, double): double', (a: number, b: number) => finite(a % b), sync)
    .registerFunction('moment(dyn, dyn): Moment', moment, sync)
    .registerFunction('span(dyn): Span', span, sync)
    .registerFunction('written(dyn): string', written, sync)
    .registerFunction(
      'calendar(dyn, string): double',
      (at: unknown, name: string) => calendarPart(at, 'UTC', name),
      sync,
    )
    .registerFunction('calendar(dyn, dyn, string): double', calendarPart, sync)
    .registerOperator('Moment - Moment', (a: Moment, b: Moment) => new Span(a.at - b.at))
    .registerOperator('Moment - Span', (a: Moment, b: Span) => within(a.at - b.ms))
    .registerOperator('Moment + Span', (a: Moment, b: Span) => within(a.at + b.ms))
    .registerOperator('Span + Moment', (a: Span, b: Moment) => within(a.ms + b.at))
    .registerOperator('Span + Span', (a: Span, b: Span) => new Span(a.ms + b.ms))
    .registerOperator('Span - Span', (a: Span, b: Span) => new Span(a.ms - b.ms))
  env.registerOperator('Moment == Moment', (a: Moment, b: Moment) => a.at === b.at)
  env.registerOperator('Span == Span', (a: Span, b: Span) => a.ms === b.ms)
  env.registerOperator('Moment < Moment', (a: Moment, b: Moment) => a.at < b.at)
  env.registerOperator('Moment <= Moment', (a: Moment, b: Moment) => a.at <= b.at)
  env.registerOperator('Moment > Moment', (a: Moment, b: Moment) => a.at > b.at)
  env.registerOperator('Moment >= Moment', (a: Moment, b: Moment) => a.at >= b.at)
  env.registerOperator('Span < Span', (a: Span, b: Span) => a.ms < b.ms)
  env.registerOperator('Span <= Span', (a: Span, b: Span) => a.ms <= b.ms)
  env.registerOperator('Span > Span', (a: Span, b: Span) => a.ms > b.ms)
  env.registerOperator('Span >= Span', (a: Span, b: Span) => a.ms >= b.ms)
  return env
}

const env = environment()

/** Compiles guarded text; the result runs it on variables and throws only for what no guard encloses. */
export function compileGuarded(text: string): (variables: Map<string, unknown>) => unknown {
  return env.parse(text)
}
