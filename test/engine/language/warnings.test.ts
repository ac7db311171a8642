/** What is right as such and will hardly do what was meant: told as a warning, at its place, with a way out. */
import { describe, expect, test, vi } from 'vitest'
import { compileWorkflow } from '../../../engine/language/compile.ts'
import { compile, environment, head, mail, told } from './workshop.ts'

// MJML reads the ambient clock while it lays out a mail. What it makes of one is no matter here.
vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

const steps = (text: string) => `${head}steps:\n${text}`
const triggered = (trigger: string, text: string) =>
  `workflow: care\ntopic: service\ntrigger: ${trigger}\nsteps:\n${text}`
const files = {
  'thank-you.mjml': mail(),
  'offer.mjml': mail('{{ coupons.offer.code }}'),
}

async function warningsOf(definition: string): Promise<string[]> {
  const { issues, workflow } = await compile(definition, files)
  expect(workflow).toBeDefined()
  return issues.filter(({ file }) => file === 'workflow.yaml').map(told)
}

/** [what is noticed, the definition, the warning] */
type Noticed = [string, string, string]

const wayWithout =
  'Who comes this way has not opted in to `offers`, and this mail goes only to those who have | Move it to the other way, or send it under a topic with `basis: service`.'
const consent: Noticed[] = [
  [
    'an audience of those who said no',
    triggered(
      '{ event: purchase, audience: customer.consent.offers != true }',
      '  - send: thank-you\n    topic: offers\n',
    ),
    '6:12 Who enters has not opted in to `offers`, and this mail goes only to those who have | Change the condition of the trigger, or send it under a topic with `basis: service`.',
  ],
  [
    'an audience of those who were never asked, in a workflow on consent',
    'workflow: care\ntopic: offers\ntrigger: { event: purchase, audience: "customer.tier == \\"gold\\" && !has(customer.consent.offers)" }\nsteps:\n  - send: thank-you\n',
    '5:11 Who enters has not opted in to `offers`, and this mail goes only to those who have | Change the condition of the trigger, or send it under a topic with `basis: service`.',
  ],
  [
    'becoming somebody who has opted out',
    triggered('{ becomes: customer.consent.offers == false }', '  - send: thank-you\n    topic: offers\n'),
    '6:12 Who enters has not opted in to `offers`, and this mail goes only to those who have | Change the condition of the trigger, or send it under a topic with `basis: service`.',
  ],
  [
    'the way of those who have not opted in',
    steps(
      '  - if: customer.consent.offers == true\n    then: [{ stop: yes }]\n    else:\n      - send: thank-you\n        topic: offers\n',
    ),
    `10:16 ${wayWithout}`,
  ],
  [
    'the same, further down and with another reason to be elsewhere',
    steps(
      '  - if: customer.consent.offers == true || customer.vip == true\n    then: [{ stop: yes }]\n    else:\n      - if: event.total > 3\n        then:\n          - send: thank-you\n            topic: offers\n',
    ),
    `12:20 ${wayWithout}`,
  ],
  [
    'the way into which a condition lets those alone who have not',
    steps(
      '  - if: customer.consent["offers"] != true && customer.vip == true\n    then:\n      - send: thank-you\n        topic: offers\n',
    ),
    `9:16 ${wayWithout}`,
  ],
  [
    'a branch behind that of those who have',
    steps(
      '  - choose:\n      - when: customer.consent.offers == true\n        then: [{ stop: yes }]\n      - when: customer.vip == true\n        then:\n          - send: thank-you\n            topic: offers\n',
    ),
    `12:20 ${wayWithout}`,
  ],
]

const expired = (words: string) =>
  `The coupon \`offer\` has expired when this mail goes out | It is valid for 7 days, and the steps between take ${words} at least: draw it later, or let it be valid for longer.`
const coupon = '  - coupon: offer\n    pattern: CARE-????-##\n    expires: 7 days\n'
const coupons: Noticed[] = [
  [
    'a coupon that is over before its mail goes out',
    steps(`${coupon}  - wait: 10 days\n  - send: offer\n`),
    `10:11 ${expired('10 days')}`,
  ],
  [
    'waits that add up',
    steps(`${coupon}  - wait: 4 days\n  - wait: 80 hours\n  - send: offer\n`),
    `11:11 ${expired('176 hours')}`,
  ],
  [
    'the way of those who did not come back in time',
    steps(`${coupon}  - await: visit\n    for: 14 days\n    else:\n      - send: offer\n`),
    `12:15 ${expired('14 days')}`,
  ],
  [
    'a coupon that nobody is shown',
    steps(`${coupon}  - send: thank-you\n`),
    '6:13 Nothing shows the coupon `offer` | Write {{ coupons.offer.code }} into a mail that is sent behind it.',
  ],
]

