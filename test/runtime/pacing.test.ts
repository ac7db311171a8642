/** How fast mails leave: the rule on a clock of its own, and bursts through the whole runtime. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { heldUntil, Pacing, spacingMs, takeTurn } from '../../runtime/pacing.ts'
import type { MailQuota, SendOutcome } from '../../runtime/ports.ts'
import { memoryWorld } from '../memory-world.ts'
import { burst } from './burst.ts'

const DAY_MS = 86_400_000

describe('the rule', () => {
  test('lets 100,000 mails through at the rate, whatever the processes, and never faster', () => {
    for (const [perSecond, shares] of [
      [14, 2],
      [14, 4],
      [500, 16],
    ] as const) {
      const everyMs = spacingMs({ perSecond }, shares)
      const processes = Array.from({ length: shares }, () => ({ nextMs: 0, nowMs: 0 }))
      const at: number[] = []
      for (let mail = 0; mail < 100_000; mail++) {
        const one = processes[mail % shares]
        const turn = one && takeTurn(one.nextMs, everyMs, one.nowMs)
        if (!one || !turn) throw new Error(`mail ${mail} has no turn`)
        at.push(turn.atMs)
        one.nextMs = turn.nextMs
        one.nowMs = turn.atMs
      }
      const drainMs = Math.max(...[at.at(-1) ?? 0])
      expect(Math.abs(drainMs / ((100_000 / perSecond) * 1000) - 1)).toBeLessThan(0.1)
      // A second holds the rate, and one more of each process at its edges.
      at.sort((one, other) => one - other)
      let most = 0
      for (let first = 0, last = 0; last < at.length; last++) {
        while ((at[first] ?? 0) <= (at[last] ?? 0) - 1000) first++
        most = Math.max(most, last - first + 1)
      }
      expect(most).toBeLessThanOrEqual(perSecond + shares)
    }
  })

  test('has nobody wait for long with a message in hand', () => {
    expect(takeTurn(3_000, 100, 0)).toEqual({ atMs: 3_000, nextMs: 3_100 })
    expect(takeTurn(3_001, 100, 0)).toBeUndefined()
    expect(spacingMs({ perSecond: 0 }, 4)).toBe(0)
  })

  const QUARTER_MS = 15 * 60_000

  test('gives each mail over the quota a moment of its own, within a day, in the order in which they came', () => {
    const [perDay, shares, now] = [50_000, 4, 1_000_000]
    let nextAt = Number.NEGATIVE_INFINITY
    const slots: number[] = []
    for (let mail = 0; mail < perDay / shares; mail++) {
      const turn = heldUntil(nextAt, (shares * DAY_MS) / perDay, QUARTER_MS, now)
      slots.push(turn.at)
      nextAt = turn.nextAt
    }
    const inOrder = slots.filter((at, index) => index === 0 || at > (slots[index - 1] ?? 0))
    expect(inOrder.length).toBeGreaterThan(slots.length * 0.98)
    const hours = new Map<number, number>()
    for (const at of slots) {
      const hour = Math.floor((at - now) / 3_600_000)
      hours.set(hour, 1 + (hours.get(hour) ?? 0))
    }
    for (const count of hours.values()) expect(count).toBeLessThan((perDay / shares / 24) * 1.6)
  })

  test('always says a time from the least on, up to a day ahead', () => {
    const numbers = fc.record({
      nextAt: fc.integer({ min: -DAY_MS, max: 400 * DAY_MS }),
      everyMs: fc.integer({ min: 1, max: DAY_MS }),
      leastMs: fc.integer({ min: 0, max: QUARTER_MS }),
      now: fc.integer({ min: 0, max: DAY_MS }),
    })
    fc.assert(
      fc.property(numbers, ({ nextAt, everyMs, leastMs, now }) => {
        const turn = heldUntil(nextAt, everyMs, leastMs, now)
        expect(turn.at).toBeGreaterThanOrEqual(now + leastMs)
        expect(turn.at).toBeLessThanOrEqual(now + DAY_MS)
        expect(turn.nextAt).toBeGreaterThan(nextAt)
      }),
    )
  })
})

describe('a process', () => {
  function pacing(quota: () => MailQuota, shares = 2) {
    const world = memoryWorld()
    const slept: number[] = []
    let asked = 0
    const account = {
      quota: async () => {
        asked++
        return quota()
      },
    }
    const sleep = async (ms: number) => {
      slept.push(ms)
      world.clock.advance(ms)
    }
    const own = { ...world, mailPace: { account, shares, sleep } }
    return { world, pacing: new Pacing(own), slept, asked: () => asked }
  }

  test.each([
    ['the rate', { perSecond: 0.7, sentInLastDay: 0 }],
    ['the day', { perSecond: 7, perDay: 7, sentInLastDay: 7 }],
  ])('holds a mail that meets %s for whole milliseconds, as journeys are dated', async (_, quota) => {
    const { pacing: own } = pacing(() => quota, 3)
    const held: number[] = []
    for (let mail = 0; mail < 12; mail++) {
      const hold = await own.turn()
      if (hold) held.push(hold.afterMs)
    }
    expect(held.length).toBeGreaterThan(1)
    expect(held.filter((ms) => !Number.isInteger(ms))).toEqual([])
  })

  test('asks for the rate now and then, and sends as it did while it is not told', async () => {
    let away = false
    const {
      pacing: own,
      slept,
      asked,
      world,
    } = pacing(() => {
      if (away) throw new Error('throttled')
      return { perSecond: 10, sentInLastDay: 0 }
    })
    for (let mail = 0; mail < 4; mail++) expect(await own.turn()).toBeUndefined()
    expect(slept).toEqual([200, 200, 200])
    expect(asked()).toBe(1)
    away = true
    world.clock.advance(5 * 60_000)
    expect(await own.turn()).toBeUndefined()
    expect(asked()).toBe(2)
    expect(world.lines.map(({ message }) => message)).toEqual(['mail.quota-unknown'])
    expect(await own.turn()).toBeUndefined()
    expect(slept).toHaveLength(4)
  })

  test('looks again before it says that the quota is used up', async () => {
    let sentInLastDay = 99
    const { pacing: own, world } = pacing(() => ({ perSecond: 100, perDay: 100, sentInLastDay }), 1)
    expect(await own.turn()).toBeUndefined()
    expect(await own.turn()).toMatchObject({ reason: expect.stringMatching(/^DailyQuota: .* 100 mails/) })
    sentInLastDay = 50
    world.clock.advance(60_000)
    expect(await own.turn()).toBeUndefined()
  })

  test('takes it that the other processes have sent as many, and looks', async () => {
    const {
      pacing: own,
      world,
      asked,
    } = pacing(() => ({ perSecond: 1_000, perDay: 100, sentInLastDay: 90 }), 2)
    for (let mail = 0; mail < 5; mail++) expect(await own.turn()).toBeUndefined()
    world.clock.advance(60_000)
    expect(asked()).toBe(1)
    await own.turn()
    expect(asked()).toBe(2)
  })

  const throttled: SendOutcome = { status: 'retry', reason: 'x', hold: true, afterMs: 60_000, limit: 'rate' }

  test('slows down when the provider refuses, and brings the refused back apart from each other', async () => {
    const { pacing: own, slept } = pacing(() => ({ perSecond: 100, sentInLastDay: 0 }))
    await own.turn()
    const times = Array.from({ length: 200 }, (_, n) => own.heard(throttled, `m-${n}`)).map((one) =>
      one.status === 'retry' ? (one.afterMs ?? 0) : 0,
    )
    expect(Math.min(...times)).toBeGreaterThanOrEqual(60_000)
    expect(Math.max(...times)).toBeLessThan(120_000)
    expect(new Set(times).size).toBeGreaterThan(150)
    expect(own.heard(throttled, 'm-1')).toEqual(own.heard(throttled, 'm-1'))
    await own.turn()
    expect(slept.at(-1)).toBeGreaterThanOrEqual(1_000)
    expect(slept.at(-1)).toBeLessThan(1_000 + 20)
  })

  test('leaves every other answer as it is', () => {
    const { pacing: own } = pacing(() => ({ perSecond: 1, sentInLastDay: 0 }))
    const others: SendOutcome[] = [
      { status: 'sent', messageId: 'm' },
      { status: 'refused', reason: 'no' },
      { status: 'retry', reason: 'no', afterMs: 5 },
      { status: 'unknown', reason: 'no' },
    ]
    for (const one of others) expect(own.heard(one, 'key')).toBe(one)
  })
})

describe('a burst', () => {
  const whole = { twice: 0, dead: 0 }

  test('leaves at the rate of the account: nobody is refused, forgotten or written to twice', async () => {
    const figures = await burst({ journeys: 2_000, processes: 4, perSecond: 50 })
    expect(figures).toMatchObject({ ...whole, sent: 2_000, throttled: 0, held: 0 })
    expect(Math.abs(figures.drainMs / 40_000 - 1)).toBeLessThan(0.1)
  }, 60_000)

  test('of a slow account is held in part, and leaves at its rate all the same', async () => {
    const figures = await burst({ journeys: 500, processes: 4, perSecond: 5 })
    expect(figures).toMatchObject({ ...whole, sent: 500 })
    expect(figures.held).toBeGreaterThan(100)
    expect(Math.abs(figures.drainMs / 100_000 - 1)).toBeLessThan(0.1)
  }, 60_000)

  test('of an account in the sandbox loses nothing, although four processes cannot share one mail a second', async () => {
    const figures = await burst({ journeys: 100, processes: 4, perSecond: 1 })
    expect(figures).toMatchObject({ ...whole, sent: 100 })
    expect(figures.drainMs).toBeLessThan(600_000)
  }, 60_000)

  test('over the quota goes on as the quota has room, without a try that is counted', async () => {
    const figures = await burst({ journeys: 600, processes: 2, perSecond: 50, perDay: 200 })
    expect(figures).toMatchObject({ ...whole, sent: 600 })
    expect(figures.mostInADay).toBeLessThanOrEqual(200)
    expect(figures.drainMs).toBeLessThan(3 * DAY_MS)
    // A few looks a mail, and none of them at the provider.
    expect(figures.throttled).toBeLessThan(30)
    expect(figures.held / 600).toBeLessThan(8)
  }, 60_000)

  test('on an account that others use, too, loses nothing although the provider refuses', async () => {
    const figures = await burst({ journeys: 500, processes: 4, perSecond: 50, others: 25 })
    expect(figures).toMatchObject({ ...whole, sent: 500 })
    expect(figures.throttled).toBeGreaterThan(0)
  }, 60_000)

  test('without pacing would be refused again and again', async () => {
    const figures = await burst({ journeys: 500, processes: 4, perSecond: 50, paced: false })
    expect(figures).toMatchObject({ ...whole, sent: 500 })
    expect(figures.throttled).toBeGreaterThan(400)
  }, 60_000)
})
