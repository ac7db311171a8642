/** What a definition becomes. */
import { describe, expect, test, vi } from 'vitest'
import { arms, compile, head, mail, programOf, told } from './workshop.ts'

vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

const whole = `workflow: win-back
title: Win back after a bad rating
description: Say sorry, and come back with an offer.
topic: service
trigger:
  event: csat.rated
  when: event.score <= 2
  audience: customer.locale == "it"
enroll:
  per: event.ticketId
  again: after 30 days
goal:
  event: purchase
  when: event.total > 0
  within: 60 days
  value: event.total
exit:
  - event: ticket.reopened
    when: event.ticketId == enrollment.key
steps:
  - task: recover
    queue: care-team
    title: "{{ customer.firstName }} rated {{ event.score }}"
    due: 1 day
  - send: apology
    topic: offers
    from: workshop
    inDoubt: resend
  - wait: 3 days
    at: 09:00
    on: [mon, fri]
  - await: purchase
    when: event.total > 0
    for: 14 days
    then:
      - stop: recovered
    else:
      - coupon: offer
        pool: win-back-15
        expires: 30 days
      - if: customer.tier == "gold"
        then:
          - send: apology
            id: gold
        else:
          - set: { tier: '"silver"', visits: customer.visits + 1, asked: true, score: 3, old: null }
  - survey: csat
    template: how-was-it
`
const mails = {
  'apology.mjml': mail(),
  'apology.it.mjml': mail('Grazie {{ coupons.offer.code | default: "" }}'),
  'how-was-it.mjml': mail('<a href="{{ survey.link(5) }}">5</a>'),
}

describe('the whole language', () => {
  test('becomes a program whose steps name their successors', async () => {
    const { issues, workflow } = await compile(whole, mails)
    expect(issues.map(told)).toEqual([])
    const { steps, ...rest } = workflow?.program ?? { steps: {} }
    expect(rest).toEqual({
      workflow: 'win-back',
      title: 'Win back after a bad rating',
      description: 'Say sorry, and come back with an offer.',
      topic: 'service',
      trigger: {
        kind: 'event',
        event: 'csat.rated',
        when: 'event.score <= 2',
        audience: 'customer.locale == "it"',
      },
      enroll: { per: 'event.ticketId', again: { after: 'P30D' } },
      goal: { event: 'purchase', when: 'event.total > 0', within: 'P60D', value: 'event.total' },
      exit: [{ event: 'ticket.reopened', when: 'event.ticketId == enrollment.key' }],
      first: 'task-recover',
      listensTo: ['purchase', 'ticket.reopened'],
    })
    const send = { verb: 'send', channel: 'email', inDoubt: 'drop' }
    expect(steps).toEqual({
      'task-recover': {
        id: 'task-recover',
        next: 'apology',
        verb: 'task',
        name: 'recover',
        queue: 'care-team',
        title: '{{ customer.firstName }} rated {{ event.score }}',
        due: 'P1D',
      },
      apology: {
        ...send,
        id: 'apology',
        next: 'wait-1',
        template: 'apology',
        topic: 'offers',
        from: 'workshop',
        inDoubt: 'resend',
      },
      'wait-1': {
        id: 'wait-1',
        next: 'await-purchase',
        verb: 'wait',
        duration: 'P3D',
        at: '09:00',
        on: ['mon', 'fri'],
      },
      'await-purchase': {
        id: 'await-purchase',
        next: 'survey-csat',
        verb: 'await',
        event: 'purchase',
        when: 'event.total > 0',
        for: 'P14D',
        ...arms('stop-recovered', 'coupon-offer'),
      },
      'stop-recovered': { id: 'stop-recovered', next: 'survey-csat', verb: 'stop', reason: 'recovered' },
      'coupon-offer': {
        id: 'coupon-offer',
        next: 'if-1',
        verb: 'coupon',
        name: 'offer',
        source: { pool: 'win-back-15' },
        expires: 'P30D',
      },
      'if-1': {
        id: 'if-1',
        next: 'survey-csat',
        verb: 'if',
        condition: 'customer.tier == "gold"',
        ...arms('gold', 'set-1'),
      },
      gold: { ...send, id: 'gold', next: 'survey-csat', template: 'apology' },
      'set-1': {
        id: 'set-1',
        next: 'survey-csat',
        verb: 'set',
        values: { tier: '"silver"', visits: 'customer.visits + 1', asked: 'true', score: '3', old: 'null' },
      },
      'survey-csat': { ...send, id: 'survey-csat', next: null, template: 'how-was-it', survey: 'csat' },
    })
  })

  test('says the same in JSON, whatever its indentation', async () => {
    const definition = {
      workflow: 'care',
      topic: 'service',
      trigger: { date: 'birthday', every: 'year', offset: '-7 days' },
      steps: [
        { if: 'customer.tier == "gold"', else: [{ stop: 'other' }] },
        { wait: null, at: '10:00' },
        { stop: 'done' },
      ],
    }
    const yaml = await programOf(
      'workflow: care\ntopic: service\ntrigger: { date: birthday, every: year, offset: -7 days }\nsteps:\n  - if: customer.tier == "gold"\n    else: [{ stop: other }]\n  - wait:\n    at: 10:00\n  - stop: done\n',
    )
    for (const indent of [0, 2, '\t'])
      expect(await programOf(JSON.stringify(definition, null, indent))).toEqual(yaml)
    const { workflow } = await compile('', {})
    expect(workflow).toBeUndefined()
  })

  test('is the same with Windows line ends and a byte order mark', async () => {
    expect(await programOf(`\uFEFF${whole.replaceAll('\n', '\r\n')}`, mails)).toEqual(
      await programOf(whole, mails),
    )
  })
})

