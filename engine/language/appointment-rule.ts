/** `appointment`: what of an event is the appointment that a workflow is about. */
import * as z from 'zod'
import { pathsRead } from '../condition.ts'
import type { AppointmentRule } from '../program.ts'
import type { Flaw } from './flaw.ts'
import { type Checked, names, value, warningsAt } from './words.ts'

export const appointmentSchema = z
  .strictObject({
    id: value(names.appointment, 'event.appointmentId').exactOptional(),
    starts: value(names.appointment, 'event.startsAt'),
    title: value(names.appointment, 'event.service').exactOptional(),
  })
  .meta({ about: '`appointment`', example: 'appointment: { starts: event.startsAt }' })

interface Source {
  trigger: { event?: string }
  enroll?: { per?: Checked }
  appointment?: z.output<typeof appointmentSchema>
}

/** What a program keeps of it; undefined where there is none, or nothing tells one appointment from another. */
export function appointmentRule({ enroll, appointment }: Source): AppointmentRule | undefined {
  const id = (appointment?.id ?? enroll?.per)?.text
  if (!appointment || id === undefined) return undefined
  const { starts, title } = appointment
  return { id, starts: starts.text, ...(title && { title: title.text }) }
}

/** Whether `per` can stand in for `id`: it has to give the same for every event about the appointment. */
const namesIt = (per: string): boolean => pathsRead(per).every((path) => /^(?:event|customer)\b/.test(path))

/** An appointment is booked by an event, and has a name of its own. */
export function appointmentFlaws({ trigger, enroll, appointment }: Source): Flaw[] {
  if (!appointment) return []
  const flaws: Flaw[] = (['id', 'starts', 'title'] as const).flatMap((key) =>
    warningsAt(['appointment', key], appointment[key]),
  )
  if (trigger.event === undefined)
    flaws.push({
      path: ['appointment'],
      part: 'key',
      message: '`appointment` is for workflows that an event starts, and this one has none',
      hint: 'Start it with what books the appointment: trigger: { event: appointment.booked }',
    })
  else if (!appointment.id && !(enroll?.per && namesIt(enroll.per.text)))
    flaws.push({
      path: ['appointment'],
      part: 'key',
      message: 'Nothing tells one appointment of a customer from another',
      hint: 'Add below `appointment`, for example: id: event.appointmentId',
    })
  return flaws
}
