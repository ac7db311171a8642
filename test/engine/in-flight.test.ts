/** What holds for every journey that another version is to take over, or has been put onto. */
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { placedIn } from '../../engine/in-flight.ts'
import type { Enrollment, Input, Performed } from '../../engine/journey.ts'
import type { Program } from '../../engine/program.ts'
import { pendingFor, stepIn } from '../../engine/succession.ts'
import { law } from './law.ts'
import { anyProgram } from './program-tree.ts'
import { contextAt, entered, frozenAdvance, local, program } from './world.ts'

vi.setConfig({ testTimeout: 60_000 })

const start = local('2026-03-26T16:00')
const DAY = 86_400_000
const outcome = fc.constantFrom<Performed>(
  { status: 'done', code: 'C-1' },
  { status: 'refused', reason: 'no' },
  { status: 'retry', reason: 'later' },
  { status: 'unknown', reason: 'reset' },
  { status: 'resend' },
  { status: 'drop' },
)
const moves = fc.array(outcome, { maxLength: 12 })

/** Goes on by waking and by what comes of effects, and stops wherever the outcomes do. */
function play(program: Program, outcomes: Performed[]): { journey: Enrollment; now: number } {
  let now = start
  let journey = frozenAdvance(
    program,
    entered(program, contextAt(start)),
    { kind: 'entered' },
    contextAt(now),
  ).enrollment
  for (const one of outcomes) {
    const performing = journey.phase === 'performing'
    now = Math.max(now, journey.dueAt ?? now)
    const input: Input = performing ? { kind: 'performed', outcome: one } : { kind: 'woken' }
    journey = frozenAdvance(program, journey, input, contextAt(now)).enrollment
  }
  return { journey, now }
}

describe('a journey that is leaving', () => {
  it('records what came of its effect, stays at its step and begins nothing new', () => {
    law(
      fc.property(anyProgram, moves, outcome, (program, outcomes, came) => {
        const { journey, now } = play(program, outcomes)
        const { claim, step } = journey
        if (!claim) return
        const context = { ...contextAt(now), leaving: true }
        const { enrollment, commands } = frozenAdvance(
          program,
          journey,
          { kind: 'performed', outcome: came },
          context,
        )
        expect(enrollment.step).toBe(step)
        for (const command of commands) if (command.kind !== 'wait') expect(command).toEqual(claim.command)
        if (came.status === 'done')
          expect(enrollment.log.slice(-2)).toMatchObject([
            { step },
            { rule: 'version', outcome: 'leaving', values: { settled: step } },
          ])
      }),
      300,
    )
  })
})

describe('a journey that is put onto another version', () => {
  it('stands at the same step until the same time, where the versions are the same', () => {
    law(
      fc.property(anyProgram, moves, (program, outcomes) => {
        const { journey, now } = play(program, outcomes)
        if (journey.phase !== 'waiting' && journey.phase !== 'awaiting') return
        const succession = { to: journey.version + 1, kind: 'move' as const, at: now }
        const placed = placedIn(
          { enrollment: journey, arriving: false },
          program,
          program,
          succession,
          contextAt(now),
        )
        expect(placed?.arriving).toBe(false)
        expect(placed?.enrollment).toEqual({
          ...journey,
          version: succession.to,
          log: [...journey.log, expect.objectContaining({ rule: 'version', outcome: 'moved' })],
        })
      }),
      300,
    )
  })

  it('comes to its end in any other program that has a step for it', () => {
    law(
      fc.property(anyProgram, anyProgram, moves, fc.nat(), (from, to, outcomes, pick) => {
        const played = play(from, outcomes)
        let { journey, now } = played
        const targets = Object.keys(to.steps)
        const target = targets[pick % targets.length]
        const { step } = journey
        if ((journey.phase !== 'waiting' && journey.phase !== 'awaiting') || step === null || !target) return
        const succession = {
          to: journey.version + 1,
          kind: 'move' as const,
          map: { [step]: target },
          at: now,
        }
        const placed = placedIn(
          { enrollment: journey, arriving: false },
          from,
          to,
          succession,
          contextAt(now),
        )
        expect(placed?.enrollment).toMatchObject({ version: succession.to, step: target })
        if (!placed) return
        journey = placed.enrollment
        if (placed.arriving)
          journey = frozenAdvance(to, journey, { kind: 'arrived' }, contextAt(now)).enrollment
        for (let n = 0; journey.phase !== 'ended'; n++) {
          expect(n).toBeLessThan(400)
          now = Math.max(now, journey.dueAt ?? now)
          const input: Input =
            journey.phase === 'performing'
              ? { kind: 'performed', outcome: { status: 'done', code: 'C' } }
              : { kind: 'woken' }
          journey = frozenAdvance(to, journey, input, contextAt(now)).enrollment
        }
        expect(journey.reason).not.toBe('step-missing')
      }),
      300,
    )
  })

  it('is not put where there is no step for it', () => {
    law(
      fc.property(anyProgram, moves, (program, outcomes) => {
        const { journey, now } = play(program, outcomes)
        if (journey.step === null) return
        const { [journey.step]: _, ...steps } = program.steps
        const gone = { ...program, steps }
        const succession = { to: 2, kind: 'move' as const, at: now + DAY }
        const placed = placedIn(
          { enrollment: journey, arriving: false },
          program,
          gone,
          succession,
          contextAt(now),
        )
        expect(placed).toBeUndefined()
      }),
    )
  })
})

it('finds a step by the map before its own name, and nothing that only looks like one', () => {
  const named = program([
    { verb: 'stop', id: 'a', next: null, reason: 'x' },
    { verb: 'stop', id: 'b', next: null, reason: 'x' },
  ])
  const cases = [
    ['a', undefined, 'a'],
    ['a', { a: 'b' }, 'b'],
    ['a', { a: 'c' }, undefined],
    ['c', { b: 'a' }, undefined],
    ['constructor', {}, undefined],
    ['c', { c: 'toString' }, undefined],
  ] as const
  for (const [step, map, target] of cases) expect(stepIn(named, map, step)).toBe(target)
})

it('takes what is pending in the order of the versions', () => {
  const known = [4, 2, 3].map((to) => ({ to, kind: 'end' as const, at: 0 }))
  expect(pendingFor(known, 2).map(({ to }) => to)).toEqual([3, 4])
  expect(pendingFor(known, 4)).toEqual([])
})
