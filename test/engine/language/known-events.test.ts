/** A workflow that listens to an event which nothing says is told so, and what to do about it. */
import { describe, expect, test } from 'vitest'
import { compileWorkflow } from '../../../engine/language/compile.ts'
import { eventsVouchedForIn } from '../../../engine/language/known-events.ts'
import { parseSettings } from '../../../engine/language/settings.ts'
import { environment, settingsText, told } from './workshop.ts'

const start = (more: string) => `workflow: care\ntopic: service\ntrigger:\n  event: purchase\n${more}`
const stop = 'steps:\n  - stop: enough\n'
const awaits = (event: string) =>
  start(`steps:\n  - await: ${event}\n    for: 3 days\n    then: [{ stop: yes }]\n`)

async function warnings(definition: string, events: readonly string[] = [], posted?: string) {
  const { settings = environment.settings } = parseSettings(settingsText + (posted ?? ''))
  const { issues } = await compileWorkflow(
    { 'workflow.yaml': definition },
    { settings, layout: environment.layout, events },
  )
  return issues.map(told)
}

const list = 'list it under `events` in settings.yaml'
const alone = `If your systems send it, ${list}; or correct it.`

/** [the workflow, what others vouch for, what is told] */
const unheard: [string, string, string[], string][] = [
  ['an await', awaits('parcel.lost'), [], `6:12 Nothing is known to send \`parcel.lost\` | ${alone}`],
  [
    'a goal',
    start(`goal: { event: parcel.lost, within: 3 days }\n${stop}`),
    [],
    `5:16 Nothing is known to send \`parcel.lost\` | ${alone}`,
  ],
  [
    'an exit',
    start(`exit:\n  - event: parcel.lost\n${stop}`),
    [],
    `6:12 Nothing is known to send \`parcel.lost\` | ${alone}`,
  ],
  [
    'a follow',
    start(
      `enroll:\n  per: event.id\n  follow:\n    - event: parcel.lost\n      when: event.id == enrollment.key\n${stop}`,
    ),
    [],
    `8:14 Nothing is known to send \`parcel.lost\` | ${alone}`,
  ],
  [
    'a letter off what another workflow vouches for',
    awaits('booking.mde'),
    ['booking.made', 'booking.moved'],
    `6:12 Nothing is known to send \`booking.mde\`, and it looks like a slip of the pen | Did you mean \`booking.made\`? If your systems send it like this, ${list}.`,
  ],
  [
    'the plural of what starts this very workflow',
    awaits('purchases'),
    [],
    `6:12 Nothing is known to send \`purchases\`, and it looks like a slip of the pen | Did you mean \`purchase\`? If your systems send it like this, ${list}.`,
  ],
  [
    'a word that resembles another one without being a slip',
    awaits('ticket.reopened'),
    ['ticket.opened'],
    `6:12 Nothing is known to send \`ticket.reopened\` | Did you mean \`ticket.opened\`? If your systems send it, ${list}.`,
  ],
  [
    'the kind that Premura says, by another name',
    awaits('survey.answered'),
    [],
    `6:12 Nothing is known to send \`survey.answered\` | ${alone}`,
  ],
  [
    'a trigger a letter off, where nothing is listed',
    start(stop).replace('purchase', 'csat.ratd'),
    [],
    `4:10 Nothing is known to send \`csat.ratd\`, and it looks like a slip of the pen | Did you mean \`csat.rated\`? If your systems send it like this, ${list}.`,
  ],
]

test.each(unheard)('%s on an event that nothing says is told', async (_, definition, events, expected) => {
  expect(await warnings(definition, events)).toEqual([`(warning) ${expected}`])
})

const heard: [string, string, string[], string | undefined][] = [
  ['what another workflow emits or starts with', awaits('parcel.lost'), ['parcel.lost'], undefined],
  ['what the settings list', awaits('parcel.lost'), [], 'events:\n  parcel.lost:\n  purchase:\n'],
  ['what starts the workflow itself', awaits('purchase'), [], undefined],
  ['what Premura says', awaits('task.closed'), [], undefined],
  ['a confirmed consent', awaits('consent.given'), [], undefined],
  [
    'what the workflow itself emits',
    start(`goal: { event: gift.sent, within: 3 days }\nsteps:\n  - emit: gift.sent\n`),
    [],
    undefined,
  ],
  ['a trigger of its own', start(stop), [], undefined],
]

test.each(heard)('%s is known', async (_, definition, events, posted) => {
  expect(await warnings(definition, events, posted)).toEqual([])
})

test('a trigger vouches for its own event, also beside a list, and is told of a slip', async () => {
  const listed = (events: string) => warnings(start(stop), [], `events: ${events}\n`)
  expect(await listed('{ order.placed: An order }')).toEqual([])
  expect(await listed('{ purchase: An order }')).toEqual([])
  expect(await listed('{ purchased: An order }')).toEqual([
    `(warning) 4:10 Nothing is known to send \`purchase\`, and it looks like a slip of the pen | Did you mean \`purchased\`? If your systems send it like this, ${list}.`,
  ])
})

describe('the list in the settings', () => {
  const issues = (events: string) => parseSettings(settingsText + events).issues.map(told)

  test('says what events mean, or only that there are such', () => {
    expect(
      parseSettings(`${settingsText}events:\n  purchase: " Somebody bought "\n  visit:\n`).settings?.events,
    ).toEqual({ purchase: 'Somebody bought', visit: '' })
  })

  test.each([
    [
      'a list',
      'events:\n  - purchase\n',
      'settings.yaml 12:3 `events` expects keys with values, not a list | Remove the dash.',
    ],
    [
      'fields',
      'events:\n  purchase: { total: number }\n',
      'settings.yaml 12:13 `purchase` expects a line that says what the event means, not keys with values | For example: purchase: Somebody has bought something',
    ],
    [
      'a name that is none',
      'events:\n  Order placed: yes\n',
      'settings.yaml 12:3 `Order placed` is not the type of an event | Types are words joined by points: order.placed.',
    ],
  ])('%s is told', (_, events, expected) => {
    expect(issues(events)).toEqual([expected])
  })
})

test('a definition vouches for its trigger and for what it emits, however deep, and a broken one for nothing', () => {
  expect(
    eventsVouchedForIn(
      'trigger:\n  event: a.b\ngoal: { event: c.d }\nsteps:\n  - if: x\n    then:\n      - emit: e.f\n  - await: g.h\n    else: [{ emit: i.j }]\n',
    ),
  ).toEqual(['a.b', 'e.f', 'i.j'])
  expect(eventsVouchedForIn('trigger: { event: [ }')).toEqual([])
  expect(eventsVouchedForIn('- nothing')).toEqual([])
})
