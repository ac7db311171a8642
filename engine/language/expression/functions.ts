/**
 * The functions that a condition may call: what they take, what they give, and where they may stand. A function that is
 * not in this table does not exist, whatever the CEL library knows.
 */

/** What a value is, in the words of the people who write conditions. */
export type Kind =
  | 'number'
  | 'text'
  | 'true or false'
  | 'list'
  | 'map'
  | 'instant'
  | 'duration'
  | 'null'
  | 'anything'

export interface CallShape {
  /** The kind it is called on (`text.startsWith(…)`); absent for `size(…)`. */
  on?: Kind[]
  takes: Kind[]
  /** How many of `takes` may be left out. */
  optional?: number
  gives: Kind
  /** The library answers an integer, or wants one, where the language only has numbers. */
  integerResult?: true
  integerArguments?: true
  /** Its first argument names a loop variable for the others. */
  loop?: true
  /** Costs as much as its operand is long: not inside a loop. */
  once?: true
}

const part = (): CallShape => ({ on: ['instant'], takes: ['text'], optional: 1, gives: 'number' })

export const calls: ReadonlyMap<string, CallShape> = new Map<string, CallShape>([
  ['has', { takes: ['anything'], gives: 'true or false' }],
  ['size', { takes: ['anything'], gives: 'number', integerResult: true }],
  ['string', { takes: ['anything'], gives: 'text' }],
  ['double', { takes: ['anything'], gives: 'number' }],
  ['int', { takes: ['anything'], gives: 'number', integerResult: true }],
  ['bool', { takes: ['anything'], gives: 'true or false' }],
  ['timestamp', { takes: ['text'], gives: 'instant' }],
  ['duration', { takes: ['text'], gives: 'duration' }],
])

const search = (gives: Kind): CallShape => ({ on: ['text'], takes: ['text'], gives })

export const methods: ReadonlyMap<string, CallShape> = new Map<string, CallShape>([
  ['startsWith', search('true or false')],
  ['endsWith', search('true or false')],
  ['contains', search('true or false')],
  ['lowerAscii', { on: ['text'], takes: [], gives: 'text' }],
  ['upperAscii', { on: ['text'], takes: [], gives: 'text' }],
  ['trim', { on: ['text'], takes: [], gives: 'text' }],
  ['indexOf', { ...search('number'), integerResult: true }],
  ['lastIndexOf', { ...search('number'), integerResult: true }],
  [
    'substring',
    { on: ['text'], takes: ['number', 'number'], optional: 1, gives: 'text', integerArguments: true },
  ],
  ['split', { on: ['text'], takes: ['text'], gives: 'list', once: true }],
  ['join', { on: ['list'], takes: ['text'], optional: 1, gives: 'text', once: true }],
  ['size', { on: ['text', 'list', 'map'], takes: [], gives: 'number', integerResult: true }],
  ['exists', { on: ['list'], takes: ['anything', 'true or false'], gives: 'true or false', loop: true }],
  ['all', { on: ['list'], takes: ['anything', 'true or false'], gives: 'true or false', loop: true }],
  ['exists_one', { on: ['list'], takes: ['anything', 'true or false'], gives: 'true or false', loop: true }],
  ['filter', { on: ['list'], takes: ['anything', 'true or false'], gives: 'list', loop: true }],
  ['map', { on: ['list'], takes: ['anything', 'anything'], gives: 'list', loop: true }],
  ['getFullYear', part()],
  ['getMonth', part()],
  ['getDate', part()],
  ['getDayOfMonth', part()],
  ['getDayOfWeek', part()],
  ['getHours', part()],
  ['getMinutes', part()],
  ['getSeconds', part()],
])

/** Reads a field of a CEL timestamp: months, days of month and weekdays (Sunday first) count from 0, dates from 1. */
export const partReaders: ReadonlyMap<string, (local: LocalTime) => number> = new Map([
  ['getFullYear', (local: LocalTime) => local.year],
  ['getMonth', (local: LocalTime) => local.month - 1],
  ['getDate', (local: LocalTime) => local.day],
  ['getDayOfMonth', (local: LocalTime) => local.day - 1],
  ['getDayOfWeek', (local: LocalTime) => local.dayOfWeek % 7],
  ['getHours', (local: LocalTime) => local.hour],
  ['getMinutes', (local: LocalTime) => local.minute],
  ['getSeconds', (local: LocalTime) => local.second],
])

interface LocalTime {
  year: number
  month: number
  day: number
  /** Monday is 1. */
  dayOfWeek: number
  hour: number
  minute: number
  second: number
}

/** Names that lead to the prototype of a JavaScript value. Own properties alone are ever read; these are refused outright. */
export const prototypeNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
