/** `appointment` in a definition: what it becomes, what is told about it, and the links that messages get by it. */
import { expect, test, vi } from 'vitest'
import { storyOf } from '../../../cli/story.ts'
import { workflowJsonSchema } from '../../../engine/language/schema.ts'
import { simulate } from '../../../engine/simulate.ts'
import { compile, environment, mail, programOf, told } from './workshop.ts'

vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

const head = 'workflow: care\ntopic: service\ntrigger: { event: appointment.booked }\n'
const per = 'enroll: { per: event.appointmentId }\n'
const steps = 'steps:\n  - send: ask\n'
const linking = { 'ask.mjml': mail('{{ appointment.link }}') }
const issues = async (definition: string, files: { [file: string]: string } = linking) =>
  (await compile(definition, files)).issues.map(told)

test('it becomes expressions, and what it is called by is `per` where nothing else is said', async () => {
  const starts = 'appointment: { starts: event.startsAt }\n'
  expect((await programOf(head + per + starts + steps, linking)).appointment).toEqual({
    id: 'event.appointmentId',
    starts: 'event.startsAt',
  })
  const whole = 'appointment: { id: event.slot.id, starts: customer.appointment, title: event.service }\n'
  expect((await programOf(head + per + whole + steps, linking)).appointment).toEqual({
    id: 'event.slot.id',
    starts: 'customer.appointment',
    title: 'event.service',
  })
  expect(await programOf(head + steps, { 'ask.mjml': mail() })).not.toHaveProperty('appointment')
})

test.each([
  [
    'without a time',
    `${head}${per}appointment: { title: event.service }\n${steps}`,
    ['5:1 `starts` is missing | For example: starts: event.startsAt'],
  ],
  [
    'with a key that is one letter off',
    `${head}${per}appointment: { start: event.startsAt }\n${steps}`,
    ['5:16 `appointment` does not know `start` | Did you mean `starts`?'],
  ],
  [
    'written as a text',
    `${head}${per}appointment: event.startsAt\n${steps}`,
    [
      '5:14 `appointment` expects keys with values, not "event.startsAt" | For example: appointment: { starts: event.startsAt }',
    ],
  ],
  [
    'without a name',
    `${head}appointment: { starts: event.startsAt }\n${steps}`,
    [
      '4:1 Nothing tells one appointment of a customer from another | Add below `appointment`, for example: id: event.appointmentId',
    ],
  ],
  [
    'named by what is another in every event',
    `${head}enroll: { per: meta.id }\nappointment: { starts: event.startsAt }\n${steps}`,
    [
      '5:1 Nothing tells one appointment of a customer from another | Add below `appointment`, for example: id: event.appointmentId',
    ],
  ],
  [
    'that nobody books',
    `workflow: care\ntopic: service\ntrigger: { date: birthday, every: year }\nappointment: { id: event.a, starts: event.b }\n${steps}`,
    [
      '4:1 `appointment` is for workflows that an event starts, and this one has none | Start it with what books the appointment: trigger: { event: appointment.booked }',
    ],
  ],
  [
    'with a name of nothing',
    `${head}${per}appointment: { starts: startsAt }\n${steps}`,
    [
      '5:24 Unknown name `startsAt` | Say where it stands: event.startsAt or customer.startsAt. Known here: event and customer.',
    ],
  ],
])('an appointment %s is told', async (_, definition, expected) => {
  expect(await issues(definition)).toEqual(expected)
})

const whole = `${head}${per}appointment: { starts: event.startsAt }\n`

test.each([
  [
    'of a workflow without an appointment',
    head + steps,
    linking,
    [
      'ask.mjml 4:36 `appointment.link` is known only to a workflow that says what its appointment is | Add to the workflow, for example: appointment: { id: event.appointmentId, starts: event.startsAt }',
    ],
  ],
  [
    'that there is not',
    whole + steps,
    { 'ask.mjml': mail('{{ appointment.link }} {{ appointment.cancle }}') },
    ['ask.mjml 4:59 There is no link `appointment.cancle` | Did you mean `appointment.cancel`?'],
  ],
  [
    'in a text of a workflow without an appointment',
    `${head}steps:\n  - send: ask\n    channel: sms\n`,
    { 'ask.txt': 'Coming? {{ appointment.confirm }}\n' },
    [
      'ask.txt 1:12 `appointment.confirm` is known only to a workflow that says what its appointment is | Add to the workflow, for example: appointment: { id: event.appointmentId, starts: event.startsAt }',
    ],
  ],
  [
    'in the title of a task',
    `${whole}${steps}  - task: call\n    queue: shop\n    title: "Call {{ appointment.link }}"\n`,
    linking,
    [
      '10:12 The links of an appointment belong to messages: they act for the customer | Remove it from the title of the task.',
    ],
  ],
  [
    'that is nowhere',
    whole + steps,
    { 'ask.mjml': mail() },
    [
      '(warning) 5:1 No message of this workflow links to the page of its appointment | Link to {{ appointment.link }} in a mail or a text, or remove `appointment`.',
    ],
  ],
])('a link %s is told', async (_, definition, files, expected) => {
  expect(await issues(definition, files)).toEqual(expected)
})

test('what the page posts is known, and a slip of it is told', async () => {
  const awaiting = (event: string) =>
    issues(`${whole}${steps}  - await: ${event}\n    for: 1 day\n    then:\n      - stop: done\n`)
  for (const event of ['appointment.confirmed', 'appointment.move-requested', 'appointment.cancelled'])
    expect(await awaiting(event)).toEqual([])
  expect(await awaiting('appointment.confirmd')).toEqual([
    expect.stringContaining('Did you mean `appointment.confirmed`?'),
  ])
})

test('it is told in the story, and editors know it', async () => {
  const { workflow } = await compile(whole + steps, linking)
  if (!workflow) throw new Error('it does not compile')
  const about = storyOf(workflow, environment.settings).about.map((pair) =>
    pair.join(': ').replace(/\p{Co}/gu, ''),
  )
  expect(about).toContain(
    'Appointment: `event.appointmentId`, at `event.startsAt`; by links in its messages the customer confirms, moves or cancels it until it begins',
  )
  expect(workflowJsonSchema()).toMatchObject({
    properties: {
      appointment: { required: ['starts'], properties: { id: {}, starts: {}, title: {} } },
    },
  })
})

test('scenarios and previews show links, with each choice', async () => {
  const all = ['link', 'confirm', 'move', 'cancel'].map((one) => `{{ appointment.${one} }}`).join(' ')
  const { workflow } = await compile(
    `${whole}steps:\n  - send: ask\n  - send: ask\n    id: by-sms\n    channel: sms\n`,
    {
      'ask.mjml': mail(all),
      'ask.txt': all,
    },
  )
  if (!workflow) throw new Error('it does not compile')
  const { timeline } = simulate({
    workflow,
    settings: environment.settings,
    customer: { id: 'anna', email: 'anna@example.it', phone: '+393331234567' },
    events: [
      {
        at: '2026-11-03T16:00',
        event: 'appointment.booked',
        data: { appointmentId: 'P-1', startsAt: '2026-11-19T10:30:00+01:00' },
      },
    ],
  })
  const texts = timeline.flatMap(({ message }) => message?.text ?? [])
  expect(texts).toHaveLength(2)
  for (const text of texts)
    for (const link of ['', '?choose=confirm', '?choose=move', '?choose=cancel'])
      expect(text).toContain(`https://example.com/appointment${link}`)
})