const looksAtNothing = 'Compare something: customer.tier == "gold". Or remove it.'
const conditions: Noticed[] = [
  [
    'a condition that never holds',
    steps('  - if: "false"\n    then: [{ send: thank-you }]\n'),
    `6:9 This condition looks at nothing and never holds | ${looksAtNothing}`,
  ],
  [
    'a condition that always holds',
    steps('  - if: 1 == 1.0\n    then: [{ send: thank-you }]\n'),
    `6:9 This condition looks at nothing and always holds | ${looksAtNothing}`,
  ],
  [
    'a trigger that lets nobody in',
    triggered('{ event: purchase, when: "false" }', '  - send: thank-you\n'),
    `3:35 This condition looks at nothing and never holds | ${looksAtNothing}`,
  ],
  [
    'two texts at once',
    steps('  - if: customer.tier == "gold" && customer.tier == "silver"\n    then: [{ send: thank-you }]\n'),
    '6:9 This can never hold: `customer.tier` would have to be two things at once | Write `||` where one of them is enough.',
  ],
  [
    'a number above the larger and below the smaller',
    steps(
      '  - await: purchase\n    when: event.total > 50 && event.total < 10\n    for: 3 days\n    then: [{ stop: yes }]\n',
    ),
    '7:11 This can never hold: `event.total` would have to be two things at once | Write `||` where one of them is enough.',
  ],
  [
    'a way for events that the trigger leaves out',
    triggered(
      '{ event: csat.rated, when: event.score <= 2 }',
      '  - if: event.score >= 4\n    then: [{ send: thank-you }]\n',
    ),
    '5:9 This can never hold: the trigger lets nobody in whose `event.score` is like this | Change the `when` of the trigger, or remove this way.',
  ],
  [
    'a branch for events that the trigger leaves out',
    triggered(
      '{ event: csat.rated, when: event.score <= 2 }',
      '  - choose:\n      - when: event.score == 1\n        then: [{ stop: one }]\n      - when: event.score > 2\n        then: [{ stop: more }]\n',
    ),
    '8:15 This can never hold: the trigger lets nobody in whose `event.score` is like this | Change the `when` of the trigger, or remove this way.',
  ],
]

const ends: Noticed[] = [
  [
    'a wait that nothing follows',
    steps('  - send: thank-you\n  - wait: 3 days\n'),
    '7:5 Nothing follows this wait | Remove it. How long somebody stays away from entering again is said by `enroll: { again: after … }`.',
  ],
  [
    'a wait at the end of an arm that nothing follows',
    steps('  - if: customer.tier == "gold"\n    then:\n      - send: thank-you\n      - wait: 3 days\n'),
    '9:9 Nothing follows this wait | Remove it. How long somebody stays away from entering again is said by `enroll: { again: after … }`.',
  ],
  [
    'an event that nothing depends on',
    steps('  - send: thank-you\n  - await: purchase\n    for: 3 days\n'),
    '7:5 Nothing depends on whether this event comes | Put steps below `then` or `else`, or remove it. For counting successes there is `goal`.',
  ],
]

const slip = 'If your systems send it like this, list it under `events` in settings.yaml.'
const events: Noticed[] = [
  [
    'an event of Premura itself, misspelt',
    steps('  - await: csat.ratd\n    for: 3 days\n    then: [{ stop: rated }]\n'),
    `6:12 Nothing is known to send \`csat.ratd\`, and it looks like a slip of the pen | Did you mean \`csat.rated\`? ${slip}`,
  ],
  [
    'a goal that another step emits, misspelt',
    `${head}goal: { event: gift.snet, within: 3 days }\nsteps:\n  - emit: gift.sent\n`,
    `5:16 Nothing is known to send \`gift.snet\`, and it looks like a slip of the pen | Did you mean \`gift.sent\`? ${slip}`,
  ],
]

describe.each([
  ['consent', consent],
  ['coupons', coupons],
  ['conditions', conditions],
  ['ends', ends],
  ['events', events],
])('%s', (_, table) => {
  test.each(table)('%s', async (_name, definition, expected) => {
    expect(await warningsOf(definition)).toEqual([`(warning) ${expected}`])
  })
})

