/** First mails: what somebody does wrong who has never written Liquid or MJML. */
import { expect, test } from 'vitest'
import { compileWorkflow } from '../../engine/language/compile.ts'
import { environment, head } from '../engine/language/workshop.ts'

/** [what went wrong, the mail, everything that is told about it] */
type Mistake = [string, string, string[]]

const mails: Mistake[] = [
  [
    'unclosed output',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>Hi {{ customer.firstName </mj-text></mj-column></mj-section>
`,
    ['4:36 This `{{` is never closed | Close it with `}}`.'],
  ],
  [
    'single brace',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>Hi { customer.firstName }</mj-text></mj-column></mj-section>
`,
    [
      '(warning) 4:36 `{ customer.firstName }` would be sent as it stands here | Write {{ customer.firstName }}, with two braces.',
    ],
  ],
  [
    'single closing brace',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>Hi {{ customer.firstName }</mj-text></mj-column></mj-section>
`,
    ['4:36 This `{{` is never closed | Close it with `}}`.'],
  ],
  [
    'unknown filter',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>Hi {{ customer.firstName | capitalise }}</mj-text></mj-column></mj-section>
`,
    ['4:60 There is no filter `capitalise` | Did you mean `capitalize`?'],
  ],
  [
    'if unclosed',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>{% if customer.vip %}Hi</mj-text></mj-column></mj-section>
`,
    ['4:33 {% if … %} has no end | Add {% endif %} where it ends.'],
  ],
  [
    'if with equals',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>{% if customer.tier = "gold" %}Hi{% endif %}</mj-text></mj-column></mj-section>
`,
    ['4:53 `=` is not an operator of mails | Write `==` for "is equal to".'],
  ],
  [
    'if with &&',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>{% if customer.tier == "gold" && customer.vip %}Hi{% endif %}</mj-text></mj-column></mj-section>
`,
    ['4:63 `&&` is not an operator of mails | Write `and`.'],
  ],
  [
    'else if liquid',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>{% if customer.vip %}Hi{% else if customer.tier %}A{% endif %}</mj-text></mj-column></mj-section>
`,
    ['4:33 There is no {% else if … %} | Write {% elsif … %}.'],
  ],
  [
    'elseif liquid',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>{% if customer.vip %}Hi{% elseif customer.tier %}A{% endif %}</mj-text></mj-column></mj-section>
`,
    ['4:56 There is no {% elseif … %} | Write {% elsif … %}.'],
  ],
  [
    '{{ if }}',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>{{ if customer.vip }}Hi{{ endif }}</mj-text></mj-column></mj-section>
`,
    [
      '(warning) 4:36 `if` is not known to a mail, and sending it would fail | Write {% if … %}, with a percent sign, for what is no value.',
      '(warning) 4:59 `endif` is not known to a mail, and sending it would fail | Write {% endif … %}, with a percent sign, for what is no value.',
    ],
  ],
  [
    'handlebars',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>{{#if customer.vip}}Hi{{/if}}</mj-text></mj-column></mj-section>
`,
    ['4:35 This is not how mails ask | Write {% if … %} and {% endif %}.'],
  ],
  [
    'unknown variable',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>{{ firstName }}</mj-text></mj-column></mj-section>
`,
    [
      '(warning) 4:36 `firstName` is not known to a mail, and sending it would fail | Say where it stands: customer.firstName or event.firstName. Known are customer, event, entry, meta, awaited, enrollment, coupons, webhooks, steps, repeat, brand, topic, links, survey, appointment, now, today, locale, timezone.',
    ],
  ],
  [
    'order root',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>{{ order.total }}</mj-text></mj-column></mj-section>
`,
    [
      '(warning) 4:36 `order.total` is not known to a mail, and sending it would fail | Say where it stands: customer.order.total or event.order.total. Known are customer, event, entry, meta, awaited, enrollment, coupons, webhooks, steps, repeat, brand, topic, links, survey, appointment, now, today, locale, timezone.',
    ],
  ],
  [
    'misspelt attribute in mail',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>{{ customer.fristName }}</mj-text></mj-column></mj-section>
`,
    [
      '(warning) 4:36 `customer.fristName` looks like a slip of the pen | Did you mean `customer.firstName`? Leave it if the attribute is one of your own.',
    ],
  ],
  [
    'mjml unclosed',
    `---
subject: Hello
---
<mj-section>
  <mj-column>
    <mj-text>Hi
  </mj-column>
</mj-section>
`,
    ['6:5 <mj-text> is not closed before </mj-column> | Add </mj-text>'],
  ],
  [
    'mjml missing /',
    `---
subject: Hello
---
<mj-section><mj-column><mj-image src="https://a.b/c.png" alt="x"></mj-column></mj-section>
`,
    ['4:24 <mj-image> is not closed before </mj-column> | End it with `/>` instead of `>`'],
  ],
  [
    'missing subject',
    `<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>
`,
    [
      '1:1 A mail begins with its subject between two lines of `---` | Begin the file with `---`, `subject: …`, and a second `---`',
    ],
  ],
  [
    'front matter without subject',
    `---
preheader: Hello
---
<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>
`,
    ['1:1 `subject` is missing | Add `subject: …` between the lines of `---`'],
  ],
  [
    'one ---',
    `---
subject: Hello
<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>
`,
    [
      '1:1 The head of the mail is never closed | Put a second line of `---` between the subject and the MJML.',
    ],
  ],
  [
    'subject with liquid unquoted',
    `---
subject: {{ customer.firstName }}, hello
---
<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>
`,
    ['2:10 A text that starts with `{{` needs quotes | Write `"{{ customer.firstName }}, hello"`.'],
  ],
  [
    'subject with colon',
    `---
subject: News: a gift
---
<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>
`,
    ["2:10 A text that contains `: ` needs quotes | Write `'News: a gift'`, in single quotes."],
  ],
  [
    'include',
    `---
subject: Hello
---
<mj-section><mj-column><mj-include path="./footer.mjml" /></mj-column></mj-section>
`,
    [
      '4:24 <mj-include> is not allowed in a mail | A mail is one file: write the content here, or in the shared layout',
    ],
  ],
  [
    'plain text',
    `---
subject: Hello
---
Hello dear customer
`,
    [
      '4:1 Text between components would be lost | Put it into <mj-text>, which stands in <mj-column>, which stands in <mj-section>',
    ],
  ],
  [
    'html',
    `---
subject: Hello
---
<html><body><p>Hello</p></body></html>
`,
    [
      '4:1 <html> cannot stand here: it is HTML, and mails are MJML | Put it into <mj-section><mj-column><mj-text> … </mj-text></mj-column></mj-section>.',
    ],
  ],
  [
    'p without mj',
    `---
subject: Hello
---
<p>Hello</p>
`,
    [
      '4:1 <p> cannot stand here: it is HTML, and mails are MJML | Put it into <mj-section><mj-column><mj-text> … </mj-text></mj-column></mj-section>.',
    ],
  ],
  [
    'text without section',
    `---
subject: Hello
---
<mj-text>Hello</mj-text>
`,
    [
      '4:1 <mj-text> cannot stand inside <mj-body> | Contents stand in <mj-column>, and that in <mj-section>.',
    ],
  ],
  [
    'missing alt',
    `---
subject: Hello
---
<mj-section><mj-column><mj-image src="https://a.b/c.png" /></mj-column></mj-section>
`,
    [
      '(warning) 4:24 <mj-image> has no alt text | Say what the picture tells, or write alt="" if it only decorates',
    ],
  ],
  [
    'unknown mj tag',
    `---
subject: Hello
---
<mj-section><mj-column><mj-txt>Hello</mj-txt></mj-column></mj-section>
`,
    ['4:24 There is no element <mj-txt> | Did you mean <mj-text>?'],
  ],
  [
    'smart quotes in tag',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text color=“#fff”>A</mj-text></mj-column></mj-section>
`,
    ['4:24 `color` expects a color, not “#fff” | Use straight quotes: color="#8b2f2f".'],
  ],
  [
    'empty mail',
    '',
    [
      '1:1 A mail begins with its subject between two lines of `---` | Begin the file with `---`, `subject: …`, and a second `---`',
    ],
  ],
  [
    'from unknown',
    `---
subject: Hello
from: worksop
---
<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>
`,
    ['3:7 `worksop` is neither a sender nor an address | Did you mean `workshop`?'],
  ],
  [
    'front matter topic',
    `---
subject: Hello
topic: offers
---
<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>
`,
    ['3:1 `topic` is not known here | The step that sends the mail names its topic'],
  ],
  [
    'coupon unknown in mail',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>{{ coupons.offer.code }}</mj-text></mj-column></mj-section>
`,
    ['4:36 No step sets the coupon `offer` | Draw it in a step before: - coupon: offer'],
  ],
  [
    'coupon in mail singular',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>{{ coupon.code }}</mj-text></mj-column></mj-section>
`,
    [
      '(warning) 4:36 `coupon.code` is not known to a mail, and sending it would fail | Did you mean `coupons`? Known are customer, event, entry, meta, awaited, enrollment, coupons, webhooks, steps, repeat, brand, topic, links, survey, appointment, now, today, locale, timezone.',
    ],
  ],
  [
    'cel in mail',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>{% if customer.tier == gold %}x{% endif %}</mj-text></mj-column></mj-section>
`,
    [
      '(warning) 4:56 `gold` is not known to a mail, and sending it would fail | A text is written in quotes: "gold". Known are customer, event, entry, meta, awaited, enrollment, coupons, webhooks, steps, repeat, brand, topic, links, survey, appointment, now, today, locale, timezone.',
    ],
  ],
  [
    'date filter',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>{{ event.date | date }}</mj-text></mj-column></mj-section>
`,
    ['4:42 There is no filter `date` | Use date_long, date_short, date_weekday or time.'],
  ],
  [
    'endif alone',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>Hi{% endif %}</mj-text></mj-column></mj-section>
`,
    ['4:35 {% endif %} ends nothing | Remove it, or begin with {% if … %}.'],
  ],
  [
    'case of a tag',
    `---
subject: Hello
---
<mj-section><mj-column><mj-text>{% fi customer.vip %}Hi{% endif %}</mj-text></mj-column></mj-section>
`,
    ['4:33 There is no {% fi … %} | Did you mean {% if … %}?'],
  ],
  [
    'subject empty',
    `---
subject:
---
<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>
`,
    ['2:1 `subject` must be a text | Put it between quotes'],
  ],
]

test.each(mails)('%s', async (_, text, expected) => {
  const files = { 'workflow.yaml': `${head}steps:\n  - send: thank-you\n`, 'thank-you.mjml': text }
  const { issues } = await compileWorkflow(files, environment)
  const told = issues.map(
    ({ severity, line, column, message, hint }) =>
      `${severity === 'warning' ? '(warning) ' : ''}${line}:${column} ${message} | ${hint}`,
  )
  expect(told).toEqual(expected)
})
