/** What was put off is checked against what the journey is about as it is when it goes out. */
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { asItIsNow } from '../../engine/follow.ts'
import { placedIn } from '../../engine/in-flight.ts'
import type { Advance, Context, Enrollment, Input } from '../../engine/journey.ts'
import type { CareEvent, Instant, JsonObject, Settings } from '../../engine/model.ts'
import type { Program, Step } from '../../engine/program.ts'
import { localDate, localDateTime } from '../../engine/time.ts'
import { law } from './law.ts'
import {
  branch,
  contextAt,
  entered,
  event,
  frozenAdvance,
  local,
  program,
  ROME,
  send,
  settings,
} from './world.ts'

vi.setConfig({ testTimeout: 60_000 })

const start = local('2026-05-01T10:00')
const HOUR = 3_600_000

/** Quiet from the afternoon on, so that a reminder of six o'clock rests over the night. */
const quiet: Settings = {
  ...settings,
  topics: {
    ...settings.topics,
    service: { title: {}, basis: 'service', quietHours: { from: '17:00', to: '08:00' } },
  },
}

const wait = (more: object = {}): Step => ({
  verb: 'wait',
  id: 'wait-1',
  next: 'tomorrow',
  beyond: 'later',
  until: { value: 'event.startsAt' },
  offset: '-P1D',
  at: '18:00',
  past: 'skip',
  ...more,
})
const about = {
  trigger: { kind: 'event' as const, event: 'appointment.booked' },
  enroll: {
    per: 'event.appointmentId',
    again: 'never' as const,
    follow: [{ event: 'appointment.moved', when: 'event.appointmentId == enrollment.key' }],
  },
  listensTo: ['appointment.moved'],
}
const reminding = program([wait(), send('tomorrow', 'later'), send('later', null)], about)
const online = program(
  [
    wait({ next: 'if-1' }),
    branch('if-1', 'event.place == "shop"', 'tomorrow', 'link', 'later'),
    send('tomorrow', 'later'),
    send('link', 'later'),
    send('later', null),
  ],
  about,
)

/** One journey in its small world: what it is shown, and what goes out when. */
class Story {
  journey: Enrollment
  readonly sent: { template: string; at: Instant; data: JsonObject }[] = []
  now = start
  readonly #program: Program
  readonly #events = new Map<string, CareEvent>()
  readonly #settings: Settings
  readonly #entry: CareEvent
  /** What the provider says, from the first send on; then it takes everything. */
  answers: ('busy' | 'unknown')[] = []
  paused = false

