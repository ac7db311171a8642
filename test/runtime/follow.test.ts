/** A journey on the running system follows what it is about, whatever is redelivered and whatever crashes in between. */
import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, test } from 'vitest'
import type { CareEvent, JsonObject } from '../../engine/model.ts'
import type { Step } from '../../engine/program.ts'
import { instantOf, localDate } from '../../engine/time.ts'
import { loadCustomer } from '../../runtime/customers.ts'
import { handle } from '../../runtime/handle.ts'
import { why } from '../../runtime/why.ts'
import { work } from '../../runtime/work.ts'
import { Crash, crashAt, Deployment, programOf, send } from './deployment.ts'

const anna = { email: 'anna@example.it', timezone: 'Europe/Rome' }
const HOUR = 3_600_000

const remind: Step = {
  verb: 'wait',
  id: 'wait-1',
  next: 'tomorrow',
  until: { value: 'event.startsAt' },
  offset: '-P1D',
  at: '18:00',
  past: 'skip',
  beyond: null,
}
const about = 'event.appointmentId == enrollment.key'
const reminding = programOf([remind, send('tomorrow', null)], {
  trigger: { kind: 'event', event: 'appointment.booked' },
  enroll: {
    per: 'event.appointmentId',
    again: 'never',
    follow: [{ event: 'appointment.moved', when: about }],
  },
  exit: [{ event: 'appointment.cancelled', when: about }],
  listensTo: ['appointment.moved', 'appointment.cancelled'],
})

const start = Date.parse('2026-05-01T08:00:00Z')

/** A deployment that notes when each reminder went out, and for which appointment. */
class Noting extends Deployment {
  readonly sent: string[] = []

  constructor() {
    super({ at: '2026-05-01T08:00:00Z', config: { soleOwner: true } })
    const { sender, clock } = this.world
    const answer = sender.answer
    sender.answer = (mail) => {
      this.sent.push(`${mail.tags.key} ${new Date(clock.now()).toISOString().slice(0, 16)}`)
      return answer(mail)
    }
  }
}

async function reminders(deployment: Noting) {
  await deployment.live()
  return deployment.sent
}

async function booked(...appointments: [id: string, startsAt: string][]) {
  const deployment = new Noting()
  await deployment.publish(reminding)
  for (const [appointmentId, startsAt] of appointments)
    await deployment.post(
      { id: `booked-${appointmentId}`, type: 'appointment.booked', data: { appointmentId, startsAt } },
      anna,
    )
  await deployment.deliver()
  return deployment
}

function moved(hours: number, startsAt: string, more: JsonObject = {}): Partial<CareEvent> {
  const data = { appointmentId: 'P-1', startsAt, ...more }
  return { id: `moved-${hours}`, type: 'appointment.moved', at: start + hours * HOUR, data }
}

