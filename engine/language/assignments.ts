/** A mapping of names to expressions: what `set` writes, what `emit` and `webhook` send along. */
import { found, leaf, type Note } from './flaw.ts'
import { type Checked, checked, names } from './words.ts'

export interface AssignmentsForm {
  expects: string
  example: string
  /** What is wrong with a name, if something is. */
  refuse?(name: string): string | undefined
}

/** Names with the expressions of their values. Numbers, true, false and null may stand as they are. */
export const assignments = ({ expects, example, refuse }: AssignmentsForm) =>
  leaf<Map<string, Checked>>(
    {
      expects,
      example,
      json: {
        type: 'object',
        additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
        minProperties: 1,
      },
    },
    (value, note) => {
      if (typeof value !== 'object' || Array.isArray(value)) {
        note({ message: `% expects ${expects}, not ${found(value)}`, hint: `For example: %: ${example}` })
        return undefined
      }
      const values = new Map<string, Checked>()
      let failed = false
      const fail = (flaw: Note) => {
        failed = true
        note(flaw)
      }
      for (const [name, entry] of Object.entries(value)) {
        const inside = (flaw: Note) => fail({ ...flaw, inside: name })
        const refused = refuse?.(name)
        if (refused !== undefined || !/^[A-Za-z]\w{0,59}$/.test(name))
          inside({
            message: `\`${name}\` cannot be set`,
            hint: refused ?? 'Names are words of letters and digits.',
            part: 'key',
          })
        else if (typeof entry === 'string') {
          const word = /^[A-Za-z][\w -]*$/.test(entry) && !names.journey.some((root) => root === entry)
          const expression = checked(entry, 'value', names.journey, (flaw) =>
            inside(
              word ? { ...flaw, hint: `For the text write '"${entry}"', with two pairs of quotes.` } : flaw,
            ),
          )
          if (expression) values.set(name, expression)
        } else if (entry === null || typeof entry === 'number' || typeof entry === 'boolean')
          values.set(name, { text: String(entry), warnings: [] })
        else
          inside({
            message: `\`${name}\` expects an expression, not ${found(entry)}`,
            hint: 'Set one name with one value.',
          })
      }
      if (values.size === 0 && !failed)
        fail({ message: '% sets nothing', hint: `For example: %: ${example}` })
      return failed ? undefined : values
    },
  )

/** The texts alone, as a program holds them. */
export const textsOf = (values: ReadonlyMap<string, Checked>): { [name: string]: string } =>
  Object.fromEntries([...values].map(([name, { text }]) => [name, text]))