  constructor(of: Program, startsAt: string, within: Settings = quiet) {
    this.#program = of
    this.#settings = within
    const data = { appointmentId: 'P-1', place: 'shop', startsAt }
    this.#entry = event('appointment.booked', start, data, 'booked')
    this.journey = entered(of, this.#context)
    this.#take({ kind: 'entered' })
  }

  get data(): JsonObject {
    return this.#context.event.data
  }

  get #context(): Context {
    const events = (this.journey?.followed ?? []).flatMap(({ id }) => this.#events.get(id) ?? [])
    const followed = { entry: this.#entry, events }
    const { now, paused } = this
    return contextAt(now, { event: asItIsNow(followed), followed, settings: this.#settings, paused })
  }

  /** Time passes, and the journey is woken whenever it is due. */
  until(text: string | Instant): this {
    const end = typeof text === 'number' ? text : local(text)
    for (let wakes = 0; wakes < 50; wakes++) {
      const { phase, dueAt } = this.journey
      if (phase === 'ended' || dueAt === undefined || dueAt > end || this.paused) break
      this.now = Math.max(this.now, dueAt)
      this.#take({ kind: 'woken' })
    }
    this.now = end
    return this
  }

  moved(data: JsonObject): this {
    const id = `m${this.#events.size}`
    const moved = event('appointment.moved', this.now, { appointmentId: 'P-1', ...data }, id)
    this.#events.set(id, moved)
    this.#take({ kind: 'event', event: moved })
    return this
  }

  tell(input: Input): this {
    this.#take(input)
    return this
  }

  #take(input: Input): void {
    let result: Advance = frozenAdvance(this.#program, this.journey, input, this.#context)
    for (let effects = 0; effects < 20; effects++) {
      this.journey = result.enrollment
      const [command] = result.commands
      if (command?.kind !== 'send') return
      const answer = this.answers.shift()
      if (answer === undefined)
        this.sent.push({ template: command.template, at: this.now, data: this.#context.event.data })
      const outcome =
        answer === 'busy'
          ? ({ status: 'retry', reason: 'busy' } as const)
          : answer === 'unknown'
            ? ({ status: 'unknown', reason: 'reset' } as const)
            : ({ status: 'done' } as const)
      result = frozenAdvance(this.#program, this.journey, { kind: 'performed', outcome }, this.#context)
    }
  }

  get told(): string[] {
    return this.sent.map(
      ({ template, at }) => `${template} ${localDateTime(at, ROME).toString().slice(0, 16)}`,
    )
  }
}

describe('a reminder that rests over the night', () => {
  const overnight = (of: Program = reminding) => new Story(of, '2026-05-10T15:00').until('2026-05-09T22:00')

  test('goes out in the morning, when nothing has changed', () => {
    expect(overnight().until('2026-05-30T00:00').told).toEqual([
      'tomorrow 2026-05-10T08:00',
      'later 2026-05-10T08:00',
    ])
  })

  test('waits again for an appointment that has moved by a week, at once, and goes out then', () => {
    const story = overnight().moved({ startsAt: '2026-05-17T15:00' })
    expect(story.journey).toMatchObject({
      phase: 'waiting',
      step: 'wait-1',
      dueAt: local('2026-05-16T18:00'),
    })
    expect(story.journey.log.slice(-2)).toMatchObject([
      { rule: 'put-off', outcome: 'date-moved', step: 'tomorrow' },
      { rule: 'wait', outcome: 'moved' },
    ])
    expect(story.until('2026-05-30T00:00').told).toEqual([
      'tomorrow 2026-05-17T08:00',
      'later 2026-05-17T08:00',
    ])
  })

  test('goes out with what is new where the date stays, and says the new hour of the same day', () => {
    const story = overnight().moved({ room: 2 }).moved({ startsAt: '2026-05-10T12:00' })
    story.until('2026-05-30T00:00')
    expect(story.told[0]).toBe('tomorrow 2026-05-10T08:00')
    expect(story.sent[0]?.data).toMatchObject({ room: 2, startsAt: '2026-05-10T12:00' })
  })

  test.each([['2026-05-08T15:00'], ['soon'], [null]])(
    'has nothing to remind of when the date is %s',
    (startsAt) => {
      expect(overnight().moved({ startsAt }).until('2026-05-30T00:00').told).toEqual([
        'later 2026-05-10T08:00',
      ])
    },
  )

  test('is not for afterwards, however long it was put off', () => {
    const story = new Story(reminding, '2026-05-10T15:00', settings)
    story.answers = Array.from({ length: 7 }, () => 'busy' as const)
    story.until('2026-05-10T01:00')
    story.answers = []
    story.journey = { ...story.journey, dueAt: local('2026-05-11T01:00') }
    expect(story.until('2026-05-30T00:00').told).toEqual(['later 2026-05-11T01:00'])
  })

  test('takes the other way where a condition before it decides otherwise now', () => {
    const story = overnight(online).moved({ place: 'online' })
    expect(story.until('2026-05-30T00:00').told).toEqual(['link 2026-05-10T08:00', 'later 2026-05-10T08:00'])
  })

  test('asks nothing again where nothing was followed', () => {
    const story = overnight(online)
    const asked = () => story.journey.log.filter(({ rule }) => rule === 'if').length
    expect(asked()).toBe(1)
    story.until('2026-05-10T09:00')
    expect([asked(), story.told[0]]).toEqual([1, 'tomorrow 2026-05-10T08:00'])
  })
})

describe('whatever put it off', () => {
  const next = { startsAt: '2026-05-17T15:00' }
  const due = () => new Story(reminding, '2026-05-10T15:00', settings)

  test('a provider that is busy: the retry waits for the new day, and counts its tries on', () => {
    const story = due()
    story.answers = ['busy']
    story.until('2026-05-09T18:00').moved(next)
    expect(story.journey).toMatchObject({ step: 'wait-1', attempts: 1 })
    expect(story.until('2026-05-30T00:00').told[0]).toBe('tomorrow 2026-05-16T18:00')
    expect(story.journey.attempts).toBeUndefined()
  })

  test('a pause: it stands until it is resumed, and waits then', () => {
    const story = due().until('2026-05-09T17:00')
    story.paused = true
    story.now = local('2026-05-09T18:00')
    const held = { ...story.journey, phase: 'waiting' as const, step: 'tomorrow', dueAt: story.now }
    story.journey = { ...held, since: { step: 'wait-1', at: story.now } }
    story.moved(next)
    expect(story.journey).toMatchObject({ step: 'tomorrow' })
    story.paused = false
    story.tell({ kind: 'woken' })
    expect(story.journey).toMatchObject({ step: 'wait-1', dueAt: local('2026-05-16T18:00') })
    expect(story.sent).toEqual([])
  })

  test.each(['resend', 'drop'] as const)('a doubt that ends in %s', (status) => {
    const story = due()
    story.answers = ['unknown']
    story.until('2026-05-09T18:00').moved(next)
    expect(story.journey).toMatchObject({ phase: 'in-doubt', step: 'tomorrow' })
    story.tell({ kind: 'performed', outcome: { status } })
    if (status === 'drop') expect(story.told).toEqual(['later 2026-05-09T18:00'])
    else {
      expect(story.journey).toMatchObject({ phase: 'waiting', step: 'wait-1', attempts: 1 })
      expect(story.until('2026-05-30T00:00').told[0]).toBe('tomorrow 2026-05-16T18:00')
    }
  })
})

test('what has gone out stays out: a date before it that moves is no reason to go back', () => {
  const twice = program(
    [wait({ next: 'first' }), send('first', 'tomorrow', { topic: 'loud' }), send('tomorrow', null)],
    about,
  )
  const topics = { ...quiet.topics, loud: { title: {}, basis: 'service' as const, quietHours: null } }
  const story = new Story(twice, '2026-05-10T15:00', { ...quiet, topics }).until('2026-05-09T22:00')
  expect(story.told).toEqual(['first 2026-05-09T18:00'])
  story.moved({ startsAt: '2026-05-17T15:00' }).until('2026-05-30T00:00')
  expect(story.told).toEqual(['first 2026-05-09T18:00', 'tomorrow 2026-05-10T08:00'])
})

test('a new version in which something lies between that was done keeps what was put off from going back', () => {
  const first = [
    wait({ next: 'first' }),
    send('first', 'tomorrow'),
    send('tomorrow', 'later'),
    send('later', null),
  ]
  const story = new Story(reminding, '2026-05-10T15:00').until('2026-05-09T22:00')
  const done = { at: start, rule: 'send', outcome: 'sent', step: 'first' }
  const put = (enrollment: Enrollment, to: Program) =>
    placedIn(
      { enrollment, arriving: false },
      reminding,
      to,
      { to: 2, kind: 'move', at: story.now },
      contextAt(story.now),
    )?.enrollment.since
  const { journey } = story
  expect(put(journey, reminding)).toEqual(journey.since)
  expect(put(journey, program(first, about))).toEqual(journey.since)
  expect(put({ ...journey, log: [done, ...journey.log] }, program(first, about))).toBeUndefined()
  expect(put(journey, program([send('tomorrow', null)], about))).toBeUndefined()
})

test('a reminder goes out at most once, and only for an appointment that is about to come when it does', () => {
  const day = fc.integer({ min: 2, max: 25 }).map((n) => `2026-05-${String(n).padStart(2, '0')}T15:00`)
  const change = fc.record({
    after: fc.integer({ min: 0, max: 72 }),
    to: fc.oneof({ weight: 4, arbitrary: day }, { weight: 1, arbitrary: fc.constant(null) }),
    answers: fc.array(fc.constantFrom('busy' as const, 'unknown' as const), { maxLength: 2 }),
  })
  const hours = fc.constantFrom<Settings>(quiet, settings, {
    ...settings,
    topics: {
      service: { title: {}, basis: 'service', quietHours: { from: '12:00', to: '20:00' } },
    },
  })
  const resending = { ...reminding, steps: { ...reminding.steps } }
  resending.steps.tomorrow = send('tomorrow', 'later', { inDoubt: 'resend' })
  law(
    fc.property(day, fc.array(change, { maxLength: 6 }), hours, (first, changes, within) => {
      const story = new Story(resending, first, within)
      for (const { after, to, answers } of changes) {
        story.answers.push(...answers)
        story.until(story.now + after * HOUR).moved({ startsAt: to })
      }
      story.until('2026-07-01T00:00')
      const reminders = story.sent.filter(({ template }) => template === 'tomorrow')
      expect(reminders.length).toBeLessThanOrEqual(1)
      for (const { at, data } of reminders) {
        const { startsAt } = data
        expect(typeof startsAt).toBe('string')
        const eve = localDateTime(local(String(startsAt)), ROME)
          .subtract({ days: 1 })
          .toPlainDate()
          .toString()
        expect([eve, String(startsAt).slice(0, 10)]).toContain(localDate(at, ROME))
        expect(at).toBeGreaterThanOrEqual(local(`${eve}T18:00`))
      }
      expect(story.journey.phase).toBe('ended')
    }),
    150,
  )
})
