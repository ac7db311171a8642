/** A sample shop: who its customers are and what happens to them, three months of it, from a seed. */
import type { JsonObject } from '../../engine/model.ts'
import { chance, pick, weigh } from './random.ts'

export const STARTS_AT = Date.parse('2027-01-11T06:00:00Z')
/** Three months, with the American and the European change of the clocks in them. */
export const ENDS_AT = Date.parse('2027-04-12T06:00:00Z')

const HOUR = 3_600_000
const DAY = 24 * HOUR

export interface Shopper {
  id: string
  profile: JsonObject
}

/** Something that happens whatever the customer is sent. */
export interface Happening {
  at: number
  customerId: string
  id: string
  type: string
  data: JsonObject
}

/** The one customer who was born on 29 February, in a period without one. */
const LEAPLING = 28

const PLACES = [
  { locale: 'it', timezone: 'Europe/Rome', weight: 50 },
  { locale: 'it-CH', timezone: 'Europe/Zurich', weight: 5 },
  { locale: 'en', timezone: 'Europe/London', weight: 15 },
  { locale: 'en', timezone: 'America/New_York', weight: 15 },
  { locale: 'en', timezone: 'America/Los_Angeles', weight: 5 },
  { locale: 'en', timezone: 'Australia/Sydney', weight: 7 },
  { locale: 'en', timezone: 'Asia/Kolkata', weight: 3 },
] as const
const ITALIAN = [
  'Anna',
  'Luca',
  'Giulia',
  'Marco',
  'Chiara',
  'Paolo',
  'Elena',
  'Davide',
  'Sara',
  'Matteo',
] as const
const ENGLISH = ['Emma', 'Noah', 'Priya', 'Jack', 'Grace', 'Liam', 'Ruth', 'Owen', 'Maya', 'Henry'] as const
const ITALIAN_LAST = ['Rossi', 'Bianchi', 'Ferrari', 'Romano', 'Colombo', 'Ricci', 'Marino', 'Greco'] as const
const ENGLISH_LAST = ['Smith', 'Patel', 'Jones', 'Walker', 'Hughes', 'Green', 'Baker', 'Murphy'] as const
const GOODS = [
  { name: 'Moka pot, 3 cups', category: 'coffee', price: 34.9 },
  { name: 'Espresso cups, set of 6', category: 'coffee', price: 28 },
  { name: "Chef's knife, 20 cm", category: 'knives', price: 89 },
  { name: 'Paring knife', category: 'knives', price: 24.5 },
  { name: 'Linen tablecloth', category: 'textiles', price: 72 },
  { name: 'Kitchen towels, set of 3', category: 'textiles', price: 19.9 },
  { name: 'Copper pan, 24 cm', category: 'pans', price: 145 },
  { name: 'Olive wood board', category: 'boards', price: 39 },
] as const

export function shoppers(seed: number, count: number): Shopper[] {
  return Array.from({ length: count }, (_, i) => shopper(seed, i))
}

function shopper(seed: number, i: number): Shopper {
  const id = `customer-${String(i + 1).padStart(4, '0')}`
  const place = weigh(
    PLACES.map((one) => [one, one.weight] as const),
    PLACES[0],
    seed,
    id,
    'place',
  )
  const italian = place.locale.startsWith('it')
  const firstName = pick(italian ? ITALIAN : ENGLISH, seed, id, 'first')
  const lastName = pick(italian ? ITALIAN_LAST : ENGLISH_LAST, seed, id, 'last')
  const consents = i === LEAPLING ? 0 : chance(seed, id, 'consent')
  const profile: JsonObject = {
    email: `${firstName}.${lastName}.${i + 1}@example.com`.toLowerCase(),
    lastName,
    locale: place.locale,
    timezone: place.timezone,
    birthday: birthday(seed, id, i),
    tier: weigh(
      [
        ['gold', 10],
        ['silver', 30],
        ['bronze', 60],
      ] as const,
      'bronze',
      seed,
      id,
      'tier',
    ),
    // Some never answered, and some said no: both get no offers, for different reasons.
    ...(consents < 0.85 && { consent: { offers: consents < 0.7, news: consents < 0.4 } }),
    // Some shops do not ask for a name.
    ...(chance(seed, id, 'named') < 0.95 && { firstName }),
  }
  return { id, profile }
}

function birthday(seed: number, id: string, i: number): string {
  const year = 1950 + Math.floor(chance(seed, id, 'year') * 56)
  if (i === LEAPLING) return '1992-02-29'
  const day = 1 + Math.floor(chance(seed, id, 'day') * 365)
  return `${year}-${new Date(Date.UTC(2027, 0, day)).toISOString().slice(5, 10)}`
}

/** Purchases and the tickets that some of them lead to, in order of time. */
export function happenings(seed: number, people: Shopper[]): Happening[] {
  const all = people.flatMap(({ id }) => {
    const purchases = Math.floor(chance(seed, id, 'purchases') * 3.2)
    return Array.from({ length: purchases }, (_, n) => purchase(seed, id, n)).flatMap((bought) => [
      bought,
      ...ticketAfter(seed, bought),
    ])
  })
  return all.filter(({ at }) => at < ENDS_AT).sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
}

function purchase(seed: number, customerId: string, n: number): Happening {
  const words = [seed, customerId, 'purchase', n] as const
  const at = STARTS_AT + Math.floor(chance(...words, 'at') * 78 * DAY) + 2 * HOUR
  return {
    at,
    customerId,
    id: `order-${customerId}-${n + 1}`,
    type: 'purchase',
    data: order(seed, customerId, String(n + 1)),
  }
}

/** An order of one to three goods. */
export function order(seed: number, customerId: string, n: string): JsonObject {
  const words = [seed, customerId, 'order', n] as const
  const count = 1 + Math.floor(chance(...words, 'count') * 2.2)
  const items = Array.from({ length: count }, (_, i) => {
    const { name, category, price } = pick(GOODS, ...words, i)
    return { name, category, price, quantity: 1 + Math.floor(chance(...words, i, 'quantity') * 1.4) }
  })
  const total = items.reduce((sum, { price, quantity }) => sum + price * quantity, 0)
  return { orderId: `${customerId}-${n}`, total: Math.round(total * 100) / 100, currency: 'EUR', items }
}

function ticketAfter(seed: number, bought: Happening): Happening[] {
  const { customerId, id } = bought
  if (chance(seed, id, 'ticket') > 0.4) return []
  const at = bought.at + DAY + Math.floor(chance(seed, id, 'ticket at') * 6 * DAY)
  const subject = pick(
    ['Where is my parcel?', 'A scratch on the pan', 'How do I clean it?', 'Wrong color'],
    seed,
    id,
    'subject',
  )
  const agent = pick(['Francesca', 'Tom', 'Aisha'], seed, id, 'agent')
  const ticketId = `T-${id.slice('order-customer-'.length)}`
  return [{ at, customerId, id: `ticket-${id}`, type: 'ticket.closed', data: { ticketId, subject, agent } }]
}
