/** What a customer or an event holds reaches the mail as text, and a mail with a hole does not go out. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pickTemplate, renderLine, renderMail, TemplateError } from '../../../engine/mail/render.ts'
import { law } from '../law.ts'
import { template, variables } from './template.ts'

/** The error that rendering ends with; the test fails where it ends well. */
function failure(render: () => unknown): TemplateError {
  try {
    render()
  } catch (error) {
    if (error instanceof TemplateError) return error
    throw error
  }
  throw new Error('rendered, and should not have been')
}

const print = (liquid: string, given: Parameters<typeof variables>[0] = {}, locale: string | null = null) =>
  renderMail(template({ text: liquid, locale }), variables(given, locale)).text

describe('values', () => {
  const firstName = `<b onclick="x">Ann & 'Co'</b>`

  it('are escaped in html, and stand as they are in text and subject', () => {
    const mail = renderMail(
      template({
        subject: 'Dear {{ customer.firstName }}',
        html: '<p title="{{ customer.firstName }}">{{ customer.firstName }}</p>',
        text: '{{ customer.firstName }}',
      }),
      variables({ customer: { firstName } }),
    )
    const escaped = '&lt;b onclick=&#34;x&#34;&gt;Ann &amp; &#39;Co&#39;&lt;/b&gt;'
    expect(mail.html).toBe(`<p title="${escaped}">${escaped}</p>`)
    expect(mail.text).toBe(`${firstName}\n`)
    expect(mail.subject).toBe(`Dear ${firstName}`)
  })

  it.each([
    '{{ customer.firstName | upcase | downcase }}',
    '{{ customer.missing | default: customer.firstName }}',
    '{% assign name = customer.firstName | append: "!" %}{{ name }}',
    '{% cycle customer.firstName, "b" %}',
    '{% for word in event.words %}{{ word }}{% endfor %}',
    '{{ event.words | join: "<i>" }}',
  ])('are escaped whichever way they are printed: %s', (html) => {
    const given = { customer: { firstName: '<b>' }, event: { words: ['<b>', '<b>'] } }
    expect(renderMail(template({ html }), variables(given)).html).not.toContain('<')
  })

  it.each([
    '{{ customer.firstName | raw }}',
    '{% raw %}{{ x }}{% endraw %}',
    '{% echo customer.firstName %}',
  ])('cannot be printed past the escape: %s', (html) => {
    expect(failure(() => renderMail(template({ html }), variables({ customer: { firstName } }))).code).toBe(
      'syntax',
    )
  })

  it('are never read as Liquid', () => {
    expect(print('{{ customer.firstName }}', { customer: { firstName: '{{ links.unsubscribe }}' } })).toBe(
      '{{ links.unsubscribe }}\n',
    )
  })

  it('cannot make a second header of the subject, nor break a task’s title', () => {
    const lines = 'Anna\r\nBcc: all@example.org\u2028x\u0000y\u0085z'
    const { subject } = renderMail(
      template({ subject: 'Hi {{ customer.firstName }}' }),
      variables({ customer: { firstName: lines } }),
    )
    expect(subject).toBe('Hi Anna Bcc: all@example.org x y z')
    expect(renderLine('Call {{ name }}', { name: lines })).toBe('Call Anna Bcc: all@example.org x y z')
  })

  it.each([
    'javascript:alert(1)',
    ' JavaScript:alert(1)',
    'java\tscript:alert(1)',
    'java\nscript:alert(1)',
    '\u0001javascript:alert(1)',
    'vbscript:x',
    'data:text/html,<script>',
    'data:application/xhtml+xml,x',
    'data:image/svg+xml,x',
  ])('cannot make a link run a program: %j', (url) => {
    const given = variables({ event: { url } })
    for (const html of [
      '<a href="{{ event.url }}">x</a>',
      "<a href='{{ event.url }}'>x</a>",
      '<td background="{{ event.url }}">',
      '<img SRC = "{{ event.url }}">',
    ]) {
      expect(failure(() => renderMail(template({ html }), given)).code).toBe('unsafe-link')
    }
  })

  it('cannot complete what the author wrote to such a link', () => {
    const html = '<a href="&#106;ava{{ event.url }}">x</a>'
    expect(
      failure(() => renderMail(template({ html }), variables({ event: { url: 'script:x' } }))).code,
    ).toBe('unsafe-link')
  })

  it.each(['https://a.example/?q=javascript:1', 'mailto:a@example.org', 'data:image/png;base64,AA', '#x'])(
    'may be ordinary addresses: %s',
    (url) => {
      const html = '<a href="{{ event.url }}">x</a>'
      expect(renderMail(template({ html }), variables({ event: { url } })).html).toBe(
        `<a href="${url}">x</a>`,
      )
    },
  )

  it('never reach the html as markup, never make it fail, and keep the subject one line', () => {
    const bare = template({
      subject: 'Dear {{ customer.firstName }}.',
      html: '<p title="{{ customer.firstName }}">{% if customer.firstName %}{{ customer.firstName | upcase }}{% endif %}</p>',
      text: '{{ customer.firstName }}',
    })
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc
        .array(
          fc.constantFrom('<', '>', '"', "'", '&', '</p>', '{{', '}}', '{%', '\r\n', '$&', '&#60;', 'a'),
          {
            maxLength: 20,
          },
        )
        .map((pieces) => pieces.join('')),
    )
    law(
      fc.property(texts, (firstName) => {
        const { html, subject, text } = renderMail(bare, variables({ customer: { firstName } }))
        const inner = /^<p title="([^<>"]*)">([^<>"']*)<\/p>$/.exec(html)
        expect(inner).not.toBeNull()
        const decoded = (inner?.[1] ?? '')
          .replaceAll('&lt;', '<')
          .replaceAll('&gt;', '>')
          .replaceAll('&#34;', '"')
          .replaceAll('&#39;', "'")
          .replaceAll('&amp;', '&')
        expect(decoded).toBe(firstName)
        expect(subject).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
        expect(text.endsWith('\n')).toBe(true)
      }),
      150,
    )
  })
})