describe('triggers', () => {
  const trigger = async (text: string) =>
    (await programOf(`workflow: care\ntopic: service\ntrigger: ${text}\nsteps: [{ stop: done }]\n`)).trigger

  test('on a date have their defaults', async () => {
    expect(await trigger('{ date: birthday, every: year }')).toEqual({
      kind: 'date',
      attribute: 'birthday',
      every: 'year',
      at: '09:00',
      leapDay: 'feb-28',
      past: 'skip',
    })
  })

  test('on a single date have no hour of their own unless they say so', async () => {
    const once = { kind: 'date', attribute: 'visit', every: 'once', leapDay: 'feb-28', past: 'skip' }
    expect(await trigger('{ date: visit, every: once, offset: -90 minutes }')).toEqual({
      ...once,
      offset: '-PT90M',
    })
    expect(await trigger('{ date: visit, every: once, at: "18:00" }')).toEqual({ ...once, at: '18:00' })
  })

  test('on a date say everything themselves', async () => {
    expect(
      await trigger(
        '{ date: renewal, every: year, offset: -2 weeks, at: 18:30, leapDay: leap-years-only, past: now, audience: customer.vip, when: event.date != "" }',
      ),
    ).toEqual({
      kind: 'date',
      attribute: 'renewal',
      every: 'year',
      offset: '-P2W',
      at: '18:30',
      leapDay: 'leap-years-only',
      past: 'now',
      audience: 'customer.vip',
      when: 'event.date != ""',
    })
  })
})

test.each([
  ['12-20', { months: [12], days: [20] }, '09:00'],
  ['2026-11-27', { date: '2026-11-27' }, '09:00'],
  [
    '30 7 * jan,7 1-3,fril',
    { months: [1, 7], weekdays: [{ on: 'mon' }, { on: 'tue' }, { on: 'wed' }, { on: 'fri', nth: 'last' }] },
    '07:30',
  ],
  ['0 18 1,L * *', { days: [1, 'last'] }, '18:00'],
])('a trigger on the calendar: %s', async (calendar, days, at) => {
  const { trigger } = await programOf(
    `workflow: care\ntopic: service\ntrigger: { calendar: "${calendar}" }\nsteps: [{ stop: done }]\n`,
  )
  expect(trigger).toEqual({ kind: 'calendar', calendar, days, at, leapDay: 'feb-28', past: 'skip' })
})

