/** What happens to the customers of the sample shop whatever they are sent: orders, parcels, requests, appointments. */
import type { JsonObject } from '../../engine/model.ts'
import { chance, pick } from './random.ts'
import { ENDS_AT, order, type Shopper, STARTS_AT } from './shop.ts'

export interface Happening {
  at: number
  customerId: string
  id: string
  type: string
  data: JsonObject
  /** What the shop knows about the customer from then on. */
  customer?: JsonObject
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** On this day a handle turns out to come off: whoever bought the thing before is told. */
const RECALL = { at: Date.parse('2027-02-16T08:30:00Z'), product: 'Moka pot, 3 cups', recallId: 'R-2027-1' }

/** Three months of it, in order of time. */
export function happenings(seed: number, people: Shopper[]): Happening[] {
  const all = people.flatMap((shopper) => {
    const { id } = shopper
    const purchases = Math.floor(chance(seed, id, 'purchases') * 3.2)
    const bought = Array.from({ length: purchases }, (_, n) => purchase(seed, shopper, n, purchases))
    return [
      ...bought.flatMap((one) => [one, ...parcelOf(seed, one), ...ticketsAfter(seed, one)]),
      ...recallOf(bought),
      ...appointmentOf(seed, id),
    ]
  })
  return all.filter(({ at }) => at < ENDS_AT).sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
}

function purchase(seed: number, { id, profile }: Shopper, n: number, of: number): Happening {
  const words = [seed, id, 'purchase', n] as const
  const at = STARTS_AT + Math.floor(chance(...words, 'at') * 78 * DAY) + 2 * HOUR
  const gold = n === of - 1 && of === 3 && profile.tier === 'silver'
  const data = order(seed, id, String(n + 1))
  const type = 'purchase'
  return {
    at,
    customerId: id,
    id: `order-${id}-${n + 1}`,
    type,
    data,
    ...(gold && { customer: { tier: 'gold' } }),
  }
}

/** Most parcels come after a few days; some are late, and a few of these later still. */
function parcelOf(seed: number, { at, customerId, id, data }: Happening): Happening[] {
  const orderId = data.orderId ?? id
  const days = 2 + Math.floor(chance(seed, id, 'parcel') * 3)
  const delivered = (after: number): Happening => {
    const type = 'order.delivered'
    return { at: at + after * DAY, customerId, id: `delivered-${id}`, type, data: { orderId } }
  }
  if (chance(seed, id, 'late') > 0.09) return [delivered(days)]
  const expectedOn = new Date(at + (days + 4) * DAY).toISOString().slice(0, 10)
  const trackingUrl = `https://carrier.example/${encodeURIComponent(String(orderId))}`
  const delayed = { at: at + days * DAY, customerId, id: `delayed-${id}`, type: 'shipment.delayed' }
  const after = chance(seed, id, 'later still') < 0.3 ? days + 7 : days + 3
  return [{ ...delayed, data: { orderId, expectedOn, trackingUrl } }, delivered(after)]
}

function ticketsAfter(seed: number, { at: boughtAt, customerId, id }: Happening): Happening[] {
  if (chance(seed, id, 'ticket') > 0.4) return []
  const subject = pick(
    ['Where is my parcel?', 'A scratch on the pan', 'How do I clean it?', 'Wrong color'],
    seed,
    id,
    'subject',
  )
  const agent = pick(['Francesca', 'Tom', 'Aisha'], seed, id, 'agent')
  const closedAt = boughtAt + DAY + Math.floor(chance(seed, id, 'ticket at') * 6 * DAY)
  const ticket = (n: number, after: number): Happening[] => {
    const ticketId = `T-${id.slice('order-customer-'.length)}${n === 1 ? '' : `-${n}`}`
    const at = closedAt + after
    return [
      {
        at: at - 20 * HOUR,
        customerId,
        id: `opened-${n}-${id}`,
        type: 'ticket.opened',
        data: { ticketId, subject },
      },
      { at, customerId, id: `closed-${n}-${id}`, type: 'ticket.closed', data: { ticketId, subject, agent } },
    ]
  }
  return [...ticket(1, 0), ...(chance(seed, id, 'writes again') < 0.12 ? ticket(2, 4 * DAY) : [])]
}

function recallOf(bought: Happening[]): Happening[] {
  const { at, product, recallId } = RECALL
  const has = bought.find((one) => one.at < at && JSON.stringify(one.data.items).includes(product))
  if (!has) return []
  const data = { recallId, product, batch: '26-09', url: `https://www.bottegalume.example/r/${recallId}` }
  return [{ at, customerId: has.customerId, id: `recall-${has.customerId}`, type: 'product.recalled', data }]
}

/** Some have a knife sharpened; some of these move it, call it off, or stay away. */
function appointmentOf(seed: number, customerId: string): Happening[] {
  const words = [seed, customerId, 'appointment'] as const
  if (chance(...words) > 0.15) return []
  const appointmentId = `P-${customerId.slice('customer-'.length)}`
  const bookedAt = STARTS_AT + DAY + Math.floor(chance(...words, 'booked') * 60 * DAY)
  const day = Math.floor(bookedAt / DAY) * DAY + (3 + Math.floor(chance(...words, 'ahead') * 18)) * DAY
  const startsAt = day + (9 + Math.floor(chance(...words, 'hour') * 8)) * HOUR
  const fate = chance(...words, 'fate')
  const happens = (at: number, what: string, more: JsonObject = {}): Happening => ({
    at,
    customerId,
    id: `${what}-${appointmentId}`,
    type: `appointment.${what}`,
    data: { appointmentId, ...more },
  })
  const details = (at: number): JsonObject => ({
    startsAt: new Date(at).toISOString(),
    service: 'Knife sharpening',
    manageUrl: `https://www.bottegalume.example/a/${appointmentId}`,
  })
  const booked = happens(bookedAt, 'booked', details(startsAt))
  if (fate < 0.1) return [booked, happens(startsAt - 30 * HOUR, 'cancelled')]
  const moved = fate < 0.28
  const heldAt = moved ? startsAt + 5 * DAY : startsAt
  const end = happens(heldAt + HOUR, chance(...words, 'comes') < 0.82 ? 'attended' : 'missed')
  return [booked, ...(moved ? [happens(startsAt - 40 * HOUR, 'moved', details(heldAt))] : []), end]
}
