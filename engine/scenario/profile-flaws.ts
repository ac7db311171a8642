/** What a customer of a scenario cannot be called, reached at or live in: the API would not take it either. */
import * as z from 'zod'
import type { Flaw, Path } from '../language/flaw.ts'
import { found } from '../language/flaw.ts'
import { nearest } from '../language/nearest.ts'
import { canonicalLocale } from '../language/words.ts'
import type { JsonObject } from '../model.ts'
import { canonicalZone } from '../time.ts'

const email = z.email().max(254)

interface Rule {
  is(text: string): boolean
  message(text: string): string
  hint(text: string): string
}

const rules: { [attribute: string]: Rule } = {
  email: {
    is: (text) => email.safeParse(text).success,
    message: (text) => `\`email\` expects a mail address, not ${found(text)}`,
    hint: () => 'For example: email: anna@example.it',
  },
  phone: {
    is: (text) => /^\+[1-9]\d{6,14}$/.test(text),
    message: (text) => `\`phone\` expects a number in E.164, not ${found(text)}`,
    hint: () => 'For example: phone: "+393331234567"',
  },
  locale: {
    is: (text) => canonicalLocale(text) !== undefined,
    message: (text) => `\`locale\` expects a language, not ${found(text)}`,
    hint: (text) =>
      canonicalLocale(text.replace('_', '-')) === undefined
        ? 'For example: it, en, de-AT.'
        : `Write \`${canonicalLocale(text.replace('_', '-'))}\`.`,
  },
  timezone: {
    is: (text) => canonicalZone(text) !== undefined,
    message: (text) => `There is no time zone ${found(text)}`,
    hint: (text) => {
      const meant = nearest(text, Intl.supportedValuesOf('timeZone'))
      return meant ? `Did you mean \`${meant}\`?` : 'Zones are named after cities: Europe/Rome.'
    },
  },
}

export function profileFlaws(attributes: JsonObject | undefined, path: Path): Flaw[] {
  return Object.entries(rules).flatMap(([name, { is, message, hint }]): Flaw[] => {
    const value = attributes?.[name]
    if (value === undefined || value === null) return []
    const at = [...path, name]
    if (typeof value !== 'string')
      return [
        {
          path: at,
          message: `\`${name}\` expects a text, not ${found(value)}`,
          hint: typeof value === 'number' ? `Put it in quotes: ${name}: "${value}"` : 'Write a text.',
        },
      ]
    return is(value) ? [] : [{ path: at, message: message(value), hint: hint(value) }]
  })
}
