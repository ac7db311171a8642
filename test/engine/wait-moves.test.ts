/** Wherever a customer moves while a journey waits, it goes on at the promised time of the place where they are, once. */
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import type { Enrollment, Input } from '../../engine/journey.ts'
import type { WaitStep, Weekday } from '../../engine/program.ts'
import { addDuration, nextLocalTime } from '../../engine/time.ts'
import { law } from './law.ts'
import { contextAt, customer, entered, frozenAdvance, local, program, send } from './world.ts'

vi.setConfig({ testTimeout: 60_000 })

const HOUR = 3_600_000
// None of them changes its clocks in these weeks, at 10:00 at least: what a gap or a fold does is told elsewhere.
const zone = fc.constantFrom(
  'Europe/Rome',
  'Asia/Tokyo',
  'Asia/Kolkata',
  'America/Los_Angeles',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
)
const rule = fc.record(
  {
    duration: fc.constantFrom('P1D', 'P3D', 'P1W', 'PT30H', 'P1M'),
    at: fc.constantFrom('00:00', '10:00', '23:30'),
    on: fc.constantFrom<Weekday[]>(['mon'], ['sat', 'sun'], ['mon', 'tue', 'wed', 'thu', 'fri']),
  },
  { requiredKeys: [] },
)
interface Move {
  afterMs: number
  zone: string
  /** Whether it is heard of when it happens, or only when the timer comes. */
  told: boolean
}
const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.record({ afterMs: fc.nat(96 * HOUR), zone, told: fc.boolean() }),
  { maxLength: 6 },
)

/** Plays the moves, with a timer that is as late as the queue: when the step behind the wait came up, and where. */
function play(step: Partial<WaitStep>, home: string, all: Move[], lateMs: number) {
  const start = local('2026-02-03T08:17')
  const of = program([{ id: 'w', next: 'm', verb: 'wait', ...step }, send('m', null)])
  let [now, here] = [start, home]
  const sent: { at: number; zone: string }[] = []
  let journey: Enrollment = entered(of, contextAt(start, { customer: customer({ timezone: here }) }))
  const tell = (input: Input) => {
    const after = frozenAdvance(
      of,
      journey,
      input,
      contextAt(now, { customer: customer({ timezone: here }) }),
    )
    journey = after.enrollment
    if (after.commands[0]?.kind === 'send') sent.push({ at: now, zone: here })
  }
  tell({ kind: 'entered' })
  // When it is due where they are, from the last moment at which that was heard of.
  let due = expectedFrom(step, start, here, start)
  const wake = (until: number) => {
    for (let tries = 0; journey.phase === 'waiting' && tries < 20; tries++) {
      const at = Math.max(now, journey.dueAt ?? 0) + lateMs
      if (at > until) return
      now = at
      tell({ kind: 'woken' })
    }
  }
  let heard = here
  for (const move of all) {
    if (journey.phase !== 'waiting') break
    const at = now + move.afterMs
    wake(at)
    if (journey.phase !== 'waiting') break
    ;[now, here] = [at, move.zone]
    if (!move.told || here === heard) continue
    heard = here
    due = expectedFrom(step, start, here, now)
    tell({ kind: 'profile' })
  }
  wake(Number.POSITIVE_INFINITY)
  // What is told after it is sent twice by nothing.
  tell({ kind: 'profile' })
  tell({ kind: 'woken' })
  return { sent, due }
}

function expectedFrom(
  { duration, at, on }: Partial<WaitStep>,
  start: number,
  zone: string,
  now: number,
): number {
  const reached = duration === undefined ? start : addDuration(start, duration, zone)
  const due = at === undefined && on === undefined ? reached : nextLocalTime(reached, zone, { at, on })
  return due > now ? due : nextLocalTime(now, zone, { at, on })
}

const clock = (at: number, timeZone: string): { [part: string]: string } =>
  Object.fromEntries(
    new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', weekday: 'short' })
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )

it('goes on once, by the clock of the place where the customer is', () => {
  law(
    fc.property(rule, zone, moves, fc.constantFrom(0, 0, 4000), (step, home, all, lateMs) => {
      const { sent } = play(step, home, all, lateMs)
      expect(sent).toHaveLength(1)
      const [{ at, zone: there } = { at: 0, zone: 'UTC' }] = sent
      const shown = clock(at, there)
      if (step.at !== undefined) expect(`${shown.hour}:${shown.minute}`).toBe(step.at)
      if (step.on !== undefined) expect(step.on).toContain(shown.weekday?.toLowerCase())
    }),
    400,
  )
})

it('is the promised moment, counted from where the wait began, or the first after it was known', () => {
  law(
    fc.property(rule, zone, moves, (step, home, all) => {
      const told = all.map((move) => ({ ...move, told: true }))
      const { sent, due } = play(step, home, told, 0)
      expect(sent.map(({ at }) => at)).toEqual([due])
    }),
    400,
  )
})
