/** What people are told about a condition that cannot work. */
import { expect, test } from 'vitest'
import { checkExpression } from '../../engine/language/expression/problems.ts'

const roots = ['event', 'meta', 'customer', 'now', 'today']
const known = 'Known here: event, meta, customer, now and today.'

/** [text, the part that is pointed at, message, hint] */
const mistakes: [string, string, string, string | undefined][] = [
  ['customer.tier = "gold"', '=', '`=` does not compare', 'Write `==` for "is equal to".'],
  ['event.a === 1', '===', '`===` is not a comparison', 'Write `==` for "is equal to".'],
  ['event.a <> 2', '<>', '`<>` is not a comparison', 'Write `!=` for "is not equal to".'],
  ['event.a => 2', '=>', '`=>` is not a comparison', 'Write `>=` or `<=`, the equals sign last.'],
  ['event.a == 1 and event.b == 2', 'and', '`and` is not an operator', 'Write `&&` for "and".'],
  ['event.a == 1 OR event.b == 2', 'OR', '`OR` is not an operator', 'Write `||` for "or".'],
  [
    'not event.a',
    'not',
    '`not` is not an operator',
    'Write `!( … )` for "not", or `!=` for "is not equal to".',
  ],
  ['customer.tier is "gold"', 'is', '`is` is not an operator', 'Write `==` for "is equal to".'],
  ['event.a == 1 & event.b == 2', '&', '`&` is not an operator', 'Write `&&` for "and".'],
  ['customer.tier == “gold”', '“', '`“` is a typographic quote', 'Use straight quotes: "gold".'],
  ['customer.tier == `gold`', '`', 'A backtick is not a quote', 'Use straight quotes: "gold".'],
  [
    '{{ customer.tier }} == "gold"',
    '{{',
    '`{{` belongs into mails, not into conditions',
    'Write the name alone: customer.tier.',
  ],
  ['customer.tier == "gold', '"gold', 'This quote is never closed', 'Close the text with the same quote.'],
  ['(event.a == 1', '(', 'This `(` is never closed', 'Add `)`.'],
  ['event.a == 1)', ')', 'This `)` closes nothing', 'Remove it, or open it before.'],
  [
    'event.a == ',
    ' ',
    'Something is missing at the end',
    'Complete the comparison, for example: customer.tier == "gold".',
  ],
  ['event.total > 49,90', '49,90', '`49,90` is not a number', 'Decimals are written with a point: 49.90.'],
  ['event.total > 50 €', '€', '`€` cannot stand here', 'Write the number alone: 50.'],
  [
    'event.mail endsWith "x"',
    'endsWith',
    '`endsWith` is not an operator',
    'Call it on a text: customer.email.endsWith("@example.com"). For a list: "vip" in customer.tags.',
  ],
  [
    '"gold"',
    '"gold"',
    'This is a text, not a condition',
    'Remove the quotes around the condition, or compare something: customer.tier == "gold".',
  ],
  [
    'event.total + 1',
    'event.total + 1',
    'This is a number, not a condition',
    'A condition compares something, for example: customer.tier == "gold".',
  ],
  ['evnt.total > 1', 'evnt.total', 'Unknown name `evnt`', `Did you mean \`event\`? ${known}`],
  ['customer.tier == gold', 'gold', 'Unknown name `gold`', `A text is written in quotes: "gold". ${known}`],
  ['event.paid == True', 'True', 'Unknown name `True`', 'Write `true`.'],
  [
    'meta.tipe == "x"',
    'meta.tipe',
    '`meta` has no attribute `tipe`',
    'Did you mean `meta.type`? It has id, type and time.',
  ],
  [
    'webhooks.crm.ok',
    'webhooks.crm.ok',
    '`webhooks` is not known in this place',
    'Known here: event, meta, customer, now and today.',
  ],
  [
    'event.a.startWith("x")',
    'event.a.startWith("x")',
    'There is no function `startWith`',
    'Did you mean `startsWith`?',
  ],
  [
    'contains(event.a, "x")',
    'contains(event.a, "x")',
    'There is no function `contains`',
    'Write customer.email.contains("…"), for a list "vip" in customer.tags.',
  ],
  [
    'event.a.matches("x")',
    'event.a.matches("x")',
    'Regular expressions are not part of the language, because they could run without end',
    'Use startsWith, endsWith or contains.',
  ],
  [
    'now > "2026-12-24"',
    'now > "2026-12-24"',
    '`>` compares an instant with a text, which is never true',
    'Write the instant as timestamp("2026-12-24T18:00:00Z"), or compare `today` with "2026-12-24".',
  ],
  [
    'size(event.items) == "2"',
    'size(event.items) == "2"',
    '`==` compares a number with a text, which is never true',
    'Write the number without quotes.',
  ],
  [
    'event.a && 5',
    '5',
    '`&&` joins conditions, and `5` is a number',
    'Compare it with something: customer.tier == "gold".',
  ],
  [
    '"x" + 1 == "x1"',
    '"x" + 1',
    '`+` cannot put together a text and a number',
    'Turn the number into a text with string(…).',
  ],
  [
    '"a" in "abc"',
    '"a" in "abc"',
    '`in` looks into a list, and this is a text',
    'For a part of a text write customer.email.contains("…").',
  ],
  ['has(event)', 'has(event)', '`has(…)` asks for an attribute', 'Write it with a dot: has(customer.tier).'],
  [
    'event.items.exists(i.x == 1)',
    'event.items.exists(i.x == 1)',
    '`exists` takes 2 arguments, and here are 1',
    undefined,
  ],
  ['event.__proto__.x == 1', 'event.__proto__', '`__proto__` cannot be read', undefined],
  [
    'event.a.all(i, i.b.all(j, j == 1))',
    'i.b.all(j, j == 1)',
    'A loop inside a loop is not allowed, because it could take too long',
    'Use one exists, all, filter or map.',
  ],
  ['  ', ' ', 'The condition is empty', undefined],
]

test.each(mistakes)('%s', (text, part, message, hint) => {
  const [problem] = checkExpression(text, { kind: 'condition', roots })
  expect(problem).toBeDefined()
  const { offset = 0, length = 0 } = problem ?? {}
  expect({
    part: text.slice(offset, offset + length),
    message: problem?.message,
    hint: problem?.hint,
  }).toEqual({
    part,
    message,
    hint,
  })
  expect(problem?.severity).toBeUndefined()
})

test('a near miss of a well-known attribute is a warning, because attributes are free', () => {
  expect(checkExpression('customer.fristName == "Anna"', { kind: 'condition', roots })).toEqual([
    {
      severity: 'warning',
      message: '`customer.fristName` looks like a slip of the pen',
      hint: 'Did you mean `customer.firstName`? Leave it if the attribute is one of your own.',
      offset: 0,
      length: 18,
    },
  ])
})

test('a number in quotes is a warning, because texts compare too', () => {
  expect(checkExpression('event.total > "50"', { kind: 'condition', roots })).toMatchObject([
    { severity: 'warning', offset: 14 },
  ])
})

test('a name with a dash stands in brackets', () => {
  const [problem] = checkExpression('steps.thank-you.outcome == "opened"', {
    kind: 'condition',
    roots: ['steps'],
  })
  expect(problem?.hint).toMatch(/^A name with a dash stands in brackets: steps\["thank-you"\]\./)
})

test('a value may be anything', () => {
  for (const text of ['event.ticketId', '"gold"', 'customer.visits + 1', '[1, "a"]', 'now'])
    expect(checkExpression(text, { kind: 'value', roots })).toEqual([])
})
