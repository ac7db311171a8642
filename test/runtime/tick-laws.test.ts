/** Whenever the tick comes, and in however many processes: each occurrence of each customer starts one journey. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextOccurrences } from '../../engine/calendar.ts'
import type { DateTrigger } from '../../engine/program.ts'
import { changeProfile } from '../../runtime/customers.ts'
import { Deployment, programOf } from './deployment.ts'

const HOUR = 3_600_000
const start = Date.parse('2027-03-25T00:00:00Z')
const days = 6
const end = start + days * 24 * HOUR

const zone = fc.constantFrom(
  'Europe/Rome',
  'America/New_York',
  'Australia/Lord_Howe',
  'Pacific/Kiritimati',
  undefined,
)
const date = fc
  .tuple(fc.integer({ min: 24, max: 31 }), fc.integer({ min: 0, max: 95 }))
  .chain(([day, quarter]) => {
    const time = `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`
    return fc.constantFrom(
      `2027-03-${day}`,
      `03-${day}`,
      `2027-03-${day}T${time}`,
      `2027-03-${day}T${time}:00Z`,
    )
  })
const trigger: fc.Arbitrary<DateTrigger> = fc
  .constantFrom(
    { every: 'year' as const, at: '09:00' },
    { every: 'month' as const, at: '02:30', offset: '-P1D' },
    { every: 'once' as const, at: '09:00' },
    { every: 'once' as const },
    { every: 'once' as const, offset: '-PT5H' },
    { every: 'once' as const, offset: '-P1D' },
  )
  .map((more) => ({ kind: 'date', attribute: 'visit', leapDay: 'feb-28', past: 'now', ...more }))

/** A tick of one of two processes, some time later or, by a clock that is behind, earlier; or a restart. */
const tick = fc.record({
  process: fc.constantFrom(0, 1),
  stepMs: fc.integer({ min: -2 * HOUR, max: 30 * HOUR }),
  restart: fc.boolean(),
  repeat: fc.boolean(),
})

test('each occurrence once, whatever the ticks are', async () => {
  let seen = 0
  await fc.assert(
    fc.asyncProperty(
      trigger,
      fc.array(fc.record({ zone, date }), { minLength: 1, maxLength: 4 }),
      fc.array(tick, { minLength: 1, maxLength: 12 }),
      fc.constantFrom(1, 2),
      async (of, people, ticks, count) => {
        const deployment = new Deployment({ at: new Date(start).toISOString() })
        const { clock, table } = deployment.world
        await deployment.publish(
          programOf([], { first: null, enroll: { per: 'event.occurrence', again: 'always' }, trigger: of }),
        )
        const started = () => ({ runtime: deployment.start(), ticker: deployment.ticker })
        const processes = [started(), started()].slice(0, count)
        for (const [index, { zone: timezone, date: visit }] of people.entries())
          await changeProfile(processes[0]?.runtime ?? deployment.runtime, `c${index}`, () => ({
            id: `c${index}`,
            visit,
            ...(timezone && { timezone }),
          }))
        for (const { process: chosen, stepMs, restart, repeat } of ticks) {
          const process = chosen % count
          clock.set(Math.min(end, Math.max(start, clock.now() + stepMs)))
          if (restart) processes[process] = started()
          for (let times = repeat ? 2 : 1; times > 0; times--) await processes[process]?.ticker.tick()
          await deployment.deliver()
        }
        clock.set(end)
        for (const each of processes) await each.ticker.tick()
        await deployment.deliver()

        const begun = table
          .all()
          .filter(({ sk }) => sk.startsWith('#care#'))
          .map(
            ({ pk, sk }) =>
              `${pk.slice(2)} ${decodeURIComponent(sk.split('#')[2] ?? '')} ${sk.split('#')[3] ?? 1}`,
          )
        const wanted = people.flatMap(({ zone: timezone = 'UTC', date: visit }, index) =>
          nextOccurrences(of, visit, timezone, start, end).map(
            ({ occurrence }) => `c${index} ${occurrence} 1`,
          ),
        )
        expect(begun.sort()).toEqual(wanted.sort())
        seen += wanted.length
      },
    ),
    { seed: 20260326, numRuns: 150 },
  )
  expect(seen).toBeGreaterThan(100)
})