test('a trigger on the profile', async () => {
  const { trigger } = await programOf(
    'workflow: care\ntopic: service\ntrigger: { becomes: customer.tier == "gold", audience: customer.consent.offers == true }\nsteps: [{ stop: done }]\n',
  )
  expect(trigger).toEqual({
    kind: 'becomes',
    condition: 'customer.tier == "gold"',
    audience: 'customer.consent.offers == true',
  })
})

describe('enrollment', () => {
  const enroll = async (text: string) => (await programOf(`${head}${text}steps: [{ stop: done }]\n`)).enroll

  test.each([
    ['', { again: 'never' }],
    ['enroll: { again: always }\n', { again: 'always' }],
    ['enroll: { again: after 1 month }\n', { again: { after: 'P1M' } }],
    ['enroll: { per: event.orderId }\n', { per: 'event.orderId', again: 'never' }],
    ['enroll: { holdout: 5% }\n', { again: 'never', holdout: 5 }],
    ['enroll: { holdout: 0.5 % }\n', { again: 'never', holdout: 0.5 }],
  ])('%j', async (text, expected) => {
    expect(await enroll(text)).toEqual(expected)
  })
})

describe('ids', () => {
  const ids = async (text: string) =>
    Object.keys((await programOf(`${head}steps:\n${text}`, { 'thanks.mjml': mail() })).steps)

  test('come from verb and name, and stay apart in the order of the text', async () => {
    expect(
      await ids(
        '  - send: thanks\n  - wait: 1 day\n  - send: thanks\n  - wait: 1 day\n  - await: cart.left-behind\n    for: 1 day\n  - send: thanks\n  - stop: done\n',
      ),
    ).toEqual(['thanks', 'wait-1', 'thanks-2', 'wait-2', 'await-cart-left-behind', 'thanks-3', 'stop-done'])
  })

  test('make way for the ids that an author gave, wherever these stand', async () => {
    expect(
      await ids(
        '  - wait: 1 day\n  - wait: 2 days\n    id: wait-1\n  - send: thanks\n  - stop: done\n    id: thanks\n',
      ),
    ).toEqual(['wait-2', 'wait-1', 'thanks-2', 'thanks'])
  })
})

test('arms that are empty or left out go on behind the branch', async () => {
  const { steps } = await programOf(`${head}steps:
  - if: customer.a
    then:
      - if: customer.b
        else: [{ wait: 1 day }]
  - await: purchase
    for: 1 day
`)
  expect(steps['if-1']).toMatchObject({ ...arms('if-2', 'await-purchase'), next: 'await-purchase' })
  expect(steps['if-2']).toMatchObject({ ...arms('await-purchase', 'wait-1'), next: 'await-purchase' })
  expect(steps['wait-1']).toMatchObject({ next: 'await-purchase' })
  expect(steps['await-purchase']).toMatchObject({ ...arms(null, null), next: null })
})

test('nesting and length have their bounds', async () => {
  const nested = (depth: number): object[] => [
    { if: 'customer.a', ...(depth > 1 ? { else: nested(depth - 1) } : { else: [{ stop: 'x' }] }) },
  ]
  const definition = (steps: object[]) =>
    JSON.stringify({ workflow: 'care', topic: 'service', trigger: { event: 'x' }, steps })
  expect((await compile(definition(nested(11)))).issues).toEqual([])
  expect((await compile(definition(nested(12)))).issues.map(({ message }) => message)).toEqual([
    'Steps nest at most 12 deep',
  ])
  const many = (count: number) => Array.from({ length: count }, () => ({ set: { a: 1 } }))
  expect((await compile(definition(many(300)))).issues).toEqual([])
  expect((await compile(definition(many(301)))).issues.map(({ message }) => message)).toEqual([
    'A workflow has at most 300 steps',
  ])
})

test('a program listens to what its awaits, its goal and its exits name, once each', async () => {
  const { listensTo } = await programOf(`${head}goal: { event: renewal, within: 1 year }
exit: [{ event: ticket.opened }, { event: renewal }]
steps:
  - await: review.written
    for: 1 week
    else:
      - await: ticket.opened
        for: 1 week
`)
  expect(listensTo).toEqual(['review.written', 'ticket.opened', 'renewal'])
})
