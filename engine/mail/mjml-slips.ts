/** MJML's own errors in the words of somebody who writes their first mail. */
import { nearest } from '../language/nearest.ts'
import type { Problem } from './markup.ts'

const content = [
  'mj-section',
  'mj-column',
  'mj-text',
  'mj-button',
  'mj-image',
  'mj-divider',
  'mj-spacer',
  'mj-table',
  'mj-wrapper',
  'mj-group',
  'mj-hero',
  'mj-social',
  'mj-social-element',
  'mj-raw',
]

/** What holds what, from the outside in. */
const nesting = 'Contents stand in <mj-column>, and that in <mj-section>.'

export function explainMjml(written: string): Omit<Problem, 'offset'> {
  const unknown = /^Element (\S+) doesn't exist/.exec(written)?.[1]
  if (unknown !== undefined) {
    if (!unknown.startsWith('mj-') && !unknown.startsWith('mj'))
      return {
        message: `<${unknown}> cannot stand here: it is HTML, and mails are MJML`,
        hint: 'Put it into <mj-section><mj-column><mj-text> … </mj-text></mj-column></mj-section>.',
      }
    const meant = nearest(unknown, content)
    return {
      message: `There is no element <${unknown}>`,
      hint: meant ? `Did you mean <${meant}>?` : `Contents are <${content.slice(2, 7).join('>, <')}>.`,
    }
  }
  const place = /^(\S+) cannot be used inside (\S+), only inside: (.*)$/.exec(written)
  if (place) {
    const [, element, parent, allowed = ''] = place
    const parents = allowed.split(/,\s*/).filter((name) => name !== 'mj-attributes' && name !== 'mj-hero')
    const inside = parent === 'mj-wrapper' ? 'by itself' : `inside <${parent}>`
    return {
      message: `<${element}> cannot stand ${inside}`,
      hint: parents.includes('mj-column') ? nesting : `Put it into <${parents.join('> or <')}>.`,
    }
  }
  const attribute = /^Attribute (\S+) is illegal/.exec(written)?.[1]
  if (attribute !== undefined)
    return {
      message: `The element does not know \`${attribute}\``,
      hint: 'Look for a misspelling, or remove it.',
    }
  const value = /^Attribute (\S+) has invalid value: (.*) for type (\w+)/.exec(written)
  if (value) {
    const quoted = /[“”„]/.test(value[2] ?? '')
    return {
      message: `\`${value[1]}\` expects ${value[3] === 'Color' ? 'a color' : 'another value'}, not ${value[2]}`,
      hint: quoted
        ? 'Use straight quotes: color="#8b2f2f".'
        : value[3] === 'Color'
          ? 'For example: #8b2f2f, or the name of a color in English.'
          : 'For example: 16px, 50%, center.',
    }
  }
  return { message: `MJML: ${written}`, hint: 'Compare it with a mail of the library.' }
}

/** HTML inside of HTML that stands in the wrong place is one mistake. */
export const isHtml = (written: string): boolean => /^Element (?!mj)\S+ doesn't exist/.test(written)
