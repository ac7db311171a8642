/**
 * Most of what a mail prints is a text or a number under a name, `{{ customer.firstName }}`. Liquid finds it through half a
 * dozen generators; these outputs look it up themselves. Where anything is out of the ordinary, or missing, Liquid is asked,
 * so that what it says of a mistake stays its own.
 */
import { type Context, type Emitter, type Liquid, Output, type Template, TypeGuards } from 'liquidjs'

/** The templates of a mail, which print the same as before. Only outputs outside of blocks are looked at. */
export function withPlainOutputs(templates: Template[], liquid: Liquid): Template[] {
  const { outputEscape } = liquid.options
  if (typeof outputEscape !== 'function') return templates
  return templates.map((template) => {
    const names = template instanceof Output ? plainNames(template) : undefined
    if (!names) return template
    return {
      token: template.token,
      render(context: Context, emitter: Emitter): unknown {
        const value = plainValue(context, names)
        if (value === undefined) return template.render(context, emitter)
        emitter.write(outputEscape(value))
        return undefined
      },
    }
  })
}

/** `customer.firstName` → its names; nothing for filters (but the one that escapes), conditions, and keys to be worked out. */
function plainNames({ value }: Output): string[] | undefined {
  const [token, ...more] = value.initial.postfix
  if (more.length > 0 || value.filters.length !== 1) return undefined
  if (!TypeGuards.isPropertyAccessToken(token) || token.variable) return undefined
  const names: string[] = []
  for (const part of token.props) {
    if (!('content' in part) || typeof part.content !== 'string') return undefined
    names.push(part.content)
  }
  return names
}

/** Own members of plain objects, down to a text or a number. */
function plainValue(context: Context, names: readonly string[]): string | number | undefined {
  const [first = ''] = names
  if (first in context.bottom()) return undefined
  let value: unknown = context.environments
  for (const name of names) {
    if (!isPlain(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}

function isPlain(value: unknown): value is { [name: string]: unknown } {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
