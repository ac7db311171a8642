/** Whatever somebody writes, they get issues or a workflow, never an exception. */
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import type { Issue } from '../../../engine/issue.ts'
import { parseSettings } from '../../../engine/language/settings.ts'
import { compile, mail, settingsText } from './workshop.ts'

vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

const valid = `workflow: win-back
topic: service
trigger:
  event: csat.rated
  when: event.score <= 2
enroll: { per: event.ticketId, again: after 30 days }
goal: { event: purchase, within: 60 days, value: event.total }
exit:
  - event: ticket.reopened
steps:
  - send: hello
  - wait: 3 days
    at: "10:00"
    on: [mon, fri]
  - await: purchase
    for: 14 days
    then:
      - stop: recovered
    else:
      - coupon: offer
        pattern: CARE-????-##
      - if: customer.tier == "gold"
        then: [{ set: { tier: '"silver"' } }]
  - task: call
    queue: care
    title: "{{ coupons.offer.code }}"
`

const scrap = fc.constantFrom(
  '',
  ' ',
  '\n',
  '\t',
  '- ',
  ': ',
  ':',
  '"',
  "'",
  '{',
  '}',
  '[',
  ']',
  '#',
  '&a ',
  '*a',
  '!t ',
  '|',
  '>',
  '?',
  '%',
  '---\n',
  '...\n',
  '~',
  'null',
  'true',
  '1e999',
  '.nan',
  '0x1f',
  '<<: ',
  '__proto__: {}',
  'constructor: 1',
  'toString',
  'then:',
  'steps:',
  'wait: 3days',
  '\u0000',
  '\uFEFF',
  '\u2028',
  '\uD800',
  '😀',
  '{{ x }}',
  '&a [*a, *a]',
  '-'.repeat(50),
  '['.repeat(200),
  '  '.repeat(40),
  '\r\n',
)

/** Cuts, doubles and litters a text that is right. */
const mutated = (text: string) =>
  fc
    .array(fc.tuple(fc.nat(text.length), fc.nat(30), scrap), { minLength: 1, maxLength: 4 })
    .map((edits) =>
      edits.reduce((now, [at, cut, insert]) => now.slice(0, at) + insert + now.slice(at + cut), text),
    )

/** Any JSON, under keys that mean something. */
const data = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1.5,
      '',
      'purchase',
      '3 days',
      '09:00',
      'event.a == 1',
      'email',
      '__proto__',
    ),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        'workflow',
        'topic',
        'trigger',
        'event',
        'date',
        'every',
        'steps',
        'send',
        'wait',
        'if',
        'then',
        'else',
        'await',
        'for',
        'set',
        'id',
        'goal',
        'exit',
        'when',
        'stop',
        'coupon',
        'task',
        'survey',
        'on',
        'at',
        '__proto__',
        'constructor',
        'toString',
        'choose',
      ),
      tie('any'),
      { maxKeys: 5 },
    ),
  ),
})).any

function expectSound(issues: Issue[], text: string) {
  for (const { line, column, message, file } of issues) {
    expect(message).not.toBe('')
    expect(message).not.toMatch(/undefined|\[object|NaN/)
    if (file !== 'workflow.yaml') continue
    expect(line).toBeGreaterThan(0)
    expect(line).toBeLessThanOrEqual(text.split('\n').length)
    expect(column).toBeGreaterThan(0)
  }
}

async function expectAnswer(text: string) {
  const { issues, workflow } = await compile(text, { 'hello.mjml': mail() })
  expect(workflow === undefined).toBe(issues.some(({ severity }) => severity === 'error'))
  expectSound(issues, text)
  if (!workflow) return
  const { steps, first } = workflow.program
  expect(JSON.parse(JSON.stringify(workflow.program))).toEqual(workflow.program)
  for (const step of Object.values(steps))
    for (const next of [step.next, ...('then' in step ? [step.then, step.else] : [])])
      if (next !== null) expect(Object.keys(steps)).toContain(next)
  expect(Object.keys(steps)).toContain(first)
}

/** Repeatable, as every law of the engine. */
const law = <T extends unknown[]>(property: fc.IAsyncProperty<T>, numRuns: number) =>
  fc.assert(property, { seed: 20260326, numRuns })

test('the text that is mutated is right', async () => {
  expect((await compile(valid, { 'hello.mjml': mail() })).issues).toEqual([])
})

test('a text that is nearly right', () => law(fc.asyncProperty(mutated(valid), expectAnswer), 250))
test('any text', () =>
  law(fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), expectAnswer), 150))
test('any data', () =>
  law(
    fc.asyncProperty(
      data.map((value) => JSON.stringify(value) ?? ''),
      expectAnswer,
    ),
    150,
  ))

test('settings that are nearly right', () =>
  law(
    fc.asyncProperty(mutated(settingsText), async (text) => {
      const { issues, settings } = parseSettings(text, 'workflow.yaml')
      expect(settings === undefined).toBe(issues.some(({ severity }) => severity === 'error'))
      expectSound(issues, text)
    }),
    150,
  ))

test.each([
  ['an endless nesting', '['.repeat(50_000)],
  [
    'an endless nesting of mappings',
    Array.from({ length: 2000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
  ],
  [
    'an alias bomb',
    `a: &a [x,x,x,x]\n${'bcdefghijk'
      .split('')
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghijk'[index]}`)}]`)
      .join('\n')}`,
  ],
  ['a huge file', `title: ${'x'.repeat(300_000)}`],
  ['a huge key', `? ${'x'.repeat(5000)}\n: 1`],
  [
    'a step that reaches for the prototype',
    'workflow: a\ntopic: service\ntrigger: { event: x }\nsteps: [{ __proto__: { stop: x } }, { constructor: x }]',
  ],
])('%s is refused', async (_, text) => {
  await expectAnswer(text)
  expect((await compile(text)).workflow).toBeUndefined()
})
