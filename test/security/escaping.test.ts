/** What customers and systems write stays text: in mails, texts, headers, pages, on the terminal and in logs. */
import fc from 'fast-check'
import MailComposer from 'nodemailer/lib/mail-composer/index.js'
import { describe, expect, it } from 'vitest'
import { load } from 'cheerio'
import { render } from '../../cli/terminal.ts'
import { DEFAULT_LAYOUT, DEFAULT_SETTINGS_READ as settings } from '../../engine/default-settings.ts'
import { mailFrame } from '../../engine/mail/frame.ts'
import { compileMail } from '../../engine/mail/compile.ts'
import { type MailVariables, renderLine, renderMail, TemplateError } from '../../engine/mail/render.ts'
import { renderText } from '../../engine/text/render.ts'
import type { CompiledText } from '../../engine/text/template.ts'
import { jsonLog } from '../../functions/log.ts'
import { html } from '../../runtime/http/pages/html.ts'
import { careApi, closeTicket, linkIn } from '../http/care.ts'

const harmful = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '" style="position:fixed" x="',
  '--><script>alert(1)</script><!--',
  '</style><script>alert(1)</script>',
  '</td></tr></table><form action="https://a.example">',
  '<![CDATA[<script>alert(1)</script>]]>',
  '<svg/onload=alert(1)>',
  '{{ customer.id }}{% if true %}x{% endif %}',
  '&lt;script&gt;',
  '<\u0000script>alert(1)</script>',
  'ſcript <ſcript>',
]