describe('an appointment', () => {
  test('that is moved is reminded of on the evening before its new day', async () => {
    const deployment = await booked(['P-1', '2026-05-10T15:00'])
    await deployment.post(moved(1, '2026-05-20T15:00'))
    await deployment.deliver()
    expect([...deployment.world.timers.armed.values()].map(({ at }) => at)).toContain(
      Date.parse('2026-05-19T16:00Z'),
    )
    expect(await reminders(deployment)).toEqual(['P-1 2026-05-19T16:00'])
  })

  test('that is moved does not move another one', async () => {
    const deployment = await booked(['P-1', '2026-05-10T15:00'], ['P-2', '2026-05-10T17:00'])
    await deployment.post(moved(1, '2026-05-20T15:00'))
    expect(await reminders(deployment)).toEqual(['P-2 2026-05-09T16:00', 'P-1 2026-05-19T16:00'])
  })

  test('that is moved to a day gone by is not reminded of', async () => {
    const deployment = await booked(['P-1', '2026-05-10T15:00'])
    await deployment.post(moved(1, '2026-04-20T15:00'))
    expect(await reminders(deployment)).toEqual([])
  })

  test('has its newest time when the news of an older one comes late', async () => {
    const deployment = await booked(['P-1', '2026-05-10T15:00'])
    await deployment.post(moved(5, '2026-05-20T15:00'))
    await deployment.deliver()
    await deployment.post(moved(2, '2026-05-12T15:00'))
    await deployment.deliver()
    // Posted again by a shop that had no answer.
    await deployment.post(moved(2, '2026-05-12T15:00'))
    expect(await reminders(deployment)).toEqual(['P-1 2026-05-19T16:00'])
  })

  test('with much to say about it has its data in the rows of its events', async () => {
    const deployment = await booked(['P-1', '2026-05-10T15:00'])
    await deployment.post(moved(1, '2026-05-20T15:00', { notes: 'x'.repeat(3000) }))
    await deployment.post(moved(2, '2026-05-21T15:00', { room: 'r'.repeat(900) }))
    await deployment.deliver()
    // Another process has nothing of it at hand.
    deployment.start()
    await deployment.post(moved(3, '2026-05-22T15:00'))
    await deployment.deliver()
    const { journeys } = await loadCustomer(deployment.runtime, 'anna')
    expect(journeys[0]?.enrollment.followed).toMatchObject([
      { id: 'moved-1' },
      { id: 'moved-2' },
      { id: 'moved-3', data: { startsAt: '2026-05-22T15:00' } },
    ])
    const row = (await deployment.world.table.query('C#anna', { prefix: '#care' })).rows[0]
    expect(row?.body?.length).toBeLessThan(1000)
    expect(await reminders(deployment)).toEqual(['P-1 2026-05-21T16:00'])
  })

  test('that is moved a hundred times leaves a small row and one mail', async () => {
    const deployment = await booked(['P-1', '2026-05-10T15:00'])
    for (let n = 1; n <= 100; n++)
      await deployment.post(moved(n / 60, `2026-05-20T${String(8 + (n % 10)).padStart(2, '0')}:00`, { n }))
    await deployment.deliver()
    const row = (await deployment.world.table.query('C#anna', { prefix: '#care' })).rows[0]
    expect(row?.body?.length).toBeLessThan(1000)
    expect(await reminders(deployment)).toEqual(['P-1 2026-05-19T16:00'])
  })

  test('tells by its record what it followed', async () => {
    const deployment = await booked(['P-1', '2026-05-10T15:00'])
    await deployment.post(moved(1, '2026-05-20T15:00', { room: '4' }))
    await deployment.deliver()
    const told = await why(deployment.runtime, 'anna', { workflow: 'care' })
    expect('because' in told && told.because).toContainEqual({
      rule: 'follow',
      outcome: 'followed',
      values: { event: 'moved-1', fields: 'startsAt, room' },
      at: start,
      expression: about,
    })
  })
})

test('a reminder that the provider puts off is for the day to which the appointment has moved meanwhile', async () => {
  const deployment = await booked(['P-1', '2026-05-10T15:00'])
  const { sender } = deployment.world
  const { answer } = sender
  sender.answer = () => ({ status: 'retry', reason: 'busy' })
  await deployment.live(Date.parse('2026-05-09T16:00:00Z'))
  sender.answer = answer
  // Another process has only the row to go by.
  deployment.start()
  await deployment.post({ ...moved(200, '2026-05-20T15:00'), at: Date.parse('2026-05-09T16:00:30Z') })
  await deployment.deliver()
  const told = await why(deployment.runtime, 'anna', { workflow: 'care', step: 'tomorrow' })
  expect('answer' in told && told.answer).toMatch(/put off, then its date moved/)
  expect(await reminders(deployment)).toEqual(['P-1 2026-05-19T16:00'])
})

test.each(['before', 'after'] as const)('a crash %s any call of a move loses nothing', async (when) => {
  for (const [startsAt, expected] of [
    ['2026-05-20T15:00', ['P-1 2026-05-19T16:00']],
    ['2026-05-02T15:00', ['P-1 2026-05-01T16:00']],
    ['2026-04-20T15:00', []],
  ] as const) {
    let points = 0
    for (let n = 1; n < 100; n++) {
      const deployment = await booked(['P-1', '2026-05-10T15:00'])
      await deployment.post(moved(1, startsAt, { notes: 'x'.repeat(800) }))
      deployment.start(crashAt(n, when))
      let crashed = false
      await deployment.deliver((error) => {
        if (!(error instanceof Crash)) throw error
        crashed = true
        deployment.start()
      })
      if (!crashed) break
      points++
      expect(await reminders(deployment), `crash ${when} call ${n}, to ${startsAt}`).toEqual(expected)
    }
    expect(points).toBeGreaterThan(3)
  }
})

