/** What holds for every program and every history. */
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { Enrollment, Input, Performed } from '../../engine/journey.ts'
import type { CareEvent } from '../../engine/model.ts'
import type { Program } from '../../engine/program.ts'
import { law } from './law.ts'
import { anyProgram } from './program-tree.ts'
import { contextAt, customer, entered, event, frozenAdvance, local } from './world.ts'

// Many cases; the machine may be busy with other things.
vi.setConfig({ testTimeout: 60_000 })

const start = local('2026-03-26T16:00')
const HOUR = 3_600_000

/** What may happen next, before it is known where the journey stands. */
type Happening =
  | { kind: 'outcome'; outcome: Performed }
  | { kind: 'woken'; earlyMs: number }
  | { kind: 'event'; type: string; total: number }
  | { kind: 'pause' }
  | { kind: 'profile'; renewal: string | null }

const outcome: fc.Arbitrary<Performed> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Performed>({ status: 'done', code: 'C-1' }) },
  fc.constant<Performed>({ status: 'refused', reason: 'no' }),
  fc.constant<Performed>({ status: 'done', answer: { status: 200, body: { points: 3 } } }),
  fc.constant<Performed>({ status: 'refused', reason: 'HTTP 404', answer: { status: 404 } }),
  fc.constant<Performed>({ status: 'retry', reason: 'later' }),
  fc.constant<Performed>({ status: 'retry', reason: 'quota', hold: true, afterMs: 60_000 }),
  fc.constant<Performed>({ status: 'unknown', reason: 'reset' }),
  fc.constant<Performed>({ status: 'resend' }),
  fc.constant<Performed>({ status: 'drop' }),
)
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('outcome' as const), outcome }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('woken' as const), earlyMs: fc.constantFrom(0, 0, 1, HOUR) }),
  },
  fc.record({
    kind: fc.constant('event' as const),
    type: fc.constantFrom('purchase', 'ticket.reopened', 'page.viewed'),
    total: fc.constantFrom(10, 80),
  }),
  fc.record({ kind: fc.constant('pause' as const) }),
  fc.record({
    kind: fc.constant('profile' as const),
    renewal: fc.constantFrom('2026-04-10', '2026-03-27T18:00', '2026-03-01', 'soon', null),
  }),
)

/** Plays a history against a program; `each` sees every step of it. */
function play(
  program: Program,
  history: Happening[],
  each: (
    before: Enrollment,
    input: Input,
    now: number,
    after: ReturnType<typeof frozenAdvance>,
    renewal: string | null,
  ) => void,
): Enrollment {
  let now = start
  let paused = false
  let renewal: string | null = '2026-04-02'
  let journey = entered(program, contextAt(start))
  const tell = (input: Input) => {
    const after = frozenAdvance(program, journey, input, at(now, paused, renewal))
    each(journey, input, now, after, renewal)
    journey = after.enrollment
  }
  tell({ kind: 'entered' })
  for (const [index, next] of history.entries()) {
    if (next.kind === 'pause') paused = !paused
    if (next.kind === 'profile') {
      renewal = next.renewal
      tell({ kind: 'profile' })
    }
    if (next.kind === 'outcome') tell({ kind: 'performed', outcome: next.outcome })
    if (next.kind === 'event') {
      now += HOUR
      tell({ kind: 'event', event: happened(next.type, now, next.total, index) })
    }
    if (next.kind === 'woken') {
      now = Math.max(now, (journey.dueAt ?? now) - next.earlyMs)
      tell({ kind: 'woken' })
    }
  }
  return journey
}

const at = (now: number, paused = false, renewal: string | null = '2026-04-02') => ({
  ...contextAt(now, {
    customer: customer({
      tier: 'gold',
      visits: 1,
      birthday: '03-14',
      consent: { news: true },
      ...(renewal !== null && { renewal }),
    }),
    paused,
  }),
  event: contextAt(start).event,
})
const happened = (type: string, now: number, total: number, index: number): CareEvent =>
  event(type, now, { total, ticketId: 'T-1' }, `${type}-${index}`)
/** Messages that come when it is all over. */
const late: Input[] = [{ kind: 'entered' }, { kind: 'woken' }, { kind: 'cancelled', reason: 'x' }]
const history = fc.array(happening, { maxLength: 40 })

