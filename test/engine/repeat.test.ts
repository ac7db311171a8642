/** Rounds: how many, how far apart, and what is left of them in the journey. */
import { describe, expect, it } from 'vitest'
import { variablesFor } from '../../engine/variables.ts'
import type { Enrollment, Input } from '../../engine/journey.ts'
import type { Program, Step } from '../../engine/program.ts'
import { commitJourney, fromRow } from '../../runtime/journeys.ts'
import { MemoryTable } from '../memory-world.ts'
import { awaitStep, branch, contextAt, entered, event, frozenAdvance, local, program, send } from './world.ts'

const start = local('2026-03-26T16:00')

const repeat = (times: number, first: string, every = 'P1D', next: string | null = 'after'): Step => ({
  id: 'again',
  next,
  verb: 'repeat',
  times,
  every,
  first,
})

function drive(of: Program, from = start) {
  let now = from
  let state: Enrollment = entered(of, contextAt(from))
  const sent: { step: string; at: number }[] = []
  const context = () => ({ ...contextAt(now), event: contextAt(from).event })
  const tell = (input: Input) => {
    let result = frozenAdvance(of, state, input, context())
    for (let moves = 0; result.commands[0]?.kind === 'send' && moves < 1000; moves++) {
      sent.push({ step: result.commands[0].step, at: now })
      result = frozenAdvance(
        of,
        result.enrollment,
        { kind: 'performed', outcome: { status: 'done' } },
        context(),
      )
    }
    state = result.enrollment
    return result
  }
  return {
    sent,
    tell,
    wake(at = state.dueAt ?? now) {
      now = at
      return tell({ kind: 'woken' })
    },
    /** Wakes it whenever it is due. */
    end() {
      for (let moves = 0; state.phase !== 'ended' && moves < 1000; moves++) this.wake()
      return state
    },
    get state() {
      return state
    },
    variables: () => variablesFor(context(), of, state),
  }
}

describe('a repeat', () => {
  it('begins its rounds at the same local time, and goes on behind the last without another wait', () => {
    const journey = drive(program([repeat(4, 'mail'), send('mail', 'again'), send('after', null)]))
    journey.tell({ kind: 'entered' })
    journey.end()
    expect(journey.sent).toEqual([
      { step: 'mail', at: start },
      { step: 'mail', at: local('2026-03-27T16:00') },
      { step: 'mail', at: local('2026-03-28T16:00') },
      // The clocks have changed.
      { step: 'mail', at: local('2026-03-29T16:00') },
      { step: 'after', at: local('2026-03-29T16:00') },
    ])
    expect(journey.state).toMatchObject({ phase: 'ended', reason: 'completed' })
    expect(journey.state.round).toBeUndefined()
  })

  it('begins the next round at once where one took longer', () => {
    const of = program([
      repeat(2, 'await', 'P1D', null),
      awaitStep('await', { event: 'purchase', for: 'P3D' }, 'again', 'again', 'again'),
    ])
    const journey = drive(of)
    journey.tell({ kind: 'entered' })
    expect(journey.wake(local('2026-03-29T16:00')).commands).toEqual([
      { kind: 'wait', step: 'await', dueAt: local('2026-04-01T16:00') },
    ])
    expect(journey.end().reason).toBe('completed')
  })

  it('is left by a stop, in whichever round', () => {
    const of = program([
      repeat(5, 'if', 'P1D'),
      branch('if', 'repeat.index == 3', 'stop', 'mail', 'again'),
      send('mail', 'again'),
      { id: 'stop', next: 'again', verb: 'stop', reason: 'enough' },
      send('after', null),
    ])
    const journey = drive(of)
    journey.tell({ kind: 'entered' })
    expect(journey.end()).toMatchObject({ reason: 'enough' })
    expect(journey.sent.map(({ step }) => step)).toEqual(['mail', 'mail'])
  })

  it('tells its round to conditions and mails, inside of it alone', () => {
    const of = program([
      repeat(2, 'wait', 'P1D'),
      { id: 'wait', next: 'again', verb: 'wait', duration: 'PT1H' },
      { id: 'after', next: null, verb: 'wait', duration: 'PT1H' },
    ])
    const journey = drive(of)
    journey.tell({ kind: 'entered' })
    expect(journey.variables()).toMatchObject({ repeat: { index: 1, count: 2 } })
    journey.wake()
    journey.wake()
    expect(journey.variables()).toMatchObject({ repeat: { index: 2, count: 2 } })
    journey.wake()
    expect(journey.state.step).toBe('after')
    expect(journey.variables()).toMatchObject({ repeat: {} })
  })

  it('is left by the goal, and says of what round its outcomes are', () => {
    const of = program([repeat(3, 'mail'), send('mail', 'again'), send('after', null)], {
      goal: { event: 'purchase', within: 'P60D' },
    })
    const journey = drive(of)
    journey.tell({ kind: 'entered' })
    journey.wake()
    expect(journey.variables()).toMatchObject({ steps: { mail: { outcome: 'sent' } } })
    const [first] = journey.state.log.filter(({ rule }) => rule === 'send')
    const log = journey.state.log.map((one) => (one === first ? { ...one, outcome: 'opened' } : one))
    const before = { ...journey.state, log }
    expect(variablesFor(contextAt(start), of, before)).toMatchObject({ steps: { mail: { outcome: 'sent' } } })
    journey.tell({ kind: 'event', event: event('purchase', start + 1) })
    expect(journey.state).toMatchObject({ phase: 'ended', reason: 'converted' })
    expect(journey.state.round).toBeUndefined()
  })

  it('keeps what its rounds did, forgets how they went on their way, and stays small', async () => {
    const of = program([
      repeat(100, 'if', 'P1D'),
      branch('if', 'customer.id == "anna"', 'mail', null, 'again'),
      send('mail', 'wait'),
      { id: 'wait', next: 'again', verb: 'wait', duration: 'PT1H' },
      send('after', null),
    ])
    const journey = drive(of)
    journey.tell({ kind: 'entered' })
    const sizes = new Map<number, number>()
    for (let moves = 0; journey.state.phase !== 'ended' && moves < 1000; moves++) {
      journey.wake()
      const table = new MemoryTable()
      await commitJourney(table, { enrollment: journey.state, rev: 0 }, 'test')
      const [row] = table.all()
      if (!row) throw new Error('nothing was written')
      expect(fromRow(row).enrollment).toEqual(journey.state)
      sizes.set(journey.state.round?.index ?? 101, row.body?.length ?? 0)
    }
    expect(sizes.get(30)).toBeLessThan(1024)
    expect(Math.max(...sizes.values())).toBeLessThan(2.5 * 1024)
    const { log } = journey.state
    expect(log.filter(({ rule }) => rule === 'send')).toHaveLength(101)
    expect(log.filter(({ rule }) => rule !== 'send').length).toBeLessThan(8)
    expect(log.filter(({ step }) => step === 'mail')[41]).toMatchObject({ values: { round: 42 } })
  })
})