describe('holes', () => {
  it('stop the mail, with the name that is missing and its place', () => {
    const error = failure(() =>
      renderMail(template({ html: '<p>\n {{ customer.firstNam }}</p>' }), variables()),
    )
    expect(error).toMatchObject({ code: 'unknown-variable', line: 2, column: 5 })
    expect(error.message).toBe('html: undefined variable: customer.firstNam')
  })

  it.each([
    ['{{ customer.firstName | default: "there" }}', 'there\n'],
    ['{{ customer.address.city | default: "town" | upcase }}', 'TOWN\n'],
    ['{% if customer.firstName %}a{% else %}b{% endif %}', 'b\n'],
    ['{% unless customer.address.city %}none{% endunless %}', 'none\n'],
  ])('may be foreseen: %s', (liquid, said) => {
    expect(print(liquid)).toBe(said)
  })

  it.each([
    ['{{ customer.firstName }}', { firstName: null }],
    ['{{ customer.address }}', { address: { city: 'Torino' } }],
    ['{{ customer.tags }}', { tags: ['a'] }],
  ])('are also what nothing can be printed of: %s', (liquid, customer) => {
    expect(failure(() => print(liquid, { customer })).code).toBe('value')
  })

  it('are also a subject of which nothing is left', () => {
    const subject = '{% if customer.vip %}Hello{% endif %} '
    expect(failure(() => renderMail(template({ subject }), variables())).code).toBe('empty-subject')
  })

  it('leave no empty lines in the text', () => {
    expect(print('a  \n{% if customer.x %}x{% endif %}\n\n{% if customer.y %}y{% endif %}\n\nb\t\n\n')).toBe(
      'a\n\nb\n',
    )
  })
})

describe('filters', () => {
  const event = { total: 1234.5, share: 0.125, at: '2027-03-14T23:30:00Z', day: '2027-03-14', bad: 'soon' }
  const plain = (text: string) => text.replace(/[\u00A0\u202F]/g, ' ').trim()

  it.each([
    ['{{ event.total | money: "EUR" }}', '€1,234.50', '1234,50 €'],
    ['{{ event.total | number }}', '1,234.5', '1234,5'],
    ['{{ event.total | number: 2 }}', '1,234.50', '1234,50'],
    ['{{ event.share | percent }}', '12.5%', '12,5%'],
    ['{{ event.day | date_long }}', 'March 14, 2027', '14 marzo 2027'],
    ['{{ event.day | date_short }}', '03/14/2027', '14/03/2027'],
    ['{{ event.day | date_weekday }}', 'Sunday, March 14', 'domenica 14 marzo'],
    ['{{ event.at | date_long }}', 'March 15, 2027', '15 marzo 2027'],
    ['{{ event.at | time }}', '12:30 AM', '00:30'],
  ])('speak the language of the mail, in the zone of the customer: %s', (liquid, english, italian) => {
    const given = { event, customer: { timezone: 'Europe/Rome' } }
    expect(plain(print(liquid, given, 'en'))).toBe(english)
    expect(plain(print(liquid, given, 'it'))).toBe(italian)
  })

  it('follow the customer’s own form of that language, and no other language', () => {
    const print4 = (locale: string) =>
      plain(print('{{ event.total | number }}', { event, customer: { locale } }, 'it'))
    expect(print4('it-CH')).toBe('1234.5')
    expect(print4('de-CH')).toBe('1234,5')
    expect(print4('it-!!')).toBe('1234,5')
  })

  it('take the zone of the shop where the customer’s is none', () => {
    const given = { event, customer: { timezone: 'Mars/Olympus' } }
    expect(plain(print('{{ event.at | date_short }}', given, 'it'))).toBe('14/03/2027')
  })

  it.each([
    '{{ event.bad | date_long }}',
    '{{ event.bad | number }}',
    '{{ event.total | money }}',
    '{{ event.total | money: "euro" }}',
    '{{ event.total | number: 999 }}',
    '{{ 4 | survey_link }}',
  ])('stop the mail rather than print nonsense: %s', (liquid) => {
    expect(failure(() => print(liquid, { event })).code).toBe('value')
  })

  it('ask for a rating', () => {
    const link = (score: number) => `https://s.example/${score}`
    const html = '<a href="{{ 4 | survey_link }}">4</a>'
    expect(renderMail(template({ html }), { ...variables(), survey: { link } }).html).toBe(
      '<a href="https://s.example/4">4</a>',
    )
  })
})

describe('languages', () => {
  const variants = [null, 'it', 'de-CH'].map((locale) => template({ locale }))
  const others = [template({ name: 'other', locale: 'fr' })]

  it.each([
    ['it-CH', 'it'],
    ['IT', 'it'],
    ['it_IT', 'it'],
    ['de_ch', 'de-CH'],
    ['de', null],
    ['fr', null],
    ['', null],
    [undefined, null],
    ['__proto__', null],
  ])('%s reads %s', (wanted, read) => {
    expect(pickTemplate([...others, ...variants], 'apology', wanted)?.locale).toBe(read)
  })

  it('are not those of another mail', () => {
    expect(pickTemplate(others, 'apology', 'fr')).toBeUndefined()
  })
})
