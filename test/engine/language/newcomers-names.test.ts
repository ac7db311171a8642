/** Names that are read where they cannot be: misspelt members, what comes later, what only another way leads by. */
import { expect, test, vi } from 'vitest'
import { steps, top } from './newcomers.ts'
import { compile, mail, told } from './workshop.ts'

// MJML reads the ambient clock while it lays out a mail. What it makes of one is no matter here.
vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

/** [what went wrong, the definition, the files beside it, everything that is told about it] */
type Misread = [string, string, { [file: string]: string }, string[]]

const misread: Misread[] = [
  [
    'a link that there is not',
    steps(`  - send: hello
`),
    { 'hello.mjml': mail('{{ links.unsubcribe }}') },
    [
      '(warning) hello.mjml 4:36 `links` has no attribute `unsubcribe` | Did you mean `links.unsubscribe`? It has unsubscribe, preferences and confirm.',
    ],
  ],
  [
    'a part of the brand that there is not',
    steps(`  - send: hello
`),
    { 'hello.mjml': mail('{{ brand.nme }}') },
    [
      '(warning) hello.mjml 4:36 `brand` has no attribute `nme` | Did you mean `brand.name`? It has name, url, color, logo, postalAddress, ink, link and linkOnDark.',
    ],
  ],
  [
    'a part of the topic and of the journey',
    steps(`  - send: hello
`),
    { 'hello.mjml': mail('{{ topic.nam }} {{ enrollment.kye }} {{ enrollment.counts.sended }}') },
    [
      '(warning) hello.mjml 4:36 `topic` has no attribute `nam` | Did you mean `topic.name`? It has name, title and basis.',
      '(warning) hello.mjml 4:52 `enrollment` has no attribute `kye` | Did you mean `enrollment.key`? It has workflow, version, key, run, enteredAt and counts.',
      '(warning) hello.mjml 4:73 `enrollment.counts` has no attribute `sended` | It has sent.',
    ],
  ],
  [
    'a part of a coupon',
    steps(`  - coupon: offer
    pattern: CARE-????-##
  - send: hello
`),
    { 'hello.mjml': mail('{{ coupons.offer.cod }}') },
    [
      '(warning) hello.mjml 4:36 `coupons.offer` has no attribute `cod` | Did you mean `coupons.offer.code`? It has code and expiresAt.',
    ],
  ],
  [
    'in the subject',
    steps(`  - send: hello
`),
    {
      'hello.mjml': `---
subject: Hello {{ brand.nme }}
---
<mj-section><mj-column><mj-text>Thank you</mj-text></mj-column></mj-section>
`,
    },
    [
      '(warning) hello.mjml 2:19 `brand` has no attribute `nme` | Did you mean `brand.name`? It has name, url, color, logo, postalAddress, ink, link and linkOnDark.',
    ],
  ],
  [
    'in a text',
    steps(`  - send: hello
    channel: sms
`),
    { 'hello.txt': `Thank you, {{ brand.nme }}` },
    [
      '(warning) hello.txt 1:15 `brand` has no attribute `nme` | Did you mean `brand.name`? It has name, url, color, logo, postalAddress, ink, link and linkOnDark.',
    ],
  ],
  [
    'in the title of a task',
    steps(`  - task: call
    queue: team
    title: "Call {{ enrollment.kye }}"
`),
    {},
    [
      '(warning) 8:21 `enrollment` has no attribute `kye` | Did you mean `enrollment.key`? It has workflow, version, key, run, enteredAt and counts.',
    ],
  ],
  [
    'what messages alone know, in the title of a task',
    steps(`  - task: call
    queue: team
    title: "Call for {{ brand.name }}"
`),
    {},
    [
      '(warning) 8:25 `brand.name` is known to messages, not to the title of a task | Remove it: with a name that is missing, the task is called by its name alone.',
    ],
  ],
  [
    'a coupon of no step in the title of a task',
    steps(`  - task: call
    queue: team
    title: "Give {{ coupons.offer.code }}"
`),
    {},
    ['(warning) 8:21 No step sets the coupon `offer` | Draw it in a step before: - coupon: offer'],
  ],
  [
    'a coupon that is drawn after the mail',
    steps(`  - send: hello
  - coupon: offer
    pattern: CARE-????-##
`),
    { 'hello.mjml': mail('{{ coupons.offer.code }}') },
    [
      'hello.mjml 4:36 `coupons.offer` is not there yet: no way leads by `coupon: offer` before this | Draw the coupon in a step before, on the same way.',
    ],
  ],
  [
    'a coupon that is drawn on the other way',
    steps(`  - if: customer.vip == true
    then:
      - coupon: offer
        pattern: CARE-????-##
    else:
      - send: hello
`),
    { 'hello.mjml': mail('{{ coupons.offer.code }}') },
    [
      'hello.mjml 4:36 `coupons.offer` is not there yet: no way leads by `coupon: offer` before this | Draw the coupon in a step before, on the same way.',
    ],
  ],
  [
    'a mail that is sent before and after the coupon',
    steps(`  - send: hello
  - coupon: offer
    pattern: CARE-????-##
  - id: again
    send: hello
`),
    { 'hello.mjml': mail('{{ coupons.offer.code }}') },
    [
      '(warning) hello.mjml 4:36 `coupons.offer` is not there yet: no way leads by `coupon: offer` before this | Draw the coupon in a step before, on the same way.',
    ],
  ],
  [
    'a webhook that is called after the mail',
    steps(`  - send: hello
  - webhook: crm
`),
    { 'hello.mjml': mail('{{ webhooks.crm.body.points }}') },
    [
      'hello.mjml 4:36 `webhooks.crm` is not there yet: no way leads by `webhook: crm` before this | Call the webhook in a step before, on the same way.',
    ],
  ],
  [
    'a webhook that is called after the condition',
    steps(`  - if: webhooks.crm.status == 200
    then:
      - send: hello
  - webhook: crm
`),
    { 'hello.mjml': mail('Hi') },
    [
      '(warning) 6:9 `webhooks.crm` is not there yet: no way leads by `webhook: crm` before this | Call the webhook in a step before, on the same way.',
    ],
  ],
  [
    'a step that comes after the condition',
    steps(`  - if: steps.hello.outcome == "opened"
    then:
      - stop: done
  - send: hello
`),
    { 'hello.mjml': mail('Hi') },
    [
      '(warning) 6:9 `steps.hello` is not there yet: no way leads by that step before this | Read what came of a step behind it, on the same way.',
    ],
  ],
  [
    'a step that there is not, in a mail',
    steps(`  - send: hello
`),
    { 'hello.mjml': mail('{{ steps.helo.outcome }}') },
    ['hello.mjml 4:36 There is no step `helo` | Did you mean `hello`?'],
  ],
  [
    'rounds outside of a repeat',
    steps(`  - send: hello
`),
    { 'hello.mjml': mail('{{ repeat.index }}') },
    [
      '(warning) hello.mjml 4:36 `repeat` is known to the steps of a `repeat` only | Move the step into the `repeat`, or remove this.',
    ],
  ],
  [
    'an awaited event without an await, in a mail',
    steps(`  - send: hello
`),
    { 'hello.mjml': mail('{{ awaited.total }}') },
    [
      '(warning) hello.mjml 4:36 `awaited` is the event of an `await`, and this workflow has none | Read it behind the `await`, or below its `then`. What started the journey is `event`.',
    ],
  ],
  [
    'an awaited event without an await, in a condition',
    steps(`  - if: awaited.total > 3
    then:
      - send: hello
`),
    { 'hello.mjml': mail('Hi') },
    [
      '(warning) 6:9 `awaited` is the event of an `await`, and this workflow has none | Read it behind the `await`, or below its `then`. What started the journey is `event`.',
    ],
  ],
  [
    'an awaited event that has not come',
    steps(`  - await: visit
    for: 3 days
    else:
      - send: hello
      - stop: done
`),
    { 'hello.mjml': mail('{{ awaited.total }}') },
    [
      '(warning) hello.mjml 4:36 `awaited` is the event of an `await`, and none can have come before this | Read it behind the `await`, or below its `then`. What started the journey is `event`.',
    ],
  ],
  [
    'a letter less than what the trigger reads',
    top(`  when: event.total > 5
steps:
  - send: hello
`),
    { 'hello.mjml': mail('{{ event.totl }} and {{ event.Total }}') },
    [
      '(warning) hello.mjml 4:36 `event.totl` looks like a slip of the pen | Did you mean `event.total`? Leave it if the event carries both; a scenario with it in its `data` says so.',
      '(warning) hello.mjml 4:57 `event.Total` looks like a slip of the pen | Did you mean `event.total`? Leave it if the event carries both; a scenario with it in its `data` says so.',
    ],
  ],
  [
    'a letter less than what scenarios give',
    steps(`  - send: hello
`),
    {
      'hello.mjml': mail('{{ event.totl }}'),
      'scenarios.yaml': `- scenario: a purchase
  customer: { id: anna }
  given:
    - { at: 2026-01-01T10:00, event: purchase, data: { total: 3 } }
  expect:
    - mail: hello
`,
    },
    [
      '(warning) hello.mjml 4:36 `event.totl` looks like a slip of the pen | Did you mean `event.total`? Leave it if the event carries both; a scenario with it in its `data` says so.',
    ],
  ],
  [
    'a condition with a letter less than what scenarios give',
    top(`  when: event.totl > 5
steps:
  - send: hello
`),
    {
      'hello.mjml': mail('Hi'),
      'scenarios.yaml': `- scenario: a purchase
  customer: { id: anna }
  given:
    - { at: 2026-01-01T10:00, event: purchase, data: { total: 3 } }
  expect:
    - mail: hello
`,
    },
    [
      '(warning) 5:9 `event.totl` looks like a slip of the pen | Did you mean `event.total`? Leave it if the event carries both; a scenario with it in its `data` says so.',
    ],
  ],
  [
    'a score that no survey has',
    steps(`  - survey: csat
    template: hello
`),
    { 'hello.mjml': mail('{{ survey.link(5) }} {{ survey.link(9) }}') },
    ['(warning) hello.mjml 4:57 Nobody can answer 9 to `survey: csat` | Its scores go from 1 to 5.'],
  ],
  [
    'a score of another survey',
    steps(`  - survey: ces
    template: hello
`),
    { 'hello.mjml': mail('{{ survey.link(0) }} {{ survey.link(7) }}') },
    ['(warning) hello.mjml 4:36 Nobody can answer 0 to `survey: ces` | Its scores go from 1 to 7.'],
  ],
  [
    'an outcome with a slip',
    steps(`  - send: hello
  - if: steps.hello.outcome == "openend"
    then:
      - stop: done
`),
    { 'hello.mjml': mail('Hi') },
    [
      '(warning) 7:32 "openend" is no outcome of the step `hello` | Did you mean "opened"? It can be "sent", "delivered", "opened", "clicked", "rated", "bounced", "complained", "refused" or "in-doubt".',
    ],
  ],
  [
    'an outcome of another step',
    steps(`  - task: call
    queue: team
  - if: steps["task-call"].outcome in ["opened", "created"]
    then:
      - stop: done
`),
    {},
    [
      '(warning) 8:40 "opened" is no outcome of the step `task-call` | It can be "created", "refused" or "in-doubt".',
    ],
  ],
  [
    'a step compared with its outcome',
    steps(`  - send: hello
  - if: steps.hello == "opened"
    then:
      - stop: done
`),
    { 'hello.mjml': mail('Hi') },
    [
      '7:9 `==` compares a map with a text, which is never true | Compare one of its attributes: steps.hello.outcome == "opened".',
    ],
  ],
  [
    'consent without its topic',
    steps(`  - if: customer.consent == true
    then:
      - stop: done
`),
    {},
    [
      '6:9 `==` compares a map with true or false, which is never true | It holds one answer for each topic: customer.consent.offers == true.',
    ],
  ],
  [
    'a coupon compared with its code',
    steps(`  - coupon: offer
    pattern: CARE-????-##
  - if: coupons.offer == "CARE-AAAA-11"
    then:
      - stop: done
  - send: hello
`),
    { 'hello.mjml': mail('{{ coupons.offer.code }}') },
    [
      '8:9 `==` compares a map with a text, which is never true | Compare one of its attributes: coupons.offer.code == "CARE-AAAA-11".',
    ],
  ],
  [
    'a part of a coupon, in a condition',
    steps(`  - coupon: offer
    pattern: CARE-????-##
  - if: coupons.offer.cod == "CARE-AAAA-11"
    then:
      - stop: done
  - send: hello
`),
    { 'hello.mjml': mail('{{ coupons.offer.code }}') },
    [
      '8:9 `coupons.offer` has no attribute `cod` | Did you mean `coupons.offer.code`? It has code and expiresAt.',
    ],
  ],
  [
    'a round that is compared with a text',
    steps(`  - repeat: 3 times
    every: 1 day
    steps:
      - if: repeat.index == "2"
        then:
          - send: hello
`),
    { 'hello.mjml': mail('Hi') },
    ['9:13 `==` compares a number with a text, which is never true | Write the number without quotes.'],
  ],
]

