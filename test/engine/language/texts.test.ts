/** The texts of a workflow: there, readable, and fitting the steps that send them. */
import { expect, test, vi } from 'vitest'
import { simulate } from '../../../engine/simulate.ts'
import { runScenario, parseScenarios } from '../../../engine/scenario.ts'
import { compile, environment, head, mail, told } from './workshop.ts'

vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

const sending = (...steps: string[]) => `${head}steps:\n${steps.map((step) => `  - ${step}\n`).join('')}`
const sms = sending('{ send: hello, channel: sms }')
const whatsapp = sending('{ send: hello, channel: whatsapp }')
const issues = async (definition: string, files: { [file: string]: string }) =>
  (await compile(definition, files)).issues.map(told)

const approved = '---\ntemplate: hello_there\nlanguage: it\nparameters: ["{{ customer.firstName }}"]\n---\n'

test('a text and a mail of the same name stand side by side', async () => {
  const { issues: found, workflow } = await compile(
    sending('send: hello', '{ send: hello, channel: sms, id: text }'),
    { 'hello.mjml': mail(), 'hello.txt': 'Hello {{ customer.firstName }}\n', 'hello.it.txt': 'Ciao' },
  )
  expect(found.map(told)).toEqual([])
  expect(workflow?.templates.map(({ form, locale }) => [form ?? 'mail', locale])).toEqual([
    ['mail', null],
    ['text', 'it'],
    ['text', null],
  ])
  expect(workflow?.templates.at(-1)).toMatchObject({ variables: ['customer.firstName'] })
})

test.each<[string, string, { [file: string]: string }, string[]]>([
  [
    'is not there',
    sms,
    {},
    ['6:13 There is no text `hello.txt` | Put it into a file `hello.txt` beside the definition.'],
  ],
  ['is misspelt', sms, { 'helo.txt': 'Hello' }, ['6:13 There is no text `hello.txt` | Did you mean `helo`?']],
  [
    'is a mail',
    sms,
    { 'hello.mjml': mail() },
    [
      '6:13 There is no text `hello.txt` | `hello.mjml` is a mail: what goes out by sms is written in `hello.txt`.',
    ],
  ],
  [
    'is sent as a mail',
    sending('send: hello'),
    { 'hello.txt': 'Hello' },
    [
      '6:11 There is no mail `hello.mjml` | `hello.txt` is a text message: write `channel: sms` beside it, or add `hello.mjml`.',
    ],
  ],
  [
    'exists only in Italian',
    sms,
    { 'hello.it.txt': 'Ciao' },
    ['6:13 The text `hello` exists only in other languages | Add `hello.txt` in the default language.'],
  ],
  [
    'has a name that is none',
    sms,
    { 'hello.txt': 'Hello', 'Hello_it.txt': 'Ciao' },
    ['Hello_it.txt 1:1 `Hello_it.txt` is not the name of a text | Call it hello.it.txt.'],
  ],
  [
    'is empty',
    sms,
    { 'hello.txt': '---\nfrom: LUME\n---\n\n' },
    ['hello.txt 1:1 There is no text in this message | Write it below the head.'],
  ],
  [
    'has keys that do not exist',
    sms,
    { 'hello.txt': '---\nsubject: Hello\nfron: LUME\n---\nHello' },
    [
      'hello.txt 2:1 `subject` is not known here | A text message has no subject.',
      'hello.txt 3:1 `fron` is not known here | Did you mean `from`?',
    ],
  ],
  [
    'has a head that is never closed',
    sms,
    { 'hello.txt': '---\nfrom: LUME\nHello' },
    ['hello.txt 1:1 The head of the message is never closed | Put a second line of `---` before the text.'],
  ],
  [
    'has a sender that is none',
    sms,
    { 'hello.txt': '---\nfrom: Bottega Lume di Roma\n---\nHello' },
    [
      'hello.txt 2:1 `from` expects a sender ID of at most 11 letters and digits, or a number | For example: from: LUME',
    ],
  ],
  [
    'goes out by WhatsApp without a template',
    whatsapp,
    { 'hello.txt': 'Hello' },
    ['template', 'language'].map(
      (key) =>
        `hello.txt 1:1 \`${key}\` is missing, and a step sends \`hello.txt\` by WhatsApp | Begin the file with \`---\`, \`template: its_name\`, \`language: en\`, and a second \`---\`: WhatsApp sends approved templates alone.`,
    ),
  ],
  [
    'has parameters that are no list',
    whatsapp,
    { 'hello.txt': '---\ntemplate: hello\nlanguage: it\nparameters: "{{ customer.firstName }}"\n---\nHi' },
    ['hello.txt 4:1 `parameters` must be a list of texts | parameters: ["{{ customer.firstName }}"]'],
  ],
  [
    'reads what nobody knows',
    whatsapp,
    { 'hello.txt': `${approved.replace('customer.firstName', 'customer.firstName | shout')}Hi` },
    ['hello.txt 4:39 There is no filter `shout`'],
  ],
  [
    'shows a coupon that no step takes',
    sms,
    { 'hello.txt': 'Your code: {{ coupons.gift.code }}' },
    ['hello.txt 1:15 No step sets the coupon `gift`'],
  ],
  [
    'asks for a confirmation',
    sms.replace('purchase', 'consent.requested'),
    { 'hello.txt': 'Yes? {{ links.confirm }}' },
    ['hello.txt 1:9 `links.confirm` belongs to mails | An opt-in is confirmed'],
  ],
  [
    'is too long',
    sms,
    { 'hello.txt': `{{ customer.firstName }} ${'a'.repeat(161)}` },
    [
      '(warning) hello.txt 1:1 This SMS takes 2 parts: 161 GSM-7 characters without its values, and one part holds 160 | Each part is paid for. Shorten it.',
    ],
  ],
  [
    'is too long for one character of it',
    sms,
    { 'hello.txt': `---\nfrom: LUME\n---\nl’${'a'.repeat(70)}` },
    [
      '(warning) hello.txt 4:1 This SMS takes 2 parts: 72 UCS-2 characters without its values, and one part holds 70 | Each part is paid for. Shorten it, or do without `’`, which is why a part holds so little.',
    ],
  ],
])('a text that %s is told', async (_which, definition, files, expected) => {
  const found = await issues(definition, files)
  expect(found).toHaveLength(expected.length)
  expect(found.map((line, index) => line.slice(0, expected[index]?.length))).toEqual(expected)
})

