/** `follow` in a definition: what it becomes, and what is told about it. */
import { expect, test, vi } from 'vitest'
import { storyOf } from '../../../cli/story.ts'
import { workflowJsonSchema } from '../../../engine/language/schema.ts'
import { compile, environment, programOf, told } from './workshop.ts'

vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

const head = 'workflow: care\ntopic: service\ntrigger: { event: appointment.booked }\n'
const steps = 'steps:\n  - wait:\n    until: event.startsAt\n  - stop: done\n'
const following = `${head}enroll:
  per: event.appointmentId
  follow:
    - event: appointment.moved
      when: event.appointmentId == enrollment.key
    - event: appointment.renamed
      when: event.appointmentId == enrollment.key && entry.room != event.room
`

test('it becomes a list of events that the program listens to', async () => {
  const { enroll, listensTo } = await programOf(
    `${following}exit: [{ event: appointment.cancelled }]\n${steps}`,
  )
  expect(enroll).toEqual({
    per: 'event.appointmentId',
    again: 'never',
    follow: [
      { event: 'appointment.moved', when: 'event.appointmentId == enrollment.key' },
      {
        event: 'appointment.renamed',
        when: 'event.appointmentId == enrollment.key && entry.room != event.room',
      },
    ],
  })
  expect(listensTo).toEqual(['appointment.cancelled', 'appointment.moved', 'appointment.renamed'])
})

test('it is told in the story', async () => {
  const { workflow } = await compile(following + steps)
  if (!workflow) throw new Error('it does not compile')
  const about = storyOf(workflow, environment.settings).about.map((pair) =>
    pair.join(': ').replace(/\p{Co}/gu, ''),
  )
  expect(about).toContain(
    'Follows: appointment.moved with `event.appointmentId == enrollment.key`: what it says takes the place of what was known',
  )
})

test('editors know it', () => {
  expect(workflowJsonSchema()).toMatchObject({
    properties: { enroll: { properties: { follow: { type: 'array', items: { $ref: '#/$defs/follow' } } } } },
    $defs: { follow: { required: ['event'] } },
  })
})

const enroll = (text: string) => `${head}enroll:\n${text}${steps}`
const key = '      when: event.appointmentId == enrollment.key\n'

test.each([
  [
    'nothing to follow',
    enroll(`  follow:\n    - event: appointment.moved\n${key}`),
    [
      '5:3 `follow` needs `per`: it says what the journey is about | Add it beside `follow`, for example: per: event.appointmentId',
    ],
  ],
  [
    'no dash',
    enroll('  per: event.appointmentId\n  follow:\n    event: appointment.moved\n'),
    [
      '7:5 `follow` expects a list of events, not keys with values | Put a dash before it: - event: appointment.moved',
    ],
  ],
  [
    'a word alone',
    enroll('  per: event.appointmentId\n  follow: [appointment.moved]\n'),
    [
      '6:12 An entry of `follow` expects keys with values, not "appointment.moved" | For example: - event: appointment.moved',
    ],
  ],
  [
    'an unknown key',
    enroll('  per: event.appointmentId\n  follow:\n    - event: appointment.moved\n      if: event.a == 1\n'),
    ['8:7 `follow` does not know `if` | Did you mean `when`?'],
  ],
  [
    'another name for it',
    enroll('  per: event.appointmentId\n  follows: [{ event: appointment.moved }]\n'),
    ['6:3 `enroll` does not know `follows` | Did you mean `follow`?'],
  ],
  [
    'whatever comes',
    enroll('  per: event.appointmentId\n  follow:\n    - event: appointment.moved\n'),
    [
      '(warning) 7:14 Every `appointment.moved` of the customer is followed, whatever it is about | Add below it: when: event.appointmentId == enrollment.key',
    ],
  ],
  [
    'what ends the journey',
    `${head}enroll:\n  per: event.appointmentId\n  follow:\n    - event: appointment.moved\n${key}exit:\n  - event: appointment.moved\n${steps}`,
    [
      '(warning) 7:14 `appointment.moved` ends the journey by `exit`, and is never followed | Remove it here, or tell the two apart with `when`.',
    ],
  ],
  [
    'a step that is none',
    enroll(
      '  per: event.appointmentId\n  follow:\n    - event: appointment.moved\n      when: event.appointmentId == enrollment.key && steps.welcome.outcome == "sent"\n',
    ),
    ['8:54 There is no step `welcome` | There are `wait-1` and `stop-done`.'],
  ],
])('%s', async (_, definition, issues) => {
  expect((await compile(definition)).issues.map(told)).toEqual(issues)
})

test('a condition on what was booked is no promise about what it is now', async () => {
  const decided = (text: string) =>
    `${text.replace('appointment.booked }', 'appointment.booked, when: event.kind == "short" }')}steps:\n  - if: event.kind == "long"\n    then: [{ stop: longer }]\n  - stop: done\n`
  expect((await compile(decided(head))).issues.map(({ message }) => message)).toHaveLength(1)
  expect((await compile(decided(following))).issues).toEqual([])
})
