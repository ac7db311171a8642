/** A mail file becomes html and text that Liquid alone can finish. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderMail } from '../../engine/mail/render.ts'
import { law } from '../engine/law.ts'
import { variables } from '../engine/mail/template.ts'
import { compile, compiled, layout, mail, rendered, say } from './source.ts'

const sharedLayout = readFileSync(new URL('../../workflows/layout.mjml', import.meta.url), 'utf8')
const foot = 'Bottega, Via Roma 1, Torino Unsubscribe <https://bottega.example/u>\n'

describe('a plain mail', () => {
  it('becomes subject, html and text', async () => {
    const sent = await rendered(mail('<p>All <b>is</b> well &amp; good.</p>', 'subject: "Hello: you"'))
    expect(sent.subject).toBe('Hello: you')
    expect(sent.html).toMatch(/^<!doctype html>/i)
    expect(sent.html).toContain('<p>All <b>is</b> well &amp; good.</p>')
    expect(sent.html).not.toContain('<mj-')
    expect(sent.text).toBe(`All is well & good.\n\n${foot}`)
  })

  it('is named by its file, and knows what it reads', async () => {
    const text = mail('<p>{{ event.total | money: "EUR" }} {{ customer.address.city }}</p>')
    expect(await compiled(text, layout, 'thanks.it-CH.mjml')).toMatchObject({
      name: 'thanks',
      locale: 'it-CH',
      variables: [
        'brand.name',
        'brand.postalAddress',
        'customer.address.city',
        'event.total',
        'links.unsubscribe',
      ],
    })
    expect(await compiled(text)).toMatchObject({ name: 'apology', locale: null })
    expect((await compile(text, layout, 'Thank you.mjml')).issues.map(say)).toEqual([
      'error Thank you.mjml 1:1 `Thank you.mjml` is not the name of a mail',
    ])
  })

  it('keeps its preheader, sender and answer address', async () => {
    const head = 'subject: A\npreheader: Soon < later\nfrom: default\nreplyTo: Care <care@bottega.example>'
    const template = await compiled(mail('<p>x</p>', head))
    expect(template).toMatchObject({ from: 'default', replyTo: 'Care <care@bottega.example>' })
    expect(template.html).toContain('Soon &lt; later')
    // The preheader is for the list of mails, not for those who read text.
    expect(template.text).not.toContain('Soon')
  })

  it('is the same with line breaks of Windows and a byte order mark', async () => {
    const text = mail('<p>One</p>\n<p>Two</p>')
    expect(await compiled(`\uFEFF${text.replaceAll('\n', '\r\n')}`)).toEqual(await compiled(text))
  })

  it('speaks the language of its file in the layout', async () => {
    const template = await compiled(mail('<p>Ciao</p>'), layout, 'apology.it.mjml')
    expect(template.html).toContain('lang="it"')
    expect(template.text).toContain('Annulla l’iscrizione')
  })

  it('fits the layout of the shop', async () => {
    const template = await compiled(mail('<p>Ciao {{ customer.firstName }}</p>'), sharedLayout)
    const sent = renderMail(template, variables({ customer: { firstName: 'Anna' } }))
    expect(sent.text).toContain('Ciao Anna')
    expect(sent.html).toContain('href="https://bottega.example/u"')
    expect(`${sent.html}${sent.text}`).not.toMatch(/\{\{|\{%|LQ7X/)
  })

  it('is warned about when Gmail would cut it off', async () => {
    const { issues, template } = await compile(mail(`<p>${'long '.repeat(21_000)}</p>`))
    expect(template).toBeDefined()
    expect(issues).toMatchObject([{ severity: 'warning', message: expect.stringContaining('Gmail') }])
  })
})

describe('Liquid', () => {
  const items = [
    { name: 'Bread & "butter"', price: 3 },
    { name: 'Oil', price: 12.5 },
  ]

  it('loops, asks and formats alike in html and in text', async () => {
    const sent = await rendered(
      mail(
        `{% if customer.vip and event.items.size > 1 %}<p>Dear {{ customer.firstName | default: "friend" | upcase }}</p>{% else %}<p>Hello</p>{% endif %}
<table>
{% for item in event.items %}
<tr><td>{{ forloop.index }}. {{ item.name }}</td><td>{{ item.price | money: "EUR" }}</td></tr>
{% endfor %}
</table>
<p>{% case event.items.size %}{% when 2 %}Two{% else %}Many{% endcase %}, until {{ event.until | date_long }}.</p>`,
        `subject: '{% if customer.vip %}Thank you for {{ event.items.size | number }}{% endif %}'`,
      ),
      { customer: { vip: true }, event: { items, until: '2027-03-14' } },
    )
    expect(sent.subject).toBe('Thank you for 2')
    expect(sent.text).toBe(
      `Dear FRIEND\n\n1. Bread & "butter" €3.00\n2. Oil €12.50\n\nTwo, until March 14, 2027.\n\n${foot}`,
    )
    expect(sent.html).toContain('<td>1. Bread &amp; &#34;butter&#34;</td><td>€3.00</td>')
    expect(sent.html).not.toContain('Hello<')
  })

  it('stands around components as well as in them', async () => {
    const text = `---
subject: Hello
---
{% if customer.vip %}
<mj-section>
  <mj-column>
    {% for item in event.items %}
    <mj-text>{{ item.name }}</mj-text>
    {% endfor %}
  </mj-column>
</mj-section>
{% endif %}
`
    const html = async (vip: boolean) =>
      (await rendered(text, { customer: { vip }, event: { items } })).html.match(/Oil|Bread/g)
    expect(await html(true)).toEqual(['Bread', 'Oil'])
    expect(await html(false)).toBeNull()
  })

  it('reaches both parts as it was written', async () => {
    const tags = [
      `{{ customer.firstName | default: "a > b & 'c'" | append: '"<i>"' }}`,
      `{%- if event.total >= 10 and event.total < 20 -%}`,
      `{{event.note|replace:"&lt;","<"}}`,
      `{%- endif -%}`,
    ]
    const template = await compiled(mail(`<h1>${tags.join('')}</h1>`))
    for (const part of [template.html, template.text]) for (const tag of tags) expect(part).toContain(tag)
  })

  it('may stand in attributes, and over several lines', async () => {
    const sent = await rendered(
      mail(
        `<a href="{{ event.url }}?a=1&amp;b={{ event.q | url_encode }}" title='{% if event.q %}"q"{% endif %}'>Go</a> {{\n  event.q\n  | upcase\n}}`,
      ),
      { event: { url: 'https://shop.example/', q: 'a&b' } },
    )
    expect(sent.html).toContain('href="https://shop.example/?a=1&amp;b=a%26b"')
    expect(sent.text).toContain('Go <https://shop.example/?a=1&b=a%26b> A&B')
  })

  it('leaves words glued or apart as they were', async () => {
    const text = mail('<p>a{% if customer.x %}X{% endif %}b, {% if customer.y %}Y {% endif %}c</p>')
    expect((await rendered(text)).text).toMatch(/^ab, c\n/)
    expect((await rendered(text, { customer: { x: true, y: true } })).text).toMatch(/^aXb, Y c\n/)
  })

  it('asks for ratings the way people write it', async () => {
    const template = await compiled(
      mail(
        '<a href="{{ survey.link(5) }}">Good</a>{% for n in (1..2) %}<a href="{{ survey.link(n) }}">{{ n }}</a>{% endfor %}',
      ),
    )
    expect(template.variables).toContain('survey.link')
    const sent = renderMail(template, {
      ...variables(),
      survey: { link: (score: number) => `https://s.example/${score}` },
    })
    expect(sent.html.match(/https:\/\/s\.example\/\d/g)).toEqual(
      [5, 1, 2].map((n) => `https://s.example/${n}`),
    )
    expect(sent.text).toContain('Good <https://s.example/5>')
  })

  it('gives what a customer wrote to html as text only, whatever it is', async () => {
    const template = await compiled(
      mail(
        '<p title="{{ customer.firstName }}">[[{{ customer.firstName }}]]</p>{% if event.comment %}<p>{{ event.comment }}</p>{% endif %}',
        `subject: 'Dear {{ customer.firstName | default: "you" }}'\npreheader: '{{ customer.firstName }}'`,
      ),
    )
    const markup = (html: string) => html.match(/<[^>]*>/g)?.map((tag) => tag.replace(/="[^"]*"/g, ''))
    const send = (words: string) =>
      renderMail(template, variables({ customer: { firstName: words }, event: { comment: `.${words}` } }))
    const usual = markup(send('Anna').html)
    law(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.constantFrom('', '"><script>', '-->'),
        (a, b) => {
          expect(markup(send(`${b}${a}`).html)).toEqual(usual)
        },
      ),
      60,
    )
  })
})