test.each([
  [
    'an audience of those who said yes',
    triggered(
      '{ event: purchase, audience: customer.consent.offers == true }',
      '  - send: thank-you\n    topic: offers\n',
    ),
  ],
  [
    'an audience that says nothing of consent, or that another condition may let in',
    triggered(
      '{ event: purchase, audience: "customer.consent.offers != true || customer.tier == \\"gold\\"" }',
      '  - send: thank-you\n    topic: offers\n',
    ),
  ],
  [
    'a way on which consent may be given meanwhile',
    steps(
      '  - if: customer.consent.offers == true\n    then: [{ stop: yes }]\n    else:\n      - await: consent.given\n        for: 3 days\n      - send: thank-you\n        topic: offers\n',
    ),
  ],
  [
    'an audience of those who may have said yes since',
    triggered(
      '{ event: purchase, audience: customer.consent.offers != true }',
      '  - await: consent.given\n    for: 3 days\n  - send: thank-you\n    topic: offers\n',
    ),
  ],
  [
    'a way that some come who have opted in',
    steps(
      '  - if: customer.consent.offers == true && customer.vip == true\n    then: [{ stop: yes }]\n    else:\n      - send: thank-you\n        topic: offers\n',
    ),
  ],
  [
    'what comes behind both ways',
    steps(
      '  - if: customer.consent.offers == true\n    then: [{ task: call, queue: care }]\n  - send: thank-you\n    topic: offers\n',
    ),
  ],
  ['a coupon that is still valid', steps(`${coupon}  - wait: 6 days\n  - send: offer\n`)],
  ['a coupon that is drawn anew', steps(`  - wait: 10 days\n${coupon}  - send: offer\n`)],
  [
    'a coupon whose mail may come at once',
    steps(`${coupon}  - await: visit\n    for: 14 days\n  - send: offer\n`),
  ],
  [
    'a coupon that a task tells',
    steps(`${coupon}  - task: call\n    queue: care\n    title: "{{ coupons.offer.code }}"\n`),
  ],
  ['a range', steps('  - if: event.total > 10 && event.total < 10.5\n    then: [{ send: thank-you }]\n')],
  [
    'texts between texts',
    steps('  - if: event.a > "x" && event.a < "xa"\n    then: [{ send: thank-you }]\n'),
  ],
  [
    'what is left of a list',
    steps(
      '  - if: customer.tier in ["gold", "silver"] && customer.tier != "gold"\n    then: [{ send: thank-you }]\n',
    ),
  ],
  [
    'another event than the one that the trigger has asked',
    triggered(
      '{ event: csat.rated, when: event.score <= 2 }',
      '  - await: nps.rated\n    when: event.score >= 4\n    for: 3 days\n    then: [{ send: thank-you }]\n',
    ),
  ],
  [
    'a wait for an event before the next step',
    steps('  - await: purchase\n    for: 3 days\n  - send: thank-you\n'),
  ],
  [
    'a wait at the end of a round',
    steps(
      '  - repeat: 2 times\n    every: 7 days\n    steps:\n      - send: thank-you\n      - wait: 1 day\n',
    ),
  ],
])('%s is no reason for a word', async (_, definition) => {
  expect(await warningsOf(definition)).toEqual([])
})

test('consent to a topic that there is not is an error', async () => {
  const { issues } = await compile(
    steps('  - if: customer.consent.ofers == true\n    then: [{ stop: yes }]\n'),
  )
  expect(issues.map(told)).toEqual([
    '6:9 Nobody can have opted in to `ofers`: the settings have no such topic | Did you mean `offers`?',
  ])
})

describe('a topic with `optIn: double`', () => {
  const topics = {
    ...environment.settings.topics,
    news: { title: { en: 'News' }, basis: 'consent' as const, optIn: 'double' as const },
  }
  const settings = { ...environment.settings, topics }
  const warnedOf = async (definition: string, events?: readonly string[]) => {
    const { events: _, ...rest } = environment
    const { issues } = await compileWorkflow(
      { 'workflow.yaml': definition, 'thank-you.mjml': mail() },
      { ...rest, settings, ...(events && { events }) },
    )
    return issues.filter(({ message }) => message.includes('optIn')).map(told)
  }
  const warning =
    '`news` has `optIn: double`, and no workflow asks anybody to confirm | Add one that starts with `consent.requested`, such as `confirm-consent` of the library; until then nobody can be written to whom you sign up.'
  const onTopic = steps('  - send: thank-you\n    topic: news\n')

  test('reaches nobody where no workflow asks for the confirmation', async () => {
    expect(await warnedOf(onTopic, ['purchase'])).toEqual([`(warning) 7:12 ${warning}`])
    const whole = onTopic.replace('topic: service', 'topic: news').replace('    topic: news\n', '')
    expect(await warnedOf(whole, [])).toEqual([`(warning) 2:8 ${warning}`])
  })

  test('is in order where one does, or where nobody knows', async () => {
    expect(await warnedOf(onTopic, ['consent.requested'])).toEqual([])
    expect(await warnedOf(onTopic)).toEqual([])
    expect(await warnedOf(onTopic.replace('event: purchase', 'event: consent.requested'), [])).toEqual([])
    expect(await warnedOf(steps('  - send: thank-you\n    topic: offers\n'), [])).toEqual([])
  })
})