/** What happened and when, when word of it came, and when the same word came once more. */
interface Word {
  hour: number
  late: number
  again: number | null
  /** The new day of May and its hour; null: it is cancelled. */
  to: { day: number; hour: number } | null
}

const startsAt = ({ day, hour }: { day: number; hour: number }) =>
  `2026-05-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:30`
const evening = (to: { day: number; hour: number }) =>
  instantOf(
    Temporal.PlainDateTime.from(startsAt(to)).subtract({ days: 1 }).with({ hour: 18, minute: 0 }),
    anna.timezone,
  )

/** What a careful person with a calendar would do who hears the words in this order. */
function promised(words: { comesAt: number; word: Word }[]): string[] {
  let known: { saidAt: number; to: { day: number; hour: number } } | undefined = {
    saidAt: 0,
    to: { day: 10, hour: 15 },
  }
  const sent: number[] = []
  for (const { comesAt, word } of words) {
    if (known && evening(known.to) <= comesAt) {
      sent.push(evening(known.to))
      known = undefined
    }
    if (!known) break
    if (word.to === null) known = undefined
    else if (word.hour > known.saidAt) {
      known = { saidAt: word.hour, to: word.to }
      const dueAt = evening(word.to)
      if (dueAt > comesAt) continue
      if (localDate(dueAt, anna.timezone) === localDate(comesAt, anna.timezone)) sent.push(comesAt)
      known = undefined
    }
  }
  if (known) sent.push(evening(known.to))
  return sent.map((at) => `P-1 ${new Date(at).toISOString().slice(0, 16)}`)
}

const to = fc.record({ day: fc.integer({ min: 1, max: 25 }), hour: fc.integer({ min: 0, max: 23 }) })
const words: fc.Arbitrary<Word[]> = fc.uniqueArray(
  fc.record({
    hour: fc.integer({ min: 1, max: 400 }),
    late: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 60 })),
    again: fc.option(fc.integer({ min: 0, max: 100 })),
    to: fc.oneof({ weight: 8, arbitrary: to }, fc.constant(null)),
  }),
  { selector: ({ hour }) => hour, maxLength: 8 },
)

test('however it is moved and cancelled, it is reminded of once, on the evening before, or not at all', async () => {
  const seen = new Set<number>()
  await fc.assert(
    fc.asyncProperty(words, async (all) => {
      const deployment = await booked(['P-1', startsAt({ day: 10, hour: 15 })])
      const coming: { comesAt: number; word: Word; body: string }[] = []
      for (const word of all) {
        const { hour, late, again } = word
        const type = word.to === null ? 'appointment.cancelled' : 'appointment.moved'
        const data = { appointmentId: 'P-1', ...(word.to && { startsAt: startsAt(word.to) }) }
        await deployment.post({ id: `at-${hour}`, type, at: start + hour * HOUR, data })
        const body = deployment.world.queue.take()?.body ?? ''
        const comesAt = start + (hour + late) * HOUR
        coming.push({ comesAt, word, body })
        // The queue hands over once more what it has handed over.
        if (again !== null) coming.push({ comesAt: comesAt + again * HOUR, word, body })
      }
      coming.sort((one, other) => one.comesAt - other.comesAt)
      for (const { comesAt, body } of coming) {
        await deployment.live(comesAt)
        await handle(deployment.runtime, work.parse(JSON.parse(body)))
      }
      const sent = await reminders(deployment)
      seen.add(sent.length)
      expect(sent).toEqual(promised(coming))
    }),
    { seed: 20260326, numRuns: 150 },
  )
  expect([...seen].sort()).toEqual([0, 1])
})
