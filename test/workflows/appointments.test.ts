/** The reminder of the library keeps its promise, however often the appointment is moved. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileWorkflow } from '../../engine/language/compile.ts'
import { parseSettings } from '../../engine/language/settings.ts'
import { type Given, simulate } from '../../engine/simulate.ts'
import { readLibrary, shippedLibrary } from '../../local/library.ts'
import { law } from '../engine/law.ts'
import { local } from '../engine/world.ts'

const { settings: text, layout, workflows } = readLibrary(shippedLibrary)
const { settings } = parseSettings(text)
const found = workflows.find(({ name }) => name === 'appointment-reminder')
if (!settings || !found) throw new Error('the library has no reminder')
const { workflow } = await compileWorkflow(found.files, { settings, layout })
if (!workflow) throw new Error('the reminder does not compile')
const world = {
  workflow,
  settings,
  customer: { id: 'anna', email: 'anna@example.it', timezone: 'Europe/Rome' },
}

const two = (number: number) => String(number).padStart(2, '0')
/** Days around the night of 28 March 2027 that lacks an hour. */
const at = (day: number, hour: number) => `2027-03-${two(day)}T${two(hour)}:15`
const moment = (day: number, hour: number) => new Date(local(at(day, hour))).toISOString()

/** A move, repeated or not, or a cancellation, in the hours of the first days. */
const change = fc.record({
  hour: fc.integer({ min: 1, max: 100 }),
  to: fc.oneof(
    { weight: 9, arbitrary: fc.tuple(fc.integer({ min: 20, max: 31 }), fc.nat(23)) },
    fc.constant(null),
  ),
  repeat: fc.option(fc.integer({ min: 1, max: 50 })),
})
const changes = fc.uniqueArray(change, { selector: ({ hour }) => hour, maxLength: 7 })
const when = (hour: number) => at(10 + Math.floor(hour / 24), hour % 24)

test('one reminder at six on the evening before the last of its times, and none once it is cancelled', () => {
  const booked: Given = {
    at: at(10, 0),
    event: 'appointment.booked',
    data: { appointmentId: 'P-1', startsAt: moment(25, 9) },
  }
  law(
    fc.property(changes, (all) => {
      const events = all.flatMap(({ hour, to, repeat }): Given[] => {
        const [event, data] = to
          ? ['appointment.moved', { appointmentId: 'P-1', startsAt: moment(...to) }]
          : ['appointment.cancelled', { appointmentId: 'P-1' }]
        const given = { id: `at-${hour}`, event, data, at: when(hour) }
        return repeat === null ? [given] : [given, { ...given, at: when(hour + repeat) }]
      })
      const { timeline } = simulate({ ...world, events: [booked, ...events] })
      const reminders = timeline
        .filter(({ message }) => message?.template === 'tomorrow')
        .map((one) => one.at)
      const cancelled = all.some(({ to }) => to === null)
      const last = all.toSorted((one, other) => one.hour - other.hour).at(-1)?.to ?? [25, 9]
      expect(reminders).toEqual(cancelled ? [] : [local(`2027-03-${two(last[0] - 1)}T18:00`)])
    }),
  )
})