/** The pieces that such texts are made of, in any order. */
const hostile = fc
  .array(
    fc.constantFrom(
      ...['<', '>', '"', "'", '&', '=', '/', '`', '--', ' ', '\n', '\u0000', '{{', '}}', '{%', ']]>', 'ａ'],
      ...['script', 'img src=x', 'onerror=alert(1)', 'javascript:', 'style', '<!--', '-->', 'a', '</p>'],
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

const source = `---
subject: Hello {{ event.name }}
preheader: About {{ event.name }}
---
<mj-section><mj-column>
<mj-text>Hello <b title="{{ event.name }}">{{ event.name }}</b>, <a href='https://a.example/?q={{ event.name }}'>here</a></mj-text>
<mj-button href="https://a.example/{{ event.name | url_encode }}">{{ event.name }}</mj-button>
</mj-column></mj-section>
`

const compiled = async (text: string) =>
  await compileMail('a.mjml', text, { settings, layout: DEFAULT_LAYOUT })
const { template } = await compiled(source)
if (!template) throw new Error('the mail does not compile')

const variables = (event: { [name: string]: string }, of = template): MailVariables => ({
  ...mailFrame(of, settings, 'service'),
  timezone: settings.defaultTimezone,
  event,
  links: { unsubscribe: 'https://care.test/u/x', preferences: 'https://care.test/p/x' },
})

/** Elements and attributes by name: what a browser makes of the mail, but for its words. */
function shape(markup: string): string[] {
  const $ = load(markup)
  return $('*')
    .toArray()
    .filter((element) => 'tagName' in element)
    .map(
      (element) => `${element.tagName} ${Object.keys('attribs' in element ? element.attribs : {}).join(' ')}`,
    )
}

describe('a mail', () => {
  const plain = shape(renderMail(template, variables({ name: 'Anna' })).html)

  it('has the same elements and attributes whatever the name is', () => {
    for (const name of harmful) expect(shape(renderMail(template, variables({ name })).html)).toEqual(plain)
    fc.assert(
      fc.property(hostile, (name) => {
        expect(shape(renderMail(template, variables({ name: `x${name}` })).html)).toEqual(plain)
      }),
      { numRuns: 150 },
    )
  })

  it('says what the name says', () => {
    const name = '<b>"Anna" & \'Co\'</b>'
    const { html: body, text } = renderMail(template, variables({ name }))
    expect(load(body)('b').first().text()).toBe(name)
    expect(text).toContain(name)
  })

  it.each([
    ['a tag that a value names', '<{{ event.name }}>x'],
    ['one that it closes', '<p>x</{{ event.name }}>'],
    ['an attribute that it names', '<p {{ event.name }}>x</p>'],
    ['an attribute without quotes', '<a href={{ event.name }}>x</a>'],
    ['a page that leads elsewhere', '<meta http-equiv="refresh" content="0;url={{ event.name }}">'],
    ['a program behind many zeros', '<a href="&#00000000000106;avascript:x">x</a>'],
    ['a program behind zeros in hexadecimal', '<a href="&#x0000000006A;avascript:x">x</a>'],
  ])('with %s is not published', async (_, body) => {
    const { issues, template: made } = await compiled(source.replace('Hello <b', `${body} <b`))
    expect(made).toBeUndefined()
    expect(issues.filter(({ severity }) => severity === 'error')).not.toEqual([])
  })

  it.each([
    'javascript:alert(1)',
    ' JaVaScRiPt:alert(1)',
    'java\tscript:alert(1)',
    'java\u0000script:alert(1)',
    '\u0001javascript:alert(1)',
    'vbscript:x',
    'data:text/html,<script>alert(1)</script>',
    'data:image/svg+xml,<svg onload=alert(1)>',
  ])('whose link a value makes %j is not sent', async (url) => {
    const { template: made } = await compiled(source.replace(/href='[^']*'/, `href="{{ event.url }}"`))
    if (!made) throw new Error('the mail does not compile')
    expect(() => renderMail(made, variables({ name: 'Anna', url }, made))).toThrow(TemplateError)
    expect(renderMail(made, variables({ name: 'Anna', url: 'https://a.example/' }, made)).html).toContain(
      'href="https://a.example/"',
    )
  })
})

/** Everything that a mail server or an old program takes for the end of a line. */
const lineEnds = ['\r\n', '\n', '\r', '\u0085', '\u2028', '\u2029', '\u000b', '\u000c']

describe('the head of a mail', () => {
  it.each(lineEnds)('is one subject, whatever ends a line: %j', (end) => {
    const { subject } = renderMail(template, variables({ name: `Anna${end}Bcc: all@a.example` }))
    expect(subject).toBe('Hello Anna Bcc: all@a.example')
    expect(renderLine('{{ event.name }}', { event: { name: `a${end}b` } })).toBe('a b')
  })

  it('holds no header that was not meant, as it travels', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(fc.constantFrom(...lineEnds, ' ', 'Bcc: x@a.example', '=?utf-8?Q?=0A?='), fc.string()),
          {
            maxLength: 8,
          },
        ),
        async (parts) => {
          const { subject, text } = renderMail(template, variables({ name: parts.join('') }))
          const built = await new MailComposer({ from: 'a@a.example', to: 'b@b.example', subject, text })
            .compile()
            .build()
          const [head = ''] = built.toString().split('\r\n\r\n')
          const names = head
            .replace(/\r\n[ \t]+/g, ' ')
            .split('\r\n')
            .map((line) => line.split(':')[0])
          expect(names.filter((name) => /^(?:bcc|cc)$/i.test(name ?? ''))).toEqual([])
          expect(names.filter((name) => name === 'Subject')).toHaveLength(1)
          expect(Math.max(...head.split('\r\n').map((line) => line.length))).toBeLessThan(998)
        },
      ),
      { numRuns: 100 },
    )
  })

  it.each(['from', 'replyTo'])('takes no line break and no value in %s', async (key) => {
    for (const value of [
      '"a@a.example\\nBcc: x@a.example"',
      '"{{ event.name }}"',
      '"a@a.example, b@b.example"',
    ]) {
      const { template: made } = await compiled(source.replace('preheader:', `${key}: ${value}\npreheader:`))
      expect(made, value).toBeUndefined()
    }
  })

  it('has no address but the one that is known, because no other is taken in', async () => {
    const api = await careApi()
    for (const email of [
      'a@b.it\r\nBcc: c@d.it',
      'a@b.it, c@d.it',
      'Anna <a@b.it>',
      'a@b.it;c@d.it',
      'a@b.it\u0000',
      'a@b.it%0ABcc:c@d.it ',
      '"a\r\n"@b.it',
      `${'a'.repeat(300)}@b.it`,
    ]) {
      expect((await api.patch('/v1/customers/anna', { email })).status, email).toBe(422)
      const event = { type: 'a.b', customerId: 'anna', customer: { email } }
      expect((await api.post('/v1/events', event)).status, email).toBe(422)
    }
    for (const phone of [
      '+39 333 1',
      '+393331234567\n',
      '+39333123456789012',
      '393331234567',
      '+39333;ext=1',
    ])
      expect((await api.patch('/v1/customers/anna', { phone })).status, phone).toBe(422)
  })
})