describe('advance', () => {
  it('is deterministic and changes nothing that it was given', () => {
    law(
      fc.property(anyProgram, history, (program, happenings) => {
        play(program, happenings, (before, input, now, after, renewal) => {
          // What goes in is frozen, so that writing to it throws.
          const paused = [true, false].map((held) =>
            frozenAdvance(program, before, input, at(now, held, renewal)),
          )
          expect(paused.map((each) => JSON.stringify(each))).toContain(JSON.stringify(after))
          expect(JSON.parse(JSON.stringify(after.enrollment))).toEqual(after.enrollment)
        })
      }),
    )
  })

  it('has at most one command, and its journey says the same', () => {
    law(
      fc.property(anyProgram, history, (program, happenings) => {
        play(program, happenings, (before, _, __, { enrollment, commands, decisions }) => {
          expect(commands.length).toBeLessThanOrEqual(1)
          const [command] = commands
          if (command?.kind === 'wait')
            expect(enrollment).toMatchObject({ dueAt: command.dueAt, step: command.step })
          else if (command?.kind === 'end')
            expect(enrollment).toMatchObject({ phase: 'ended', reason: command.reason })
          else if (command) expect(enrollment).toMatchObject({ phase: 'performing', claim: { command } })
          // An effect is handed out by exactly the commit that claims it.
          if (enrollment.phase === 'performing' && enrollment.claim !== before.claim)
            expect(command).toBeDefined()

          const { phase, claim, dueAt, step, endedAt } = enrollment
          expect(claim !== undefined).toBe(phase === 'performing' || phase === 'in-doubt')
          expect(step === null).toBe(phase === 'ended')
          expect(endedAt !== undefined).toBe(phase === 'ended')
          if (phase === 'waiting' || phase === 'awaiting') expect(dueAt).toBeDefined()
          if (phase === 'performing' || phase === 'ended') expect(dueAt).toBeUndefined()
          for (const decision of decisions) expect(enrollment.log).toContainEqual(decision)
        })
      }),
    )
  })

  it('takes an event shown twice as shown once, and a wake that came twice as one', () => {
    law(
      fc.property(anyProgram, history, (program, happenings) => {
        play(program, happenings, (_, input, now, { enrollment }, renewal) => {
          if (input.kind === 'profile') {
            const again = [true, false].map((held) =>
              frozenAdvance(program, enrollment, input, at(now, held, renewal)),
            )
            expect(again.map((each) => each.enrollment)).toContain(enrollment)
          }
          if (input.kind === 'event') {
            const again = frozenAdvance(program, enrollment, input, at(now, false, renewal))
            // The same event may only find a journey that it did not concern, or that has seen it.
            expect(again.enrollment).toBe(enrollment)
            expect(again.commands).toEqual([])
          }
          if (input.kind === 'woken' && enrollment.dueAt !== undefined && enrollment.dueAt > now) {
            const again = frozenAdvance(program, enrollment, input, at(now, false, renewal))
            expect(again.enrollment).toBe(enrollment)
            expect(again.commands).toEqual([{ kind: 'wait', step: enrollment.step, dueAt: enrollment.dueAt }])
          }
        })
      }),
    )
  })

  it('does nothing before the time', () => {
    law(
      fc.property(
        anyProgram,
        history,
        fc.integer({ min: 1, max: 90 * 24 * HOUR }),
        (program, happenings, early) => {
          const journey = play(program, happenings, () => {})
          if (journey.dueAt === undefined) return
          const woken = frozenAdvance(program, journey, { kind: 'woken' }, at(journey.dueAt - early))
          expect(woken).toEqual({
            enrollment: journey,
            commands: [{ kind: 'wait', step: journey.step, dueAt: journey.dueAt }],
            decisions: [],
          })
        },
      ),
    )
  })

  it('performs and wakes nothing while paused', () => {
    law(
      fc.property(anyProgram, history, (program, happenings) => {
        play(program, happenings, (before, input, now, _, renewal) => {
          const held = frozenAdvance(program, before, input, at(now, true, renewal))
          for (const { kind } of held.commands) expect(['wait', 'end']).toContain(kind)
          if (input.kind === 'woken') expect(held.enrollment).toBe(before)
        })
      }),
    )
  })

  it('brings every journey to its end, when the world answers', () => {
    law(
      fc.property(anyProgram, history, (program, happenings) => {
        let journey = play(program, happenings, () => {})
        let now = start + 400 * 24 * HOUR
        for (let moves = 0; journey.phase !== 'ended'; moves++) {
          expect(moves).toBeLessThan(400)
          now = Math.max(now, journey.dueAt ?? now)
          const asked = journey.phase === 'in-doubt' && journey.dueAt === undefined
          const input: Input = asked
            ? { kind: 'performed', outcome: { status: 'drop' } }
            : journey.phase === 'performing'
              ? { kind: 'performed', outcome: { status: 'done', code: 'C' } }
              : { kind: 'woken' }
          journey = frozenAdvance(program, journey, input, at(now)).enrollment
        }
        for (const input of late) {
          expect(frozenAdvance(program, journey, input, at(now)).enrollment).toBe(journey)
        }
      }),
    )
  })

  it('gives up rather than try for ever', () => {
    law(
      fc.property(anyProgram, fc.constantFrom('retry' as const, 'unknown' as const), (program, status) => {
        let journey = entered(program, contextAt(start))
        journey = frozenAdvance(program, journey, { kind: 'entered' }, at(start)).enrollment
        let now = start
        for (let moves = 0; journey.phase !== 'ended'; moves++) {
          expect(moves).toBeLessThan(1000)
          now = Math.max(now, journey.dueAt ?? now)
          const asked = journey.phase === 'in-doubt' && journey.dueAt === undefined
          const input: Input = asked
            ? { kind: 'performed', outcome: { status: 'resend' } }
            : journey.phase === 'performing'
              ? { kind: 'performed', outcome: { status, reason: 'down' } }
              : { kind: 'woken' }
          journey = frozenAdvance(program, journey, input, at(now)).enrollment
        }
      }),
      50,
    )
  })
})
