/**
 * What one of each kind of work asks of AWS: done a hundred times on the embedded product, on the virtual clock, and read
 * off the meter. Whoever adds a kind of work adds a load here; its counts stand in the test and in docs/benchmarks.md.
 */
import { openPremura, type Premura } from '../../local/process.ts'
import { sweep } from '../../runtime/sweep.ts'
import { MAIL, WORKFLOW } from '../purchases.ts'
import { KEY, Metered, type Reading } from './metered.ts'
import { mails, standard } from './standard.ts'

export interface Load extends Reading {
  name: string
  /** Where its calls are waited for. */
  by: 'worker' | 'sweep'
}

/** So many of each, and as many customers. */
export const EACH = 100
/** A scan is billed by the started 4 KB of each page, which so many customers make up for. */
const SWEPT = 500

const DAY_MS = 24 * 3_600_000
const HOUR_MS = 3_600_000
const AHEAD_DAYS = 10
const STARTS_AT = Date.parse('2026-11-23T10:00:00Z')
/** Of the standard journey, from the purchase to the last mail. */
const JOURNEY_MS = 27 * DAY_MS

/** The first half of its life is a load, the second another one. */
const waiting = (name: string, wait: string) => `workflow: ${name}
title: Waiting
topic: service
trigger: { event: ${name}.began }
enroll: { per: meta.id, again: never }
steps:
  - { wait: ${wait}, id: rest }
  - { send: large, inDoubt: drop }
`
const BIRTHDAYS = `workflow: birthdays
title: Birthdays
topic: service
trigger: { date: birthday, every: year, at: "09:00" }
enroll: { per: event.occurrence }
steps:
  - { send: large, inDoubt: drop }
`
const TEXTS = `workflow: texts
title: Texts
topic: service
trigger: { event: text.asked }
enroll: { per: meta.id, again: never }
steps:
  - { send: note, channel: sms, inDoubt: drop }
`
const HELLO = `---
subject: Hello
---
<mj-section><mj-column><mj-text>Hello {{ customer.firstName }}</mj-text></mj-column></mj-section>
`

export async function countLoads(): Promise<Load[]> {
  const premura = await openPremura({
    ...{ dir: null, port: 0, now: STARTS_AT, adminKey: KEY, log: 'error' as const },
    library: null,
  })
  try {
    const bench = new Bench(premura)
    // In an order in which none of them wakes what another one has left.
    return [
      ...(await bench.customers()),
      ...(await bench.events()),
      await bench.purchases(),
      await bench.texts(),
      ...(await bench.waits()),
      await bench.standardJourneys(),
      await bench.timelinePages(),
      await bench.sweeps(),
      await bench.birthdays(),
    ]
  } finally {
    await premura.close()
  }
}

const idOf = (n: number) => `c-${String(n).padStart(4, '0')}`

class Bench {
  readonly #premura: Premura
  readonly #metered: Metered

  constructor(premura: Premura) {
    this.#premura = premura
    this.#metered = new Metered(premura)
  }

  async customers(): Promise<Load[]> {
    const profile = (n: number, firstName: string) => ({
      email: `${idOf(n)}@example.com`,
      phone: `+1202555${String(n).padStart(4, '0')}`,
      timezone: 'Europe/Rome',
      firstName,
    })
    const write = (firstName: string) => (n: number) =>
      this.#call('PUT', `/v1/customers/${idOf(n)}`, profile(n, firstName))
    const customers = Array.from({ length: EACH }, (_, n) => ({ id: `i-${n}`, ...profile(n, 'Carla') }))
    const bring = () => this.#call('POST', '/v1/customers', { customers })
    // The first of all makes its zone known.
    await write('Anna')(EACH)
    return [
      await this.#load('a customer written, one a request', () => this.#each(write('Anna'))),
      await this.#load('a customer written again, changed', () => this.#each(write('Bruna'))),
      await this.#load('a customer of an import, a hundred at once', bring),
      await this.#load('the same, once more and unchanged', bring),
    ]
  }

