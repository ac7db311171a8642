/** What people write in mails who have not written Liquid before, and what to tell them. */
import { nearest } from '../language/nearest.ts'
import { otherFilters } from './other-filters.ts'

export interface LiquidSlip {
  message: string
  hint: string
  /** The part of the text that is meant, from the place that Liquid names on. */
  part?: string
}

const oneFile = 'A mail is one file; what all mails share is in the layout.'
const leftOut: { [name: string]: string } = {
  raw: 'Values are always escaped, so that a customer’s name can never become markup.',
  include: oneFile,
  render: oneFile,
  layout: 'The shared layout is put around the mail by itself.',
  capture: 'Use assign.',
  elseif: 'Write {% elsif … %}.',
  elif: 'Write {% elsif … %}.',
  'else if': 'Write {% elsif … %}.',
  end: 'Write {% endif %} or {% endfor %}.',
}

/** Liquid's own words in ours. `rest` is the text from just before the place that Liquid names. */
export function explainLiquid(bare: string, rest: string, filters: readonly string[]): LiquidSlip {
  const filter = /^undefined filter: (\S+)/.exec(bare)?.[1]
  if (filter !== undefined) return unknownFilter(filter, filters)
  const tag = /^tag "([^"]+)" not found/.exec(bare)?.[1]
  if (tag !== undefined) return unknownTag(tag)
  const open = /^tag \{%-?\s*(\w+)/.exec(bare)?.[1]
  if (open !== undefined && bare.includes('not closed'))
    return { message: `{% ${open} … %} has no end`, hint: `Add {% end${open} %} where it ends.` }
  if (/^tag .*not closed/.test(bare))
    return { message: 'This `{%` is never closed', hint: 'Close it with `%}`.' }
  if (/^output .*not closed/.test(bare))
    return { message: 'This `{{` is never closed', hint: 'Close it with `}}`.' }
  if (/^unexpected "if /.test(bare))
    return { message: 'There is no {% else if … %}', hint: 'Write {% elsif … %}.' }
  return operator(bare, rest)
}

function unknownFilter(filter: string, filters: readonly string[]): LiquidSlip {
  const elsewhere = Object.hasOwn(leftOut, filter) ? leftOut[filter] : otherFilters.get(filter)
  const meant = nearest(filter, filters)
  const hint =
    elsewhere ??
    (meant
      ? `Did you mean \`${meant}\`?`
      : 'There are capitalize, upcase, default, money, number, date_long, time and those of Liquid.')
  return { message: `There is no filter \`${filter}\``, hint, part: filter }
}

const tags = ['if', 'elsif', 'else', 'unless', 'case', 'when', 'for', 'assign', 'comment', 'cycle']

function unknownTag(tag: string): LiquidSlip {
  const elsewhere = Object.hasOwn(leftOut, tag) ? leftOut[tag] : undefined
  if (elsewhere !== undefined) return { message: `There is no {% ${tag} … %}`, hint: elsewhere }
  const opened = /^end(\w+)$/.exec(tag)?.[1]
  if (opened !== undefined && tags.includes(opened))
    return { message: `{% ${tag} %} ends nothing`, hint: `Remove it, or begin with {% ${opened} … %}.` }
  if (['else', 'elsif', 'when'].includes(tag))
    return { message: `{% ${tag} … %} stands outside of its block`, hint: 'Put it before {% endif %}.' }
  const meant = nearest(tag, tags)
  return {
    message: `There is no {% ${tag} … %}`,
    hint: meant ? `Did you mean {% ${meant} … %}?` : 'There are if, unless, case, for, assign and comment.',
  }
}

const operators: { [written: string]: string } = {
  '===': '`==` for "is equal to"',
  '=': '`==` for "is equal to"',
  '&&': '`and`',
  '||': '`or`',
  '!': '{% unless … %}, or `!=` for "is not equal to"',
}

/** Where an expression goes on in a way that is not Liquid's. */
function operator(bare: string, rest: string): LiquidSlip {
  const found = /^.{0,3}?\s*(===|(?<![=!<>])=(?!=)|&&|\|\||!(?!=))/.exec(rest)?.[1]
  if (found !== undefined)
    return {
      message: `\`${found}\` is not an operator of mails`,
      hint: `Write ${operators[found]}.`,
      part: found,
    }
  if (/[#/](?:if|each|unless)\b/.test(bare))
    return { message: 'This is not how mails ask', hint: 'Write {% if … %} and {% endif %}.' }
  return { message: `This cannot be read: ${bare}`, hint: 'Values are written {{ customer.firstName }}.' }
}

/** A value in single braces is a text like any other, and would be sent as it stands. */
export const singleBraces =
  /(?<![{%#])\{\s*((?:customer|event|entry|brand|coupons|steps|links)\.[\w.]+)\s*\}(?!\})/g