/** [what may be read, the definition, the files beside it] */
const right: [string, string, { [file: string]: string }][] = [
  [
    'what may be there, below a condition',
    steps(`  - send: hello
  - coupon: offer
    pattern: CARE-????-##
`),
    { 'hello.mjml': mail('{% if coupons.offer %}{{ coupons.offer.code }}{% endif %}') },
  ],
  [
    'what may be there, with something instead',
    steps(`  - send: hello
  - webhook: crm
`),
    { 'hello.mjml': mail('{{ webhooks.crm.body.points | default: 0 }}') },
  ],
  [
    'a coupon of one of two ways that meet',
    steps(`  - if: customer.vip == true
    then:
      - coupon: offer
        pattern: CARE-????-##
  - send: hello
`),
    { 'hello.mjml': mail('{{ coupons.offer.code }}') },
  ],
  [
    'a coupon of the round before',
    steps(`  - repeat: 3 times
    every: 1 day
    steps:
      - send: hello
      - coupon: offer
        pattern: CARE-????-##
`),
    { 'hello.mjml': mail('{{ coupons.offer.code }}') },
  ],
  [
    'an event that has come',
    steps(`  - await: visit
    for: 3 days
  - send: hello
`),
    { 'hello.mjml': mail('{{ awaited.total }}') },
  ],
  [
    'a round',
    steps(`  - repeat: 3 times
    every: 1 day
    steps:
      - send: hello
`),
    { 'hello.mjml': mail('{{ repeat.index }} of {{ repeat.count }}') },
  ],
  [
    'a field that a scenario gives, like another',
    steps(`  - send: hello
`),
    {
      'hello.mjml': mail('{{ event.item }} {{ event.items.size }}'),
      'scenarios.yaml': `- scenario: a purchase
  customer: { id: anna }
  given:
    - { at: 2026-01-01T10:00, event: purchase, data: { item: 1, items: [] } }
  expect:
    - mail: hello
`,
    },
  ],
  [
    'a field that may be missing, like another',
    steps(`  - send: hello
`),
    {
      'hello.mjml': mail('{{ event.note | default: "none" }}'),
      'scenarios.yaml': `- scenario: a purchase
  customer: { id: anna }
  given:
    - { at: 2026-01-01T10:00, event: purchase, data: { notes: [] } }
  expect:
    - mail: hello
`,
    },
  ],
  [
    'one and many, where no scenario tells',
    top(`  when: event.items > 5
steps:
  - send: hello
`),
    { 'hello.mjml': mail('{{ event.item }}') },
  ],
  [
    'every member that there is',
    steps(`  - send: hello
`),
    {
      'hello.mjml': mail(
        '{{ links.preferences }} {{ brand.linkOnDark }} {{ topic.basis }} {{ meta.time }} {{ enrollment.counts.sent }} {{ brand.name.size }}',
      ),
    },
  ],
  [
    'scores at both ends',
    steps(`  - survey: nps
    template: hello
`),
    { 'hello.mjml': mail('{{ survey.link(0) }} {{ survey.link(10) }}') },
  ],
  [
    'every outcome of a mail',
    steps(`  - send: hello
  - if: steps.hello.outcome in ["sent", "delivered", "opened", "clicked", "rated", "bounced", "complained", "refused", "in-doubt"]
    then:
      - stop: done
`),
    { 'hello.mjml': mail('Hi') },
  ],
  [
    'an event that an `await` asks about',
    steps(`  - await: visit
    when: event.totals > 3
    for: 3 days
  - send: hello
`),
    {
      'hello.mjml': mail('{{ event.total }}'),
      'scenarios.yaml': `- scenario: a purchase
  customer: { id: anna }
  given:
    - { at: 2026-01-01T10:00, event: purchase, data: { total: 3 } }
  expect:
    - mail: hello
`,
    },
  ],
  [
    'a step of an earlier round',
    steps(`  - repeat: 3 times
    every: 1 day
    steps:
      - if: steps.hello.outcome == "opened"
        then:
          - stop: read
      - send: hello
`),
    { 'hello.mjml': mail('Hi') },
  ],
]

test.each(misread)('%s', async (_name, definition, files, expected) => {
  const { issues } = await compile(definition, files)
  expect(issues.map(told)).toEqual(expected)
  for (const { hint } of issues) expect(hint).toMatch(/\S/)
})

test.each(right)('%s is right', async (_name, definition, files) => {
  expect((await compile(definition, files)).issues.map(told)).toEqual([])
})