  async events(): Promise<Load[]> {
    const visit = (n: number, id: string) => ({ id, type: 'page.viewed', customerId: idOf(n), data: { n } })
    const one = (n: number) => this.#call('POST', '/v1/events', visit(n, `one-${n}`))
    const ones = () => this.#each(one)
    await one(EACH)
    const all = Array.from({ length: EACH }, (_, n) => visit(n, `all-${n}`))
    const first = await this.#load('an event that nobody listens to, one a request', ones)
    const batch = () => this.#call('POST', '/v1/events', { events: all })
    const together = await this.#load('the same, a hundred a request', batch)
    // Within five minutes the queue drops a repetition by itself.
    await this.#rest(HOUR_MS)
    return [first, together, await this.#load('an event posted again, an hour later', ones)]
  }

  async purchases(): Promise<Load> {
    await this.#metered.publish('bench', WORKFLOW, { 'large.mjml': MAIL, 'small.mjml': MAIL })
    const buy = (n: number) =>
      this.#event('bench.bought', n, { orderId: `o-${n}`, total: n, currency: 'EUR' })
    // As of every workflow below: what a process reads once of a version is read by the first, who is not counted.
    await this.#ahead(buy)
    return await this.#load('a purchase to its mail', () => this.#each(buy))
  }

  async texts(): Promise<Load> {
    await this.#metered.publish('texts', TEXTS, { 'note.txt': 'Hello {{ customer.firstName }}\n' })
    const ask = (n: number) => this.#event('text.asked', n, {})
    await this.#ahead(ask)
    return await this.#load('an event to its SMS', () => this.#each(ask))
  }

  async waits(): Promise<Load[]> {
    await this.#metered.publish('soon', waiting('soon', '1 hour'), { 'large.mjml': HELLO })
    const begin = (n: number) => this.#event('soon.began', n, {})
    await this.#ahead(begin, HOUR_MS)
    return [
      await this.#load('an event that starts a wait', () => this.#each(begin)),
      await this.#load('a wait that ends, with a mail', async () => {}, HOUR_MS),
    ]
  }

  async standardJourneys(): Promise<Load> {
    await this.#metered.publish('standard', standard, mails)
    const items = [{ name: 'Moka pot', quantity: 1, price: 80, category: 'coffee' }]
    const buy = (n: number) =>
      this.#event('purchase', n, { orderId: `s-${n}`, total: 80, currency: 'EUR', items })
    // And so long that the tick has just written its cursor, which it does every thirty days.
    await this.#ahead(buy, JOURNEY_MS + 4 * DAY_MS)
    const name = 'a standard journey: three mails, two waits, one branch'
    return await this.#load(name, () => this.#each(buy), JOURNEY_MS)
  }

  async timelinePages(): Promise<Load> {
    const look = (n: number) => this.#call('GET', `/v1/customers/${idOf(n)}/timeline?limit=20`)
    return await this.#load('a page of the timeline, of six events and four journeys', () => this.#each(look))
  }

  /** What each customer adds to a night: those that are there already are taken off. */
  async sweeps(): Promise<Load> {
    const { runtime } = this.#premura
    const name = 'the nightly sweep, for a customer with an event and a journey that waits'
    const night = () => this.#load(name, () => sweep(runtime), 0, SWEPT)
    await this.#metered.publish('later', waiting('later', '90 days'), { 'large.mjml': HELLO })
    const begin = async (n: number) => {
      await this.#call('PUT', `/v1/customers/late-${idOf(n)}`, { email: `late-${idOf(n)}@example.com` })
      await this.#event('later.began', n, {}, 'late-')
    }
    await begin(SWEPT)
    await this.#premura.settle()
    const before = await night()
    await this.#each(begin, SWEPT)
    await this.#premura.settle()
    return { ...less(await night(), before), by: 'sweep' }
  }

  /** What each who is due adds to a day: a day with nobody due is taken off, which its ticks read all the same. */
  async birthdays(): Promise<Load> {
    await this.#metered.publish('birthdays', BIRTHDAYS, { 'large.mjml': HELLO })
    const { clock } = this.#premura
    await this.#rest(Math.ceil(clock.now() / DAY_MS) * DAY_MS - clock.now())
    const born = (n: number, inDays: number) => {
      const birthday = `1990-${new Date(clock.now() + inDays * DAY_MS).toISOString().slice(5, 10)}`
      return this.#call('PATCH', `/v1/customers/${idOf(n)}`, { birthday })
    }
    // Far enough ahead that the ticks find them, and no timer is armed for anybody.
    await born(EACH, AHEAD_DAYS - 1)
    await this.#each((n) => born(n, AHEAD_DAYS))
    await this.#rest(AHEAD_DAYS * DAY_MS)
    const day = () =>
      this.#load('a birthday among many customers, from the tick to the mail', async () => {}, DAY_MS)
    const due = await day()
    const own = less(due, await day())
    // Whom a tick hands over is counted among what fired, and no schedule of anybody's.
    return { ...own, operations: { ...own.operations, timersFired: 0 } }
  }

  /** Done, handled, and the clock moved on through whatever comes due. */
  async #load(name: string, act: () => Promise<unknown>, restMs = 0, count = EACH): Promise<Load> {
    const reading = await this.#metered.measured(count, async () => {
      await act()
      await this.#premura.settle()
      return restMs === 0 ? 0 : await this.#rest(restMs)
    })
    return { name, by: 'worker', ...reading }
  }

  /** By a customer of its own, with all that comes of it. */
  async #ahead(one: (n: number) => Promise<void>, restMs = 0): Promise<void> {
    await one(EACH)
    await this.#premura.settle()
    if (restMs > 0) await this.#rest(restMs)
  }

  async #rest(ms: number): Promise<number> {
    const { fired } = await this.#premura.advanceTo(this.#premura.clock.now() + ms)
    return fired
  }

  async #each(one: (n: number) => Promise<void>, count = EACH): Promise<void> {
    for (let n = 0; n < count; n++) await one(n)
  }

  #event(type: string, n: number, data: object, run = ''): Promise<void> {
    return this.#call('POST', '/v1/events', {
      id: `${type}-${n}`,
      type,
      customerId: `${run}${idOf(n)}`,
      data,
    })
  }

  #call(method: string, path: string, body?: object): Promise<void> {
    return this.#metered.call(method, path, body)
  }
}

/** What one had more than the other. */
function less(load: Load, { operations, calls, cpuMs }: Load): Load {
  const own = load.operations
  const sent = (from: Load['operations']) => from.messagesSent ?? from.queueSends
  return {
    ...load,
    operations: {
      httpRequests: own.httpRequests - operations.httpRequests,
      writeUnits: own.writeUnits - operations.writeUnits,
      readUnits: own.readUnits - operations.readUnits,
      tableCalls: own.tableCalls - operations.tableCalls,
      queueSends: own.queueSends - operations.queueSends,
      messagesSent: sent(own) - sent(operations),
      timersArmed: own.timersArmed - operations.timersArmed,
      timersFired: own.timersFired - operations.timersFired,
      mails: own.mails - operations.mails,
    },
    calls: Object.fromEntries(
      Object.entries(load.calls)
        .map(([name, n]): [string, number] => [name, n - (calls[name] ?? 0)])
        .filter(([, n]) => n !== 0),
    ),
    cpuMs: Math.max(0, load.cpuMs - cpuMs),
  }
}