describe('a text message', () => {
  const text: CompiledText = {
    form: 'text',
    name: 'a',
    locale: null,
    body: 'Hello {{ event.name }}',
    variables: [],
  }

  it('holds no character that a device obeys, but line breaks', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat(0x2100).map((code) => String.fromCodePoint(code)) }), (name) => {
        const { body } = renderText(text, variables({ name: `x${name}` }))
        expect(body.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
      }),
    )
  })

  it('has parameters of one line', () => {
    const whatsapp = { template: 't', language: 'it', parameters: ['{{ event.name }}'] }
    for (const end of lineEnds)
      expect(renderText({ ...text, whatsapp }, variables({ name: `a${end}b` })).whatsapp?.parameters).toEqual(
        ['a b'],
      )
  })
})

describe('a page', () => {
  it('escapes every part that is not its own', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const made = html`<p title="${value}">${value}</p>`.text
        expect(shape(made)).toEqual(shape('<p title="x">x</p>'))
      }),
    )
  })

  it('gives a comment back as text, and takes it as text', async () => {
    const api = await careApi()
    await closeTicket(api)
    const link = linkIn(api, 'r')
    for (const comment of harmful) {
      const { text } = await api.form(link, { comment })
      expect(load(text)('textarea').text(), 'a form without a score is shown again').toContain(
        comment.replace('\u0000', '').slice(-8),
      )
      expect(load(text)('script, img, form[action], svg[onload]').length).toBe(0)
    }
  })

  it('shows a hostile query as nothing', async () => {
    const api = await careApi()
    await closeTicket(api)
    const link = linkIn(api, 'r')
    const plain = (await api.get(link, { key: null })).text
    for (const value of harmful)
      expect(
        (
          await api.get(`${link}?score=${encodeURIComponent(value)}&x=${encodeURIComponent(value)}`, {
            key: null,
          })
        ).text,
      ).toBe(plain)
  })
})

const terminal = [
  '\u001b[2J',
  '\u001b]8;;https://a.example\u0007click\u001b]8;;\u0007',
  '\u001b]0;title\u0007',
  '\u001b]52;c;ZXZpbA==\u0007',
  '\u009b31m',
  '\u0090q\u009c',
  '\rhidden',
  '\b\b\b',
  '\u202egnp.exe',
  '\u2066\u2069',
  '\u2028',
  '\u0007',
]

it.each(terminal)('the terminal shows %j and does not obey it', (text) => {
  for (const colors of [true, false]) {
    expect(render(`name ${text} end`, colors)).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
    expect(render(`name ${text} end`, colors)).toMatch(/^name .* end$/)
  }
})

it.each([...terminal, '"}\n{"level":"error"'])('a log line stays one line of JSON with %j in it', (text) => {
  const lines: string[] = []
  jsonLog(
    (line) => lines.push(line),
    () => 0,
  )('info', 'a.b', { workflow: text })
  expect(lines).toHaveLength(1)
  expect(lines[0]?.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ workflow: text })
})
