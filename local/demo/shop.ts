/** A sample shop, from a seed: its goods, its orders, and who its customers are. */
import type { JsonObject } from '../../engine/model.ts'
import { chance, pick, weigh } from './random.ts'

export const STARTS_AT = Date.parse('2027-01-11T06:00:00Z')
/** Three months, with the American and the European change of the clocks in them. */
export const ENDS_AT = Date.parse('2027-04-12T06:00:00Z')

const DAY = 24 * 3_600_000

export interface Shopper {
  id: string
  profile: JsonObject
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
  { name: 'Coffee beans, 1 kg', category: 'refills', price: 24 },
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
    // Gold is reached in the course of the story, see the purchases.
    tier: chance(seed, id, 'tier') < 0.4 ? 'silver' : 'bronze',
    ...history(seed, id),
    // Some never answered, and some said no: both get no offers, for different reasons.
    ...(consents < 0.85 && { consent: { offers: consents < 0.7, news: consents < 0.4 } }),
    // Some shops do not ask for a name.
    ...(chance(seed, id, 'named') < 0.95 && { firstName }),
  }
  return { id, profile }
}

/** What the shop knows from before: most have bought once, some have a subscription, some would be missed soon. */
function history(seed: number, id: string): JsonObject {
  if (chance(seed, id, 'known') > 0.8) return {}
  const day = (from: string, days: number, word: string) =>
    new Date(Date.parse(from) + Math.floor(chance(seed, id, word) * days) * DAY).toISOString().slice(0, 10)
  return {
    customerSince: day('2021-03-01', 2100, 'since'),
    ...(chance(seed, id, 'missed') < 0.25 && { missedOn: day('2027-01-15', 80, 'missed on') }),
    ...(chance(seed, id, 'subscribed') < 0.08 && {
      renewsOn: day('2027-02-20', 50, 'renews on'),
      plan: 'Coffee of the month',
      renewalPrice: 216,
      autoRenew: chance(seed, id, 'renews itself') < 0.5,
    }),
  }
}

function birthday(seed: number, id: string, i: number): string {
  const year = 1950 + Math.floor(chance(seed, id, 'year') * 56)
  if (i === LEAPLING) return '1992-02-29'
  const day = 1 + Math.floor(chance(seed, id, 'day') * 365)
  return `${year}-${new Date(Date.UTC(2027, 0, day)).toISOString().slice(5, 10)}`
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
