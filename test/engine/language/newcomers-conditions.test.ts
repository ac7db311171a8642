/** Conditions of somebody who knows other languages, or none. */
import { describe, expect, test, vi } from 'vitest'
import { type Mistake, slips, steps, top } from './newcomers.ts'
import { told } from './workshop.ts'

// MJML reads the ambient clock while it lays out a mail. What it makes of one is no matter here.
vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

const conditions: Mistake[] = [
  [
    '= for ==',
    steps(`  - if: customer.tier = "gold"
    then: [{ stop: done }]
`),
    ['6:23 `=` does not compare | Write `==` for "is equal to".'],
  ],
  [
    'and',
    steps(`  - if: customer.tier == "gold" and event.total > 50
    then: [{ stop: done }]
`),
    ['6:33 `and` is not an operator | Write `&&` for "and".'],
  ],
  [
    'AND',
    steps(`  - if: customer.tier == "gold" AND event.total > 50
    then: [{ stop: done }]
`),
    ['6:33 `AND` is not an operator | Write `&&` for "and".'],
  ],
  [
    'not',
    steps(`  - if: not customer.vip
    then: [{ stop: done }]
`),
    ['6:9 `not` is not an operator | Write `!( … )` for "not", or `!=` for "is not equal to".'],
  ],
  [
    'not in',
    steps(`  - if: customer.tier not in ["gold"]
    then: [{ stop: done }]
`),
    ['6:23 `not in` is not an operator | Put `!` before brackets around it: !(customer.tier in ["gold"]).'],
  ],
  [
    '===',
    steps(`  - if: customer.tier === "gold"
    then: [{ stop: done }]
`),
    ['6:23 `===` is not a comparison | Write `==` for "is equal to".'],
  ],
  [
    'single &',
    steps(`  - if: customer.tier == "gold" & event.total > 50
    then: [{ stop: done }]
`),
    ['6:33 `&` is not an operator | Write `&&` for "and".'],
  ],
  [
    'smart quotes in CEL',
    steps(`  - if: customer.tier == “gold”
    then: [{ stop: done }]
`),
    ['6:26 `“` is a typographic quote | Use straight quotes: "gold".'],
  ],
  [
    'unquoted string',
    steps(`  - if: customer.tier == gold
    then: [{ stop: done }]
`),
    [
      '6:26 Unknown name `gold` | A text is written in quotes: "gold". Known here: event, entry, meta, awaited, customer, enrollment, coupons, webhooks, steps, repeat, now and today.',
    ],
  ],
  [
    'wrong root',
    steps(`  - if: order.total > 50
    then: [{ stop: done }]
`),
    [
      '6:9 Unknown name `order` | Say where it stands: event.order.total or customer.order.total. Known here: event, entry, meta, awaited, customer, enrollment, coupons, webhooks, steps, repeat, now and today.',
    ],
  ],
  [
    'no root',
    steps(`  - if: total > 50
    then: [{ stop: done }]
`),
    [
      '6:9 Unknown name `total` | Say where it stands: event.total or customer.total. Known here: event, entry, meta, awaited, customer, enrollment, coupons, webhooks, steps, repeat, now and today.',
    ],
  ],
  [
    'no root trigger',
    top(`  when: total > 50
steps:
  - stop: done
`),
    [
      '5:9 Unknown name `total` | Say where it stands: event.total or customer.total. Known here: event, meta, customer, now and today.',
    ],
  ],
  [
    'call contains',
    steps(`  - if: contains(customer.tags, "vip")
    then: [{ stop: done }]
`),
    [
      '6:9 There is no function `contains` | Write customer.email.contains("…"), for a list "vip" in customer.tags.',
    ],
  ],
  [
    'unknown function',
    steps(`  - if: lower(customer.tier) == "gold"
    then: [{ stop: done }]
`),
    ['6:9 There is no function `lower` | Write customer.tier.lowerAscii().'],
  ],
  [
    'unknown method',
    steps(`  - if: customer.tier.toLowerCase() == "gold"
    then: [{ stop: done }]
`),
    ['6:9 There is no function `toLowerCase` | Write customer.tier.lowerAscii().'],
  ],
  [
    'regex',
    steps(`  - if: customer.email.matches(".*@example.com")
    then: [{ stop: done }]
`),
    [
      '6:9 Regular expressions are not part of the language, because they could run without end | Use startsWith, endsWith or contains.',
    ],
  ],
  [
    'regex js',
    steps(`  - if: customer.email =~ /example/
    then: [{ stop: done }]
`),
    [
      '6:24 `=~` is a regular expression, which is not part of the language | Use startsWith, endsWith or contains.',
    ],
  ],
  [
    'assign',
    steps(`  - set: { tier: gold }
`),
    ['6:18 Unknown name `gold` | For the text write \'"gold"\', with two pairs of quotes.'],
  ],
  [
    'assign string',
    steps(`  - set: tier = "gold"
`),
    [
      '6:10 `set` expects attributes with their values, not "tier = "gold"" | For example: set: { visits: customer.visits + 1 }',
    ],
  ],
  [
    'assign plus',
    steps(`  - set: { visits: customer.visits++ }
`),
    ['6:35 `++` is not an operator | Write what the value becomes: customer.visits + 1.'],
  ],
  [
    'assign +=',
    steps(`  - set: { visits: customer.visits += 1 }
`),
    ['6:36 `+=` is not an operator | Write what the value becomes: customer.visits + 1.'],
  ],
  [
    'set date',
    steps(`  - set: { renewal: 2026-12-24 }
`),
    ['6:21 `2026-12-24` is a subtraction without quotes | Write \'"2026-12-24"\', with two pairs of quotes.'],
  ],
  [
    'set hyphen',
    steps(`  - set: { last-visit: today }
`),
    ['6:12 `last-visit` cannot be set | Attributes are words of letters and digits, and `id` never changes.'],
  ],
  [
    'null compare',
    steps(`  - if: customer.tier == null
    then: [{ stop: done }]
`),
    [
      '(warning) 6:9 Who has no `customer.tier` does not meet this: a comparison with what is missing is false | Write !has(customer.tier).',
    ],
  ],
  [
    'null order',
    steps(`  - if: event.total > null
    then: [{ stop: done }]
`),
    ['6:9 `>` cannot compare null | Write has(customer.tier) for "there is one".'],
  ],
  [
    'is null',
    steps(`  - if: customer.tier is null
    then: [{ stop: done }]
`),
    [
      '6:23 `is null` is not an operator | Write has(customer.tier) for "there is one", !has(customer.tier) for "there is none".',
    ],
  ],
  [
    'exists()',
    steps(`  - if: exists(customer.tier)
    then: [{ stop: done }]
`),
    ['6:9 There is no function `exists` | Write has(customer.tier).'],
  ],
  [
    'compare string number',
    steps(`  - if: event.total > "50"
    then: [{ stop: done }]
`),
    [
      '(warning) 6:23 This compares with the text "50", not with the number | Write the number without quotes.',
    ],
  ],
  [
    '50 euro',
    steps(`  - if: event.total > 50€
    then: [{ stop: done }]
`),
    ['6:25 `€` cannot stand here | Write the number alone: 50.'],
  ],
  [
    '49,90',
    steps(`  - if: event.total > 49,90
    then: [{ stop: done }]
`),
    ['6:23 `49,90` is not a number | Decimals are written with a point: 49.90.'],
  ],
  [
    '1.000',
    steps(`  - if: event.total > 1.000,00
    then: [{ stop: done }]
`),
    ['6:23 `1.000,00` is not a number | Decimals are written with a point: 49.90.'],
  ],
  [
    '50%',
    steps(`  - if: event.discount > 50%
    then: [{ stop: done }]
`),
    ['6:28 `%` cannot stand here | Write the number alone: 50.'],
  ],
  [
    'double if',
    steps(`  - if: if customer.vip
    then: [{ stop: done }]
`),
    [
      '6:9 `if` cannot stand in a condition | Write the condition alone; for one of two values write `condition ? one : other`.',
    ],
  ],
  [
    'liquid in condition',
    steps(`  - if: "{{ customer.tier }} == 'gold'"
    then: [{ stop: done }]
`),
    ['6:10 `{{` belongs into mails, not into conditions | Write the name alone: customer.tier.'],
  ],
  [
    'date compare',
    steps(`  - if: today > 2026-12-24
    then: [{ stop: done }]
`),
    ['6:17 `2026-12-24` is a subtraction without quotes | Write the date as a text: "2026-12-24".'],
  ],
  [
    'date compare now text',
    steps(`  - if: now > "2026-12-24"
    then: [{ stop: done }]
`),
    [
      '6:9 `>` compares an instant with a text, which is never true | Write the instant as timestamp("2026-12-24T18:00:00Z"), or compare `today` with "2026-12-24".',
    ],
  ],
  [
    'days since',
    steps(`  - if: now - event.date > 3 days
    then: [{ stop: done }]
`),
    ['6:28 `3 days` is not a value | Durations are counted in hours, minutes or seconds: duration("72h").'],
  ],
  [
    'customer typo',
    steps(`  - if: customer.frstName == "Anna"
    then: [{ stop: done }]
`),
    [
      '(warning) 6:9 `customer.frstName` looks like a slip of the pen | Did you mean `customer.firstName`? Leave it if the attribute is one of your own.',
    ],
  ],
  [
    'customer.firstname',
    steps(`  - if: customer.firstname == "Anna"
    then: [{ stop: done }]
`),
    [
      '(warning) 6:9 `customer.firstname` looks like a slip of the pen | Did you mean `customer.firstName`? Leave it if the attribute is one of your own.',
    ],
  ],
  [
    'between',
    steps(`  - if: event.total between 10 and 50
    then: [{ stop: done }]
`),
    ['6:21 `between` is not an operator | Compare twice: event.total >= 10 && event.total <= 50.'],
  ],
  [
    'chained compare',
    steps(`  - if: 10 < event.total < 50
    then: [{ stop: done }]
`),
    [
      '6:9 `<` compares two values, and here are three | Compare twice: 10 < event.total && event.total < 50.',
    ],
  ],
  [
    'in parens',
    steps(`  - if: customer.tier in ("gold", "silver")
    then: [{ stop: done }]
`),
    ['6:26 A list does not stand in round brackets | Use square ones: customer.tier in ["gold", "silver"].'],
  ],
  [
    'contains word',
    steps(`  - if: customer.tags contains "vip"
    then: [{ stop: done }]
`),
    [
      '6:23 `contains` is not an operator | Call it on a text: customer.email.endsWith("@example.com"). For a list: "vip" in customer.tags.',
    ],
  ],
  [
    'or with text',
    steps(`  - if: customer.tier == "gold" || "silver"
    then: [{ stop: done }]
`),
    [
      '6:36 `||` joins conditions, and `"silver"` is a text | Compare it with something: customer.tier == "gold".',
    ],
  ],
  [
    'paren',
    steps(`  - if: (customer.tier == "gold"
    then: [{ stop: done }]
`),
    ['6:9 This `(` is never closed | Add `)`.'],
  ],
  [
    'audience uses event',
    top(`  audience: event.total > 3
steps:
  - stop: done
`),
    ['5:13 `event` is not known in this place | Known here: customer, now and today.'],
  ],
  [
    'customer tier dash',
    steps(`  - if: customer.loyalty-tier == "gold"
    then: [{ stop: done }]
`),
    ['6:26 Unknown name `tier` | A name with a dash stands in brackets: customer["loyalty-tier"].'],
  ],
  [
    'steps dash',
    steps(`  - send: thank-you
  - if: steps.thank-you.outcome == "sent"
    then: [{ stop: done }]
`),
    ['7:21 Unknown name `you` | A name with a dash stands in brackets: steps["thank-you"].'],
  ],
  [
    'uppercase TRUE',
    steps(`  - if: customer.vip == TRUE
    then: [{ stop: done }]
`),
    ['6:25 Unknown name `TRUE` | Write `true`.'],
  ],
  [
    'yes',
    steps(`  - if: customer.vip == yes
    then: [{ stop: done }]
`),
    ['6:25 Unknown name `yes` | Write `true`, or "yes" for the text.'],
  ],
  [
    'no, the country',
    steps(`  - if: customer.country in [no, se]
    then: [{ stop: done }]
`),
    [
      '6:30 Unknown name `no` | A text is written in quotes: "no". Known here: event, entry, meta, awaited, customer, enrollment, coupons, webhooks, steps, repeat, now and today.',
      '6:34 Unknown name `se` | A text is written in quotes: "se". Known here: event, entry, meta, awaited, customer, enrollment, coupons, webhooks, steps, repeat, now and today.',
    ],
  ],
  [
    'backtick',
    steps(`  - if: customer.tier == \`gold\`
    then: [{ stop: done }]
`),
    ['6:26 A backtick is not a quote | Use straight quotes: "gold".'],
  ],
  [
    'missing right side',
    steps(`  - if: customer.tier ==
    then: [{ stop: done }]
`),
    ['6:24 Something is missing at the end | Complete the comparison, for example: customer.tier == "gold".'],
  ],
  [
    'and missing half',
    steps(`  - if: customer.tier == "gold" &&
    then: [{ stop: done }]
`),
    ['6:34 Something is missing at the end | Complete the comparison, for example: customer.tier == "gold".'],
  ],
  [
    '<> ',
    steps(`  - if: customer.tier <> "gold"
    then: [{ stop: done }]
`),
    ['6:23 `<>` is not a comparison | Write `!=` for "is not equal to".'],
  ],
  [
    '=>',
    steps(`  - if: event.total => 50
    then: [{ stop: done }]
`),
    ['6:21 `=>` is not a comparison | Write `>=` or `<=`, the equals sign last.'],
  ],
  [
    'coupon before',
    steps(`  - if: coupons.offer.code != ""
    then: [{ stop: done }]
`),
    ['6:9 No step sets the coupon `offer` | Draw it in a step before: - coupon: offer'],
  ],
  [
    'set text',
    steps(`  - set: { tier: "gold" }
`),
    ['6:19 Unknown name `gold` | For the text write \'"gold"\', with two pairs of quotes.'],
  ],
]

describe.each([['conditions', conditions]])('%s', (_, mistakes) => {
  test.each(mistakes)('%s', async (_name, definition, expected) => {
    const own = await slips(definition)
    expect(own.map(told)).toEqual(expected)
    for (const { hint } of own) expect(hint).toMatch(/\S/)
  })
})
