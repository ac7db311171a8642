/** A mail file that means harm is refused, soon and with the place, and never reads another file. */
import { describe, expect, it } from 'vitest'
import { issuesOf, layout, mail } from './source.ts'

describe('refused', () => {
  it.each([
    ['<mj-include path="/etc/passwd" />', '4:1 <mj-include> is not allowed'],
    [
      '<mj-section><mj-column><mj-raw><script>x</script></mj-raw></mj-column></mj-section>',
      '4:32 <script> is not allowed',
    ],
    ['<!-- <mj-include path="/etc/passwd" /> -->', '4:6 <mj-include> is not allowed'],
    ['<!--[if mso]><ScRiPt>x</sCrIpT><![endif]-->', '4:14 <ScRiPt> is not allowed'],
  ])('between components: %s', async (body, said) => {
    const found = await issuesOf(`---\nsubject: Hello\n---\n${body}`)
    expect(found[0]).toContain(`error apology.mjml ${said}`)
  })

  it.each([
    ['<script>alert(1)</script>', '<script>'],
    ['<SCRIPT src="https://a.example/x.js"></SCRIPT>', '<script>'],
    ['<iframe src="https://a.example"></iframe>', '<iframe>'],
    ['<form action="https://a.example"></form>', '<form>'],
    ['<object data="x"></object>', '<object>'],
    ['<embed src="x">', '<embed>'],
    ['<base href="https://a.example">', '<base>'],
    ['<mj-include path="x" />', '<mj-include>'],
    ['<p onclick="x()">a</p>', '`onclick`'],
    ['<p\tOnMouseOver = x>a</p>', '`onmouseover`'],
    ['<p/onclick=x>a</p>', '`onclick`'],
    ['<a href="javascript:x">a</a>', 'A link may not run a program'],
    ["<a href='  JavaScript:x'>a</a>", 'A link may not run a program'],
    ['<a href=javascript:x>a</a>', 'A link may not run a program'],
    ['<a href="java&#x09;script&colon;x">a</a>', 'A link may not run a program'],
    ['<a href="&#106;avascript:{{ event.x }}">a</a>', 'A link may not run a program'],
    ['<a href="vbscript:x">a</a>', 'A link may not run a program'],
    ['<a href="data:text/html,x">a</a>', 'A link may not run a program'],
    ['<td background="javascript:x"></td>', 'A link may not run a program'],
  ])('in text: %s', async (words, said) => {
    const found = await issuesOf(mail(`\n${words}`))
    expect(found[0]).toMatch(/^error apology\.mjml 6:\d+ /)
    expect(found[0]).toContain(said)
  })

  it('in the button of a mail, and in the layout', async () => {
    const button =
      '<mj-section><mj-column>\n<mj-button href="javascript:x">a</mj-button></mj-column></mj-section>'
    expect((await issuesOf(`---\nsubject: a\n---\n${button}`))[0]).toContain('5:12 A link may not run')
    expect(
      (await issuesOf(mail('x'), layout.replace('<mj-head>', '<mj-head><mj-include path="x" />')))[0],
    ).toContain('error layout.mjml 2:12 <mj-include> is not allowed')
  })

  it('are characters with which a mail could pose as the compiler', async () => {
    expect((await issuesOf(mail('LQ7X0X7QL')))[0]).toContain('kept for the compiler')
    expect((await issuesOf(mail('\uE000')))[0]).toContain('kept for the compiler')
  })
})

describe('bounded', () => {
  it.each([
    ['elements', mail('<div>'.repeat(20_000) + '</div>'.repeat(20_000)), 'Elements may be 100 deep'],
    [
      'blocks',
      mail('{% if true %}'.repeat(20_000) + '{% endif %}'.repeat(20_000)),
      'Liquid may be 30 blocks deep',
    ],
    ['tags without end', `---\nsubject: a\n---\n${'<a '.repeat(30_000)}`, 'never closed'],
    ['comments without end', `---\nsubject: a\n---\n${'<!--'.repeat(30_000)}`, 'never closed'],
    ['quotes without end', `---\nsubject: a\n---\n<a ${'x="'.repeat(20_001)}`, 'never closed'],
    ['a head of heads', `${'---\n'.repeat(20_000)}`, '`subject` is missing'],
  ])('is the time for many %s', async (_, text, said) => {
    const found = await issuesOf(text)
    expect(found[0]).toContain(said)
    expect(found.length).toBeLessThan(5)
  })

  it('is the time for many comments', async () => {
    // Where each of them could be read in two ways, this would take more than a minute.
    const text = `---\nsubject: a\n---\n${'<!-- a --> '.repeat(32)}<mj-section></mj-section>`
    expect(await issuesOf(text)).toEqual([])
  })

  it('is what an alias in the head can grow to', async () => {
    const bomb = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`)
    const found = await issuesOf(mail('x', ['subject: a', 'a0: &a0 x', ...bomb].join('\n')))
    expect(found[0]).toContain('`a0` is not known here')
  })

  it('does not stop mails that are merely rich', async () => {
    expect(
      await issuesOf(
        mail(
          '<div>'.repeat(40) +
            '{% if customer.x %}{% for a in event.a %}{% for b in a %}{{ b }}{% endfor %}{% endfor %}{% endif %}' +
            '</div>'.repeat(40),
        ),
      ),
    ).toEqual([])
  })
})
