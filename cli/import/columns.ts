/** Which column becomes which field of the profile. */
import { nearest } from '../../engine/language/nearest.ts'
import type { Json, JsonObject } from '../../engine/model.ts'
import { Failure, UsageError } from '../command.ts'
import { counted } from '../terminal.ts'
import { type CellType, cellTypes, type DateOrder, readCell } from './cells.ts'
import { REASON, type RowError } from './row.ts'

/** What `--map COLUMN=FIELD:TYPE` says. */
export interface Mapping {
  column: string
  /** Empty: the column is left out. */
  field: string
  type: CellType | undefined
}

interface Column {
  name: string
  /** Undefined: nothing of it is sent. */
  path: string[] | undefined
  type: CellType
}

const MOST_COLUMNS = 1000
const LONGEST_NAME = 128
/** Fields that Premura knows; they are texts, whatever they look like. */
const own = ['id', 'email', 'phone', 'firstName', 'lastName', 'locale', 'timezone']
const typed = new RegExp(`:(${cellTypes.filter((type) => type !== 'open').join('|')})$`)

/** @throws UsageError for what is no mapping */
export function readMappings(words: readonly string[]): Mapping[] {
  const mappings = words.map((word): Mapping => {
    const at = word.lastIndexOf('=')
    if (at < 1) throw new UsageError(`--map ${word} is not COLUMN=FIELD.`, 'For example --map "E-mail=email"')
    const said = word.slice(at + 1)
    const type = cellTypes.find((one) => one === typed.exec(said)?.[1])
    return { column: word.slice(0, at).trim(), field: said.replace(typed, '').trim(), type }
  })
  for (const [index, { column }] of mappings.entries())
    if (mappings.findIndex((other) => other.column === column) !== index)
      throw new UsageError(`--map says twice what ${column} is.`)
  return mappings
}

/** The columns of a CSV, in order. */
export class Columns {
  readonly header: readonly string[]
  readonly #columns: Column[]
  readonly #dates: DateOrder | undefined

  /** @throws Failure for a header that cannot be meant */
  constructor(header: readonly string[], mappings: readonly Mapping[], dates: DateOrder | undefined) {
    if (header.length > MOST_COLUMNS)
      throw new Failure(
        `There are ${header.length} columns, of at most ${MOST_COLUMNS}.`,
        'Is it the right --delimiter?',
      )
    const names = header.map((name) => name.trim())
    this.header = names
    this.#dates = dates
    refuseUnknown(mappings, names)
    this.#columns = names.map((name, index) => {
      if (name !== '' && names.indexOf(name) !== index)
        throw new Failure(`Two columns are called ${name}.`, 'Rename one of them in the file.')
      const mapping = mappings.find(({ column }) => column === name)
      return column(name, mapping)
    })
    refuseClashes(this.#columns)
    if (!this.#columns.some(({ path }) => path?.join('.') === 'id'))
      throw new Failure(
        'No column is called id, and customers are known by their id.',
        `Say which one it is: --map COLUMN=id. There ${names.length === 1 ? 'is' : 'are'} ${names.filter(Boolean).slice(0, 30).join(', ')}.`,
      )
  }

  columnOf(path: string): string | undefined {
    return this.#columns.find((one) => one.path !== undefined && shownPath(one.path) === path)?.name
  }

  /** What the cells of a row say. An empty cell says nothing. */
  read(cells: readonly string[]): { fields: JsonObject; errors: RowError[] } {
    const fields: JsonObject = {}
    const errors: RowError[] = []
    const over = cells.slice(this.#columns.length).some((cell) => cell !== '')
    // The reason that stands beside a refused row is no cell of it.
    const aside = this.header[0] === REASON ? 1 : 0
    if (over || cells.length < this.#columns.length)
      errors.push({
        message: `Has ${counted(cells.length - aside, 'cell')}, and the header ${this.#columns.length - aside}.`,
      })
    for (const [index, { name, path, type }] of this.#columns.entries()) {
      const cell = cells[index] ?? ''
      if (cell === '' || path === undefined) {
        if (cell !== '' && name === '')
          errors.push({ message: `Cell ${index + 1} is in a column without a name.` })
        continue
      }
      const reading = readCell(cell, type, this.#dates)
      if ('flaw' in reading) errors.push({ column: name, message: reading.flaw })
      else put(fields, path, reading.value)
    }
    return { fields, errors }
  }
}

function column(name: string, mapping: Mapping | undefined): Column {
  if (name === '' || name === REASON || mapping?.field === '') return { name, path: undefined, type: 'text' }
  const field = mapping?.field ?? name
  const path = field.startsWith('consent.') ? ['consent', field.slice(8)] : field.split('.')
  if (path.includes('__proto__') || path.includes('') || path.length > 5)
    throw new Failure(
      `A field cannot be called ${field}.`,
      `Leave the column out with --map "${name}=", or name another field.`,
    )
  if (field.includes('#') || field.length > LONGEST_NAME)
    throw new Failure(
      `The column ${field.slice(0, 60)} cannot be a field: a field’s name has 1 to ${LONGEST_NAME} characters, without #.`,
      'Name a field with --map COLUMN=FIELD.',
    )
  const meant = own.find((one) => one !== field && bare(one) === bare(field))
  if (meant !== undefined && !mapping)
    throw new Failure(
      `The column ${name} would be a field of its own, and not ${meant}.`,
      `Say --map "${name}=${meant}", or --map "${name}=${name}" if it is meant.`,
    )
  const plain = path[0] === 'consent' ? 'boolean' : own.includes(field) ? 'text' : 'open'
  return { name, path, type: mapping?.type ?? plain }
}

/** `E-Mail`, `e_mail` and `email` are one word to whoever wrote the header. */
const bare = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

function refuseUnknown(mappings: readonly Mapping[], names: readonly string[]): void {
  for (const { column } of mappings) {
    if (names.includes(column)) continue
    const near = nearest(column, names)
    throw new Failure(
      `--map names the column ${column}, which is not there.`,
      near === undefined
        ? `There are ${names.filter(Boolean).slice(0, 30).join(', ')}.`
        : `Did you mean ${near}?`,
    )
  }
}

function refuseClashes(columns: readonly Column[]): void {
  const taken = new Map<string, string>()
  for (const { name, path } of columns) {
    if (!path) continue
    const whole = path.join('\n')
    for (const [other, by] of taken)
      if (other === whole || other.startsWith(`${whole}\n`) || whole.startsWith(`${other}\n`))
        throw new Failure(
          `${by} and ${name} would be the same field, ${path.join('.')}.`,
          'Leave one out: --map "COLUMN="',
        )
    taken.set(whole, name)
  }
}

function put(fields: JsonObject, path: readonly string[], value: Json): void {
  const [name = '', ...rest] = path
  if (rest.length === 0) {
    fields[name] = value
    return
  }
  const inner = Object.hasOwn(fields, name) ? fields[name] : undefined
  const object: JsonObject = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : {}
  fields[name] = object
  put(object, rest, value)
}

/** As the API writes the places of errors. */
function shownPath(path: readonly string[]): string {
  return path.reduce(
    (text, name) =>
      /^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(name)
        ? text === ''
          ? name
          : `${text}.${name}`
        : `${text}[${JSON.stringify(name)}]`,
    '',
  )
}
