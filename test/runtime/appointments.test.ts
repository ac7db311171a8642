/** Dates with a time of their own on the running system, and people who move while a date comes up. */
import { describe, expect, test } from 'vitest'
import type { DateTrigger } from '../../engine/program.ts'
import { changeProfile } from '../../runtime/customers.ts'
import { Deployment, programOf, send } from './deployment.ts'

const HOUR = 3_600_000
const QUARTER = HOUR / 4

const dates = (changes: Partial<DateTrigger>) =>
  programOf([send('reminder', null)], {
    enroll: { per: 'event.occurrence', again: 'always' },
    trigger: { kind: 'date', attribute: 'visit', every: 'once', leapDay: 'feb-28', past: 'skip', ...changes },
  })

const reminder = (changes: Partial<DateTrigger> = {}) => dates({ offset: '-PT2H', ...changes })

type Change = [at: string, fields: { [name: string]: string | null }]

/** Ticks every quarter of an hour but in `outage`, changes the profile of one customer meanwhile, and says when mails left. */
async function story(
  program: ReturnType<typeof dates>,
  changes: Change[],
  { from, until, outage }: { from: string; until: string; outage?: [string, string] },
) {
  const deployment = new Deployment({ at: from })
  const { clock, sender } = deployment.world
  await deployment.publish(program)
  await deployment.ticker.tick()
  const left: string[] = []
  const open = [...changes]
  for (; clock.now() <= Date.parse(until); clock.advance(QUARTER)) {
    for (let next = open[0]; next && Date.parse(next[0]) <= clock.now(); next = open[0]) {
      open.shift()
      const [, fields] = next
      await changeProfile(deployment.runtime, 'anna', (before) => {
        const given = Object.entries({ email: 'a@example.com', ...before, ...fields })
        return { ...Object.fromEntries(given.filter(([, value]) => value !== null)), id: 'anna' }
      })
    }
    const out = outage && clock.now() > Date.parse(outage[0]) && clock.now() < Date.parse(outage[1])
    if (!out) await deployment.ticker.tick()
    const before = sender.mails.length
    await deployment.deliver()
    for (const _ of sender.mails.slice(before)) left.push(new Date(clock.now()).toISOString().slice(0, 16))
  }
  return left
}

const may = { from: '2026-05-02T00:00:00Z', until: '2026-05-08T18:00:00Z' }

describe('an appointment with its hour', () => {
  test.each([
    ['an instant', '2026-05-04T09:30:00Z', 'Europe/Rome', '2026-05-04T07:30'],
    ['an instant with another offset', '2026-05-04T11:30:00+02:00', 'Asia/Tokyo', '2026-05-04T07:30'],
    ['a local time', '2026-05-04T09:30', 'Europe/Rome', '2026-05-04T05:30'],
    ['a local time far away', '2026-05-04T09:30', 'Pacific/Auckland', '2026-05-03T19:30'],
    ['a mere day, which counts from nine', '2026-05-04', 'Europe/Rome', '2026-05-04T05:00'],
    ['an instant of somebody without a zone', '2026-05-04T09:30:00Z', null, '2026-05-04T07:30'],
    ['a local time of somebody without a zone', '2026-05-04T09:30', null, '2026-05-04T07:30'],
  ])('two hours before %s', async (_, visit, timezone, left) => {
    expect(await story(reminder(), [[may.from, { visit, timezone }]], may)).toEqual([left])
  })

  test('a day before is the same time of the day before, also over a clock change', async () => {
    const march = { from: '2026-03-28T00:00:00Z', until: '2026-03-30T00:00:00Z' }
    const visit = { visit: '2026-03-29T08:00:00Z', timezone: 'Europe/Rome' }
    expect(await story(reminder({ offset: '-P1D' }), [[march.from, visit]], march)).toEqual([
      '2026-03-28T09:00',
    ])
    expect(await story(reminder({ offset: '-PT24H' }), [[march.from, visit]], march)).toEqual([
      '2026-03-28T08:00',
    ])
  })

  test('that is moved five times is reminded of once, at the hour that it has in the end', async () => {
    const timezone = 'Europe/Rome'
    const moves: Change[] = [
      [may.from, { timezone, visit: '2026-05-04T09:30:00Z' }],
      ['2026-05-02T10:00:00Z', { visit: '2026-05-06T09:30:00Z' }],
      ['2026-05-03T10:00:00Z', { visit: '2026-05-04T18:00:00Z' }],
      ['2026-05-04T07:00:00Z', { visit: '2026-05-05T08:00:00Z' }],
      ['2026-05-05T05:45:00Z', { visit: '2026-05-05T12:00:00Z' }],
      ['2026-05-05T09:00:00Z', { visit: '2026-05-08T15:15:00Z' }],
    ]
    expect(await story(reminder(), moves, may)).toEqual(['2026-05-08T13:15'])
  })

  test('that is moved after the reminder is reminded of again; one that is moved back is not', async () => {
    const moves: Change[] = [
      [may.from, { visit: '2026-05-04T09:00:00Z' }],
      ['2026-05-04T08:00:00Z', { visit: '2026-05-04T15:00:00Z' }],
      ['2026-05-04T14:00:00Z', { visit: '2026-05-04T09:00:00Z' }],
      ['2026-05-04T14:05:00Z', { visit: '2026-05-04T15:00:00Z' }],
    ]
    expect(await story(reminder(), moves, may)).toEqual(['2026-05-04T07:00', '2026-05-04T13:00'])
  })

  test('that is called off, or made when its reminder would have gone, is not reminded of', async () => {
    const off: Change[] = [
      [may.from, { visit: '2026-05-04T09:00:00Z' }],
      ['2026-05-04T06:50:00Z', { visit: null }],
    ]
    expect(await story(reminder(), off, may)).toEqual([])
    const late: Change[] = [['2026-05-04T08:00:00Z', { visit: '2026-05-04T09:00:00Z' }]]
    expect(await story(reminder(), late, may)).toEqual([])
  })

  test.each([
    ['skip', '2026-05-04T08:30:00Z', ['2026-05-04T08:30']],
    ['skip', '2026-05-04T09:30:00Z', []],
    ['now', '2026-05-04T09:30:00Z', ['2026-05-04T09:30']],
    ['skip', '2026-05-07T09:30:00Z', []],
    ['now', '2026-05-07T09:30:00Z', ['2026-05-07T09:30']],
  ] as const)('over an outage with past: %s until %s', async (past, end, left) => {
    const known: Change[] = [[may.from, { visit: '2026-05-04T09:00:00Z' }]]
    const outage: [string, string] = ['2026-05-03T22:00:00Z', end]
    expect(await story(reminder({ past }), known, { ...may, outage })).toEqual(left)
  })

  test('costs a quiet quarter of an hour no row of the rest of the day', async () => {
    const deployment = new Deployment({ at: may.from })
    await deployment.publish(reminder())
    for (let hour = 10; hour < 20; hour++)
      await changeProfile(deployment.runtime, `c${hour}`, () => ({
        id: `c${hour}`,
        email: `c${hour}@example.com`,
        timezone: 'Europe/Rome',
        visit: `2026-05-04T${hour}:30:00Z`,
      }))
    const { table, clock } = deployment.world
    clock.set(Date.parse('2026-05-04T08:25:00Z'))
    await deployment.ticker.tick()
    clock.advance(QUARTER)
    const read: string[] = []
    const query = table.query.bind(table)
    table.query = async (pk, options) => {
      const page = await query(pk, options)
      if (pk.startsWith('D#')) read.push(...page.rows.map(({ sk }) => sk))
      return page
    }
    await deployment.ticker.tick()
    expect(read).toEqual(['Europe/Rome#12:30:00#c10'])
  })
})

