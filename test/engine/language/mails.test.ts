/** The mails of a workflow: there, complete, and fitting the steps that send them. */
import { expect, test, vi } from 'vitest'
import { compileWorkflow } from '../../../engine/language/compile.ts'
import { compile, environment, head, mail, told } from './workshop.ts'

vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

const sending = (...steps: string[]) => `${head}steps:\n${steps.map((step) => `  - ${step}\n`).join('')}`
const issues = async (definition: string, files: { [file: string]: string }) =>
  (await compile(definition, files)).issues.map(told)

test('a mail that is not there is an error that names the nearest', async () => {
  expect(await issues(sending('send: thank-yuo'), { 'thank-you.mjml': mail() })).toEqual([
    '6:11 There is no mail `thank-yuo.mjml` | Did you mean `thank-you`?',
  ])
  expect(await issues(sending('send: apology'), {})).toEqual([
    '6:11 There is no mail `apology.mjml` | Put it into a file `apology.mjml` beside the definition.',
  ])
  expect(
    await issues(sending('send: apology', 'send: b'), { 'b.mjml': mail(), 'b.it.mjml': mail() }),
  ).toEqual(['6:11 There is no mail `apology.mjml` | There is `b`.'])
})

test('a mail needs the default language, and variants are found by their suffix', async () => {
  expect(await issues(sending('send: hello'), { 'hello.it.mjml': mail() })).toEqual([
    '6:11 The mail `hello` exists only in other languages | Add `hello.mjml` in the default language.',
  ])
  const { workflow } = await compile(sending('send: hello'), {
    'hello.mjml': mail(),
    'hello.it.mjml': mail(),
    'hello.de-AT.mjml': mail(),
  })
  expect(workflow?.templates.map(({ name, locale }) => [name, locale])).toEqual([
    ['hello', 'de-AT'],
    ['hello', 'it'],
    ['hello', null],
  ])
})

test('files that belong to nothing are told', async () => {
  const files = {
    'hello.mjml': mail(),
    'Hello World.mjml': mail(),
    'hello.txt': 'Hello',
    'notes.docx': '',
    'README.md': 'Why',
    'scenarios.yaml': '[]',
  }
  expect(await issues(sending('send: hello'), files)).toEqual([
    'Hello World.mjml 1:1 `Hello World.mjml` is not the name of a mail | Call it hello-world.mjml.',
    '(warning) notes.docx 1:1 `notes.docx` belongs to no step | Remove the file.',
    '(warning) hello.txt 1:1 No step sends this text | Add `- send: hello` with `channel: sms`, or remove the file.',
  ])
})

test('what is wrong with a mail is told with the mail, once', async () => {
  const told = await issues(sending('send: hello', 'wait: 1 day', 'send: hello'), {
    'hello.mjml': mail('{{ customer.firstName'),
  })
  expect(told).toHaveLength(1)
  expect(told[0]).toMatch(/^hello\.mjml 4:\d+ This `\{\{` is never closed/)
})

test('a coupon in a mail must be drawn by a step', async () => {
  const files = { 'offer.mjml': mail('Your code: {{ coupons.offr.code }}') }
  expect(await issues(sending('coupon: offer\n    pool: winter', 'send: offer'), files)).toEqual([
    'offer.mjml 4:47 No step sets the coupon `offr` | Did you mean `offer`?',
  ])
})

test('a mail asks for a rating exactly when a survey sends it', async () => {
  const asking = mail('<a href="{{ survey.link(5) }}">5</a>')
  expect(await issues(sending('send: how'), { 'how.mjml': asking })).toEqual([
    '6:11 The mail `how` asks for a rating and is not sent by a survey | Write `survey: csat` with `template: how`.',
  ])
  expect(
    await issues(sending('survey: csat\n    template: how'), { 'how.mjml': asking, 'how.it.mjml': mail() }),
  ).toEqual([
    '(warning) 7:15 The mail `how` does not ask for a rating | Link to {{ survey.link(5) }} and the other scores in every language.',
  ])
  expect(await issues(sending('survey: nps'), { 'nps.mjml': asking })).toEqual([])
})

test('the definition is workflow.yaml or workflow.json', async () => {
  const json = JSON.stringify({
    workflow: 'care',
    topic: 'service',
    trigger: { event: 'x' },
    steps: [{ stop: 'done' }],
  })
  expect((await compileWorkflow({ 'workflow.json': json }, environment)).workflow?.program.workflow).toBe(
    'care',
  )
  expect((await compileWorkflow({}, environment)).issues.map(({ message }) => message)).toEqual([
    'There is no `workflow.yaml`',
  ])
  expect(
    (await compileWorkflow({ 'workflow.yml': json }, environment)).issues.map(({ hint }) => hint),
  ).toEqual(['Rename `workflow.yml`.'])
  expect(
    (await compileWorkflow({ 'workflow.json': json, 'workflow.yaml': json }, environment)).issues.map(
      ({ message }) => message,
    ),
  ).toEqual(['There is a `workflow.yaml` and a `workflow.json`'])
})

test('what is wrong with the layout is told once, however many mails use it', async () => {
  const definition = sending('send: a', 'send: b')
  const files = { 'workflow.yaml': definition, 'a.mjml': mail(), 'b.mjml': mail() }
  const { issues } = await compileWorkflow(files, {
    ...environment,
    layout: '<mjml><mj-body></mj-body></mjml>',
  })
  const messages = issues.map(({ file, message }) => `${file} ${message}`)
  expect(messages).not.toEqual([])
  expect(new Set(messages).size).toBe(messages.length)
})

test('a link to confirm belongs to those who were asked to', async () => {
  const asking = mail('<a href="{{ links.confirm }}">Yes</a>')
  expect(await issues(sending('send: ask'), { 'ask.mjml': mail(), 'ask.it.mjml': asking })).toEqual([
    'ask.it.mjml 4:45 `links.confirm` is known only to a workflow that starts with `consent.requested` | Remove it, or write `trigger: { event: consent.requested }`.',
  ])
  const requested = sending('send: ask').replace('event: purchase', 'event: consent.requested')
  expect(await issues(requested, { 'ask.mjml': asking })).toEqual([])
  expect(await issues(requested, { 'ask.mjml': mail() })).toEqual([
    '(warning) 4:10 No mail of this workflow shows `{{ links.confirm }}`, so nobody can confirm | Link to {{ links.confirm }} in every language of the mail that asks.',
  ])
})
