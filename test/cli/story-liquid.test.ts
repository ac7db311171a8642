/** Subjects, texts and titles as `explain` shows them: names of values in their places, and no Liquid. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { languageWords, readable } from '../../cli/story-liquid.ts'
import { firstWords } from '../../cli/words.ts'

describe('Liquid', () => {
  test.each([
    ['nothing but words', 'Good to know', 'Good to know'],
    ['a value', 'Happy birthday, {{ customer.firstName }}', 'Happy birthday, ‹firstName›'],
    [
      'a date and a time',
      'See you {{ event.startsAt | date_weekday }}, at {{event.startsAt|time}}',
      'See you ‹startsAt as a weekday›, at ‹startsAt as a time›',
    ],
    [
      'money, until a day',
      '{{ event.total | money: event.currency }} until {{ coupons.offer.expiresAt | date_long }}',
      '‹total as money› until ‹expiresAt as a date›',
    ],
    [
      'a default, with a bar and a date in it',
      '{{ customer.firstName | default: "a|b | time" }}!',
      '‹firstName›!',
    ],
    ['a literal', '{{ "Good day" }}', 'Good day'],
    [
      'what is said to those who have a name',
      '{% if customer.firstName %}{{ customer.firstName }}, all{% else %}All{% endif %} well?',
      '‹firstName›, all well?',
    ],
    [
      'what was reckoned',
      '{% assign years = event.year | minus: customer.since %}{{ years }} years{% if years == 1 %}?{% endif %}',
      '‹years› years',
    ],
    [
      'a list',
      '{% for item in event.items %}{{ item.name }}{% unless forloop.last %}, {% endunless %}{% endfor %}',
      '‹name›',
    ],
    ['what cannot be reckoned without values', '{% assign n = "x" | percent %}A {{ n }}', 'A ‹n›'],
    [
      'a condition that cannot be read',
      '{% if %}Hello {{ customer.firstName }}{% endif %}',
      'Hello ‹firstName›',
    ],
  ])('%s', (_, liquid, told) => {
    expect(readable(liquid)).toBe(told)
  })

  test('is nowhere in what the library is told as', () => {
    const files = readdirSync('workflows', { recursive: true, encoding: 'utf8' })
    const lines = files
      .filter((file) => /\.(yaml|mjml)$/.test(file) && !file.startsWith('layout'))
      .flatMap(
        (file) => readFileSync(`workflows/${file}`, 'utf8').match(/^\s*(subject|title): .*\{\{.*$/gm) ?? [],
      )
    expect(lines.length).toBeGreaterThan(50)
    for (const line of lines) expect(readable(line)).not.toMatch(/\{[{%]|[%}]\}/)
  })
})

test.each([
  [['it', null], ', in Italian, and in English for everybody else'],
  [[null], ', in English'],
  [['it-CH', 'de', null], ', in German and Italian (Switzerland), and in English for everybody else'],
  [['no language'], ', in no language'],
])('of the languages %j', (locales, told) => {
  const variants = locales.map((locale) => ({ locale }))
  expect(languageWords(variants, 'en')).toBe(told)
})

test('the name of a value is not cut in two', () => {
  expect(firstWords(`${'a '.repeat(27)}‹startsAt as a weekday›`)).toBe(`${'a '.repeat(27).trim()}…`)
})