describe('a birthday', () => {
  const birthday = (changes: Partial<DateTrigger> = {}) =>
    dates({ attribute: 'birthday', every: 'year', at: '09:00', ...changes })
  const march = { from: '2027-03-13T12:00:00Z', until: '2027-03-15T12:00:00Z' }
  const anna = { birthday: '1990-03-14', timezone: 'Europe/Rome' }

  test('that becomes known on the day itself is kept when nine is ahead, and next year when it is over', async () => {
    expect(await story(birthday(), [['2027-03-14T07:00:00Z', anna]], march)).toEqual(['2027-03-14T08:00'])
    expect(await story(birthday(), [['2027-03-14T08:15:00Z', anna]], march)).toEqual([])
  })

  test('that is only written otherwise has been known for as long as before', async () => {
    const again: Change[] = [
      [march.from, anna],
      ['2027-03-14T09:00:00Z', { birthday: '03-14' }],
    ]
    const outage: [string, string] = ['2027-03-14T05:00:00Z', '2027-03-14T10:00:00Z']
    expect(await story(birthday(), again, { ...march, outage })).toEqual(['2027-03-14T10:00'])
  })

  const place = (timezone: string): Change[1] => ({ timezone })
  test.each<[string, Change[], string[]]>([
    [
      'west before nine: at nine there',
      [['2027-03-14T07:00:00Z', place('America/New_York')]],
      ['2027-03-14T13:00'],
    ],
    [
      'west after nine: not again',
      [['2027-03-14T09:00:00Z', place('America/New_York')]],
      ['2027-03-14T08:00'],
    ],
    [
      'east, where nine is over: at once',
      [['2027-03-14T07:00:00Z', place('Asia/Tokyo')]],
      ['2027-03-14T07:00'],
    ],
    [
      'east, where nine is to come: at nine there',
      [['2027-03-13T20:00:00Z', place('Asia/Tokyo')]],
      ['2027-03-14T00:00'],
    ],
    [
      'to and fro',
      [
        ['2027-03-14T07:00:00Z', place('America/New_York')],
        ['2027-03-14T09:00:00Z', place('Europe/Rome')],
        ['2027-03-14T10:00:00Z', place('Asia/Tokyo')],
        ['2027-03-14T11:00:00Z', place('America/New_York')],
      ],
      ['2027-03-14T09:00'],
    ],
  ])('of somebody who moves %s', async (_, moves, left) => {
    expect(await story(birthday(), [[march.from, anna], ...moves], march)).toEqual(left)
  })

  test('of somebody who moves to where the day is over is for `past` to decide', async () => {
    const moves: Change[] = [
      [march.from, { birthday: '1990-03-14', timezone: 'Pacific/Honolulu' }],
      ['2027-03-14T18:00:00Z', place('Pacific/Auckland')],
    ]
    expect(await story(birthday(), moves, march)).toEqual([])
    expect(await story(birthday({ past: 'now' }), moves, march)).toEqual(['2027-03-14T18:00'])
  })

  test.each(['Asia/Tokyo', 'America/New_York'])(
    'of somebody who moves to %s while nothing ticks comes when it ticks again',
    async (timezone) => {
      const moves: Change[] = [
        [march.from, anna],
        ['2027-03-14T14:00:00Z', place(timezone)],
      ]
      const outage: [string, string] = ['2027-03-14T05:00:00Z', '2027-03-14T14:45:00Z']
      expect(await story(birthday(), moves, { ...march, outage })).toHaveLength(1)
    },
  )

  test('with a zone that nobody knows comes at nine of the deployment', async () => {
    expect(await story(birthday(), [[march.from, { ...anna, timezone: 'Mars/Phobos' }]], march)).toEqual([
      '2027-03-14T09:00',
    ])
  })
})