test('what goes out by WhatsApp alone may be long, and keeps what its template is called', async () => {
  const { issues: found, workflow } = await compile(whatsapp, {
    'hello.txt': `${approved}${'a'.repeat(500)}`,
  })
  expect(found).toEqual([])
  expect(workflow?.templates[0]).toMatchObject({
    form: 'text',
    whatsapp: { template: 'hello_there', language: 'it', parameters: ['{{ customer.firstName }}'] },
    variables: ['customer.firstName'],
  })
})

const play = async (customer: { [name: string]: string }) => {
  const { workflow } = await compile(sms, {
    'hello.txt': 'Hi {{ customer.firstName }}',
    'hello.it.txt': 'Ciao',
  })
  if (!workflow) throw new Error('the workflow does not compile')
  const event = { at: '2026-03-26T16:00', event: 'purchase', data: {} }
  return {
    workflow,
    ...simulate({
      workflow,
      settings: environment.settings,
      customer: { id: 'anna', ...customer },
      events: [event],
    }),
  }
}

test('a simulation sends it to the number, in the language of the customer', async () => {
  const { timeline } = await play({ phone: '+393331234567', firstName: 'Anna', email: 'anna@example.it' })
  expect(timeline.find(({ kind }) => kind === 'message')?.message).toEqual({
    template: 'hello',
    locale: 'en',
    channel: 'sms',
    to: '+393331234567',
    subject: '',
    html: '',
    text: 'Hi Anna',
  })
  const italian = await play({ phone: '+393331234567', locale: 'it-CH' })
  expect(italian.timeline.find(({ kind }) => kind === 'message')?.message?.text).toBe('Ciao')
})

test('a scenario expects a message, by whatever channel it goes', async () => {
  const { workflow } = await play({})
  const expecting = (words: string) => {
    const { scenarios, issues: found } = parseScenarios(
      `- scenario: one\n  customer: { id: anna, phone: "+393331234567", firstName: Anna }\n  given:\n    - at: 2026-03-26T16:00\n      event: purchase\n  expect:\n    - ${words}\n`,
      workflow.program,
    )
    const [scenario] = scenarios
    return scenario ? runScenario(workflow, scenario, environment.settings).failures : found.map(told)
  }
  expect(expecting('{ message: hello, channel: sms, text: { equals: Hi Anna } }')).toEqual([])
  expect(expecting('{ message: hello, channel: whatsapp }')[0]).toContain('it went by sms, not by whatsapp')
  expect(expecting('never: hello')[0]).toContain('expected never hello')
  expect(expecting('mail: hello')[0]).toContain('The workflow has no mail `hello`')
})
