/**
 * Liquid as mails may use it: no files, no clock, no dice, no reach beyond the variables given, and an end.
 * Two dialects of one language: in HTML every output is escaped, in text it is written as it is.
 */
import { Context, type Emitter, Liquid, type LiquidOptions, type Template, toValueSync } from 'liquidjs'
import { localeFilters } from './locale-filters.ts'
import { withPlainOutputs } from './plain-outputs.ts'

const tags = ['assign', 'for', 'if', 'unless', 'case', 'comment', 'break', 'continue', 'cycle', '#']

/** Left out on purpose: `raw` and friends (unescaped output), `sample` (dice), `date` (process zone), `where_exp` and friends. */
const filters = (
  'abs append at_least at_most capitalize ceil compact concat default divided_by downcase first floor join last lstrip ' +
  'map minus modulo plus prepend remove remove_first replace replace_first reverse round rstrip size slice sort ' +
  'sort_natural split squish strip strip_html strip_newlines sum times truncate truncatewords uniq upcase url_encode where'
).split(' ')

/**
 * Memory is what Liquid counts (characters and array members that filters make), and depends on nothing but the input;
 * the time limit is the last resort, far above what any mail takes (below 1 ms).
 */
const options: LiquidOptions = {
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  // A missing attribute is what `default` and `if` are for; anywhere else it fails.
  lenientIf: true,
  templates: {},
  parseLimit: 1_000_000,
  memoryLimit: 250_000,
  renderLimit: 1_000,
  // Only the `date` filter looks at it, which is left out. Unset, Liquid asks the process for its own, which takes 20 ms.
  locale: 'en-US',
}

const htmlEntities: { [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
}

/** What an output tag may print. An object or nothing at all would be a hole in the mail. */
function printable(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value === 'boolean') return String(value)
  if (value === undefined || value === null) throw new Error('there is no value to print')
  throw new Error('a list or an object cannot be printed as it is')
}

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => htmlEntities[c] ?? c)

/** Five times what the largest mail program shows. Static text in a loop is nothing that Liquid counts. */
const longest = 500_000

class Output implements Emitter {
  buffer = ''
  write(piece: unknown): void {
    const text = typeof piece === 'string' ? piece : String(piece)
    if (this.buffer.length + text.length > longest) throw new Error('output limit exceeded')
    this.buffer += text
  }
}

/** Renders, and gives up once the mail has become longer than any mail is. */
export function renderWithin(liquid: Liquid, templates: Template[], variables: object): string {
  const output = new Output()
  const context = new Context(variables, liquid.options, { sync: true }, { liquid })
  toValueSync(liquid.renderer.renderTemplates(templates, context, output))
  return output.buffer
}

/** Where to cut, as a number: the library counts characters up to what it is given, and reads a text anew each time. */
const countOf = (value: unknown): number => {
  const count = typeof value === 'string' && value.length > 15 ? Number.NaN : Number(value)
  if (Number.isFinite(count)) return Math.trunc(count)
  throw new Error('slice needs numbers, for example: | slice: 0, 3')
}

function dialect(outputEscape: (value: unknown) => string): Liquid {
  const liquid = new Liquid({ ...options, outputEscape })
  for (const name of Object.keys(liquid.tags)) if (!tags.includes(name)) delete liquid.tags[name]
  for (const name of Object.keys(liquid.filters)) if (!filters.includes(name)) delete liquid.filters[name]
  const slice = liquid.filters.slice
  if (typeof slice === 'function')
    liquid.registerFilter('slice', function (value: unknown, begin: unknown, length: unknown = 1) {
      return slice.call(this, value, countOf(begin), countOf(length))
    })
  for (const [name, filter] of Object.entries(localeFilters)) liquid.registerFilter(name, filter)
  return liquid
}

export const htmlLiquid = dialect((value) => escapeHtml(printable(value)))
export const textLiquid = dialect(printable)

const remembered = 500

/** Parsed templates, so that a warm process parses a mail once. Bounded: the oldest use is forgotten first. */
export function parser(liquid: Liquid): (source: string) => Template[] {
  const memo = new Map<string, Template[]>()
  return (source) => {
    const known = memo.get(source)
    const templates = known ?? withPlainOutputs(liquid.parse(source), liquid)
    if (known) memo.delete(source)
    else if (memo.size >= remembered)
      for (const oldest of memo.keys()) {
        memo.delete(oldest)
        break
      }
    memo.set(source, templates)
    return templates
  }
}
