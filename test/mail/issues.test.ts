/** What is wrong with a mail file is said with its exact place in that file: the head counts, the layout does not. */
import { describe, expect, it } from 'vitest'
import { renderMail, TemplateError } from '../../engine/mail/render.ts'
import { variables } from '../engine/mail/template.ts'
import { compile, issuesOf, layout, mail } from './source.ts'

describe('variables', () => {
  it('that no mail knows are a warning, and an error when it is sent', async () => {
    const { issues, template } = await compile(mail('<p>Dear</p>\n  {{ custmer.firstName }}'))
    expect(issues).toMatchObject([
      {
        severity: 'warning',
        file: 'apology.mjml',
        line: 6,
        column: 6,
        hint: expect.stringMatching(/^Did you mean `customer`\? Known are customer/),
      },
    ])
    expect(issues[0]?.message).toContain('`custmer.firstName` is not known')
    if (!template) throw new Error('a warning stopped it')
    expect(() => renderMail(template, variables())).toThrow(TemplateError)
  })

  it('are looked for in the head as well', async () => {
    const found = await issuesOf(mail('<p>x</p>', `preheader: All fine\nsubject: "Dear {{ nobody }}"`))
    expect(found).toEqual([expect.stringMatching(/^warning apology\.mjml 3:19 `nobody` is not known/)])
  })

  it('of the journey, of loops and of the mail itself are known', async () => {
    const names =
      'event.x entry.x meta.id awaited.x enrollment.key coupons.x steps.x brand.name topic.title links.preferences now today locale timezone'
    const body = names.split(' ').map((name) => `{{ ${name} }}`)
    expect(
      await issuesOf(
        mail(`${body.join('')}{% for a in event.b %}{{ a }}{% endfor %}{% assign c = 1 %}{{ c }}`),
      ),
    ).toEqual([])
  })
})

describe('markup', () => {
  it.each([
    [
      'an element that MJML does not know',
      '<mj-section>\n  <mj-column><mj-foo>x</mj-foo></mj-column></mj-section>',
      '5:14 There is no element <mj-foo>',
    ],
    [
      'an element that is not closed',
      '<mj-section>\n  <mj-column>\n</mj-section>',
      '5:3 <mj-column> is not closed before </mj-section>',
    ],
    [
      'an element that was not opened',
      '<mj-section>\n  </mj-column>\n</mj-section>',
      '5:3 </mj-column> closes nothing',
    ],
    ['an element that never ends', '<mj-section><mj-column>', '4:1 <mj-section> is never closed'],
    ['a tag that never ends', '<mj-section>\n <mj-column ', '5:2 The tag <mj-column> is never closed'],
    ['a comment that never ends', '\n<!-- <mj-section>', '5:1 This comment is never closed'],
    [
      'a column without a section',
      '<mj-section></mj-section>\n\n <mj-column></mj-column>',
      '6:2 <mj-column> cannot stand by itself',
    ],
    [
      'text without a column',
      '<mj-section>\n <mj-text>x</mj-text></mj-section>',
      '5:2 <mj-text> cannot stand inside <mj-section>',
    ],
    [
      'an attribute that MJML does not know',
      '<mj-section>\n<mj-column colour="red" />\n</mj-section>',
      '5:1 The element does not know `colour`',
    ],
    [
      'text between components',
      '<mj-section>\n words\n</mj-section>',
      '5:2 Text between components would be lost',
    ],
    [
      'Liquid that prints between components',
      '<mj-section>\n {{ brand.name }}\n</mj-section>',
      '5:2 Text between components would be lost',
    ],
    [
      'Liquid without quotes in a tag',
      '<mj-section {% if customer.x %}a="b"{% endif %}></mj-section>',
      '4:13 Liquid inside a tag must stand between quotes',
    ],
  ])('%s is an error', async (_, body, said) => {
    const found = await issuesOf(`---\nsubject: Hello\n---\n${body}`)
    expect(found).toContainEqual(expect.stringContaining(`error apology.mjml ${said}`))
  })

  it('that is wrong in several places is said at once, from top to bottom', async () => {
    const found = await issuesOf(
      mail('<b>\n<script></script></b>\n{{ nobody }}', 'subject: Hello\nfrom: nobody'),
    )
    expect(found).toEqual([
      expect.stringMatching(/^error apology\.mjml 3:7 `nobody` is neither a sender nor an address/),
      expect.stringMatching(/^error apology\.mjml 7:1 <script> is not allowed/),
      expect.stringMatching(/^warning apology\.mjml 8:4 `nobody`/),
    ])
  })

  it('may be a picture without words, with a warning', async () => {
    expect(await issuesOf(mail('<img src="https://a.example/a.png">'))).toEqual([
      'warning apology.mjml 5:1 <img> has no alt text',
    ])
  })

  it('may name a color that Liquid will know', async () => {
    expect(
      await issuesOf('---\nsubject: x\n---\n<mj-section background-color="{{ brand.color }}"></mj-section>'),
    ).toEqual([])
    expect(
      (await issuesOf('---\nsubject: x\n---\n<mj-section background-color="rot"></mj-section>'))[0],
    ).toContain(' 4:1 `background-color` expects a color, not rot')
  })
})

