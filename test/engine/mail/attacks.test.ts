/** Templates and values that mean harm end soon and small. Each would take minutes or gigabytes if nothing stopped it. */
import { describe, expect, it } from 'vitest'
import { renderLine, renderMail, TemplateError } from '../../../engine/mail/render.ts'
import { template, variables } from './template.ts'

const letters = 'a'.repeat(20_000)
const list = Array.from({ length: 1_500 }, () => 'x')

function codeOf(html: string): string {
  try {
    const mail = renderMail(template({ html }), variables({ event: { letters, list } }))
    return `rendered ${mail.html.slice(0, 80)}`
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    return error.code
  }
}

describe('what is not a variable of the mail', () => {
  it.each([
    '{{ customer.constructor }}',
    '{{ customer.constructor.constructor }}',
    '{{ customer.__proto__ }}',
    '{{ customer["__proto__"]["toString"] }}',
    '{{ customer.prototype }}',
    '{{ customer.hasOwnProperty }}',
    '{{ event.list.constructor.name }}',
    '{{ event.letters.constructor.name }}',
    '{{ constructor }}',
    '{{ __proto__ }}',
    '{{ links.__proto__.toString }}',
    '{{ globalThis.process }}',
    '{{ process.env }}',
    '{{ event.list | where: "__proto__" | size }}',
  ])('is out of reach: %s', (html) => {
    expect(codeOf(html)).toBe('unknown-variable')
  })

  it('is no condition either', () => {
    expect(codeOf('{% if customer.constructor or customer.__proto__ %}reached{% endif %}')).toBe('rendered ')
    expect(codeOf('{{ event.list | map: "constructor" | join }}')).not.toContain('function')
  })

  it('does not become one by being assigned to', () => {
    codeOf('{% assign __proto__ = event.list %}{% assign constructor = "x" %}')
    expect(Object.hasOwn(Object.prototype, '0')).toBe(false)
    expect(codeOf('{{ customer.list }}')).toBe('unknown-variable')
  })

  it.each([
    '{% include "/etc/passwd" %}',
    '{% render "x" %}',
    '{% layout "x" %}',
    '{{ "now" | date: "%s" }}',
  ])('is no file, and no clock: %s', (html) => {
    expect(codeOf(html)).toBe('syntax')
  })
})

describe('growth', () => {
  const double = '{% assign s = s | append: s %}'

  it.each([
    ['a range', '{% for i in (1..999999999) %}x{% endfor %}'],
    ['ranges in ranges', '{% for i in (1..9000) %}{% for j in (1..9000) %}x{% endfor %}{% endfor %}'],
    ['lists in lists', '{% for i in event.list %}{% for j in event.list %}x{% endfor %}{% endfor %}'],
    ['a long value, again and again', '{% for i in event.list %}{{ event.letters }}{% endfor %}'],
    ['a long text, again and again', `{% for i in event.list %}${'text '.repeat(1000)}{% endfor %}`],
    ['doubling', `{% assign s = "ab" %}${double.repeat(40)}{{ s | size }}`],
    ['doubling in a loop', `{% assign s = "ab" %}{% for i in (1..60) %}${double}{% endfor %}{{ s | size }}`],
    ['every letter for all letters', '{{ event.letters | replace: "a", event.letters | size }}'],
    ['letters between list members', '{{ event.list | join: event.letters | size }}'],
    [
      'lists doubled',
      `{% assign l = event.list %}${'{% assign l = l | concat: l %}'.repeat(30)}{{ l | size }}`,
    ],
  ])('is stopped: %s', (_, html) => {
    expect(codeOf(html)).toBe('limit')
  })

  it('is stopped in a task’s title too', () => {
    expect(() => renderLine('{% for i in (1..999999999) %}x{% endfor %}', {})).toThrow(TemplateError)
  })

  it('is measured for each mail anew', () => {
    const html = '{% for i in event.list %}{{ event.list | size }}{% endfor %}'
    for (let mails = 0; mails < 5; mails++) expect(codeOf(html)).toMatch(/^rendered 1500/)
  })

  it('of the source is stopped as well', () => {
    expect(codeOf('x'.repeat(1_000_001))).toBe('limit')
  })
})

describe('depth', () => {
  it('ends in a TemplateError, not in a dead process', () => {
    expect(codeOf('{% if true %}'.repeat(20_000) + '{% endif %}'.repeat(20_000))).not.toContain('rendered')
  })
})

describe('length of a value', () => {
  it('costs no more than its length, whatever it is made of', () => {
    // Blanks that a line does not end with took a search for line ends half a minute.
    const blanks = `${' '.repeat(150_000)}x`
    const mail = renderMail(
      template({ subject: '{{ event.t }}', text: 'a{{ event.t }}', html: '{{ event.t }}' }),
      variables({ event: { t: blanks } }),
    )
    expect(mail.subject).toBe('x')
    expect(mail.text).toHaveLength(150_003)
  })
})
