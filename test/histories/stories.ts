/** The stories that every version records: what is lived through again by all that follow it. */
import type { JsonObject } from '../../engine/model.ts'
import type { Input, Story } from './play.ts'

const anna = {
  email: 'anna@example.it',
  firstName: 'Anna',
  locale: 'it',
  timezone: 'Europe/Rome',
  consent: { offers: true },
}
const john = { email: 'john@example.com', firstName: 'John', timezone: 'Europe/London' }

let ids = 0
const event = (
  at: string,
  customerId: string,
  type: string,
  data: JsonObject = {},
  customer?: JsonObject,
): Input => ({
  at,
  event: { id: `e-${++ids}`, type, customerId, data },
  ...(customer && { customer }),
})

const coffee = { orderId: 'O-1', total: 89.5, currency: 'EUR', items: [{ name: 'Moka', category: 'coffee' }] }

const appointment = (startsAt: string): JsonObject => ({
  appointmentId: 'P-1',
  startsAt,
  service: 'Affilatura',
})
const tour = (startsAt: string, total: number): JsonObject => ({ orderId: 'T-1', startsAt, total })

/** What a version knew of them is in its recording: the first five are from version 0.1 on. */
export const stories: Story[] = [
  {
    name: 'a purchase across a clock change, and one that is sent back',
    from: '2026-03-20T09:00:00Z',
    until: '2026-05-20T09:00:00Z',
    inputs: [
      event('2026-03-26T09:00:00Z', 'anna', 'purchase', coffee, anna),
      event('2026-03-26T17:00:00Z', 'john', 'purchase', { ...coffee, orderId: 'O-2', items: [] }, john),
      event('2026-03-27T09:00:00Z', 'john', 'order.returned', { orderId: 'O-2' }),
    ],
  },
  {
    name: 'a bad rating, an apology, an offer, and a purchase with it',
    from: '2026-03-20T09:00:00Z',
    until: '2026-07-01T09:00:00Z',
    inputs: [
      event('2026-03-24T15:00:00Z', 'anna', 'ticket.closed', { ticketId: 'T-1' }, anna),
      event('2026-03-25T15:00:00Z', 'anna', 'csat.rated', {
        ticketId: 'T-1',
        score: 1,
        comment: 'Troppo lento',
      }),
      event('2026-04-20T10:00:00Z', 'anna', 'purchase', { ...coffee, orderId: 'O-3' }),
    ],
  },
  {
    name: 'a bad rating and a purchase of their own accord, and one that is reopened',
    from: '2026-03-20T09:00:00Z',
    until: '2026-06-01T09:00:00Z',
    inputs: [
      event('2026-03-25T15:00:00Z', 'john', 'csat.rated', { ticketId: 'T-2', score: 2 }, john),
      event('2026-04-02T10:00:00Z', 'john', 'purchase', { ...coffee, orderId: 'O-4' }),
      event('2026-03-25T15:00:00Z', 'anna', 'csat.rated', { ticketId: 'T-3', score: 1 }, anna),
      event('2026-03-27T08:00:00Z', 'anna', 'ticket.reopened', { ticketId: 'T-3' }),
    ].toSorted((a, b) => (a.at < b.at ? -1 : 1)),
  },
  {
    name: 'a question that nobody answers',
    from: '2026-03-20T09:00:00Z',
    until: '2026-05-01T09:00:00Z',
    inputs: [event('2026-03-27T15:30:00Z', 'john', 'ticket.closed', { ticketId: 'T-4' }, john)],
  },
  {
    name: 'a birthday on 29 February in a year without one',
    from: '2027-02-20T09:00:00Z',
    until: '2027-04-10T09:00:00Z',
    ticks: true,
    inputs: [
      event(
        '2027-02-20T10:00:00Z',
        'anna',
        'ticket.opened',
        { ticketId: 'T-5' },
        { ...anna, birthday: '1992-02-29' },
      ),
    ],
  },
  {
    name: 'an appointment that is moved twice, confirmed and kept',
    from: '2026-03-10T09:00:00Z',
    until: '2026-05-10T09:00:00Z',
    inputs: [
      event(
        '2026-03-12T10:00:00Z',
        'anna',
        'appointment.booked',
        appointment('2026-03-26T10:30:00+01:00'),
        anna,
      ),
      event('2026-03-20T10:00:00Z', 'anna', 'appointment.moved', appointment('2026-03-30T15:00:00+02:00')),
      event('2026-03-28T20:00:00Z', 'anna', 'appointment.moved', appointment('2026-04-08T15:00:00+02:00')),
      event('2026-04-05T12:00:00Z', 'anna', 'appointment.confirmed', { appointmentId: 'P-1' }),
      event('2026-04-08T14:00:00Z', 'anna', 'appointment.attended', { appointmentId: 'P-1' }),
    ],
  },
  {
    name: 'every verb, moved on the way, to a good rating',
    from: '2026-03-10T09:00:00Z',
    until: '2026-06-10T09:00:00Z',
    inputs: [
      event('2026-03-12T10:00:00Z', 'anna', 'tour.booked', tour('2026-04-02T08:00:00+02:00', 1200), anna),
      event('2026-03-24T10:00:00Z', 'anna', 'tour.moved', tour('2026-04-12T08:00:00+02:00', 1200)),
      event('2026-04-14T10:00:00Z', 'anna', 'csat.rated', { orderId: 'T-1', score: 5 }),
      event('2026-04-20T10:00:00Z', 'anna', 'tour.ended', { orderId: 'T-1', total: 1200 }),
    ],
  },
  {
    name: 'every verb, cancelled in a round of its repeat',
    from: '2026-03-10T09:00:00Z',
    until: '2026-06-10T09:00:00Z',
    inputs: [
      event('2026-03-12T10:00:00Z', 'john', 'tour.booked', tour('2026-04-02T08:00:00+01:00', 150), john),
      event('2026-03-28T12:00:00Z', 'john', 'tour.cancelled', { orderId: 'T-1' }),
    ],
  },
]