describe('Liquid', () => {
  it.each([
    ['<p>a</p>\n {{ "x" | shout }}', '6:11 There is no filter `shout`'],
    ['\n\n  {% if customer.x %}a', '7:3 {% if … %} has no end'],
    ['a {% endif %}', '5:3 {% endif %} ends nothing'],
    ['a\n {{ customer.x ', '6:2 This `{{` is never closed'],
    ['a\n {% include "x" %}', '6:2 There is no {% include … %}'],
    ['{{ customer.x | raw }}', '5:17 There is no filter `raw`'],
    [
      '{% for a in event.a %}{% for b in a %}\n{% for c in b %}{% endfor %}{% endfor %}{% endfor %}',
      '6:1 Loops may be two deep at most',
    ],
  ])('that is wrong is an error: %j', async (lines, said) => {
    const found = await issuesOf(mail(lines))
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(`error apology.mjml ${said}`)
  })

  it('of the subject is checked where it stands', async () => {
    expect(await issuesOf(mail('x', 'from: default\nsubject: "Hi {{ customer.x | shout }}"'))).toEqual([
      'error apology.mjml 3:30 There is no filter `shout`',
    ])
  })
})

describe('the head', () => {
  it.each([
    ['from: default', '1:1 `subject` is missing'],
    ['subject: ""', '2:1 `subject` must be a text'],
    ['subject: 7', '2:1 `subject` must be a text'],
    ['subject: {{ customer.x }}', '2:1 `subject` must be a text'],
    ['subject: Hi: you', '2:10 A text that contains `: ` needs quotes'],
    ['subject: "Hi', '2:10 This quote is never closed'],
    ['subject: a\nsubject: b', '3:1 `subject` stands here twice'],
    ['subject: a\ntopic: b', '3:1 `topic` is not known here'],
    ['subject: "a\\nBcc: b"', '2:11 This must be one line'],
    ['subject: a\nreplyTo: x@y@z', '3:10 `x@y@z` is neither a sender nor an address'],
    ['subject: a\nfrom: __proto__', '3:7 `__proto__` is neither a sender nor an address'],
  ])('is checked: %j', async (head, said) => {
    const found = await issuesOf(mail('<p>x</p>', head))
    expect(found[0]).toContain(`error apology.mjml ${said}`)
  })

  it('has to be there', async () => {
    expect(await issuesOf('<mj-section></mj-section>')).toEqual([
      'error apology.mjml 1:1 A mail begins with its subject between two lines of `---`',
    ])
    expect(await issuesOf('')).toHaveLength(1)
  })
})

describe('the layout', () => {
  it('is blamed for its own mistakes, at its own lines, above and below the content', async () => {
    const long = mail('<p>1</p>\n<p>2</p>\n<p>3</p>')
    const above = layout.replace('<mj-wrapper>', '<mj-wrapper colour="red">')
    expect((await issuesOf(long, above))[0]).toContain(
      'error layout.mjml 7:1 The element does not know `colour`',
    )
    const below = layout.replace('    <mj-section>', '    <mj-section colour="red">')
    expect((await issuesOf(long, below))[0]).toContain(
      'error layout.mjml 10:1 The element does not know `colour`',
    )
    expect((await issuesOf(long, layout.replace('</mj-wrapper>', '')))[0]).toContain(
      'error layout.mjml 7:5 <mj-wrapper>',
    )
  })

  it.each([
    ['{{ content }}', 'The layout has no `{{ content }}`'],
    ['{{ brand.postalAddress }}', 'The mail does not show `{{ brand.postalAddress }}`'],
    ['{{ links.unsubscribe }}', 'The mail does not show `{{ links.unsubscribe }}`'],
  ])('has to hold %s', async (slot, said) => {
    expect((await issuesOf(mail('x'), layout.replace(slot, '')))[0]).toContain(
      `error layout.mjml 1:1 ${said}`,
    )
  })
})

describe('a mail without the layout', () => {
  const whole = (words: string) =>
    `---\nsubject: Hello\n---\n<!-- own --><!-- design -->\n<mjml><mj-body><mj-section><mj-column><mj-text>\n${words}\n</mj-text></mj-column></mj-section></mj-body></mjml>\n`

  it('shows who sends it, and how to end it', async () => {
    const [address, link] = ['{{ brand.postalAddress }}', '<a href="{{ links.unsubscribe }}">Stop</a>']
    expect(await issuesOf(whole(`${address} ${link}`))).toEqual([])
    expect(await issuesOf(whole(address))).toEqual([
      expect.stringMatching(/^error apology\.mjml 4:1 .*links\.unsubscribe/),
    ])
    expect(await issuesOf(whole(link))).toEqual([
      expect.stringMatching(/^error apology\.mjml 4:1 .*brand\.postalAddress/),
    ])
    expect(await issuesOf(whole(`<!-- ${address} ${link} -->`))).toHaveLength(2)
    expect(await issuesOf(whole(`<div style="display:none">${address}</div> ${link}`))).toHaveLength(1)
  })

  it('is checked at its own lines', async () => {
    const text = whole('</mj-text><mj-foo>').replace('</mj-text></mj-column>', '</mj-foo></mj-column>')
    expect(await issuesOf(text)).toContainEqual(
      expect.stringContaining('error apology.mjml 6:11 There is no element <mj-foo>'),
    )
  })
})
