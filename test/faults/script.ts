/** What happens to the customers of a story, and when: drawn from its seed, before anything can go wrong. */
import type { CareEvent, JsonObject } from '../../engine/model.ts'
import type { Deployment, Product } from './deployment.ts'
import type { Draw } from './draw.ts'
import type { Tree } from './grammar.ts'
import type { Feature } from './points.ts'

export const BEGIN = Date.parse('2026-05-04T00:00:00Z')
const MINUTE = 60_000
export const DAY = 24 * 60 * MINUTE
/** Days in which things happen to customers. */
export const SCRIPT_DAYS = 5
/** The moments of a day at which they may: between them there is room for what takes a few minutes longer. */
const SLOTS_PER_DAY = 72

export interface Act {
  name: string
  at: number
  perform: (deployment: Deployment, product: Product) => void
}

/** What was asked for about a customer: from the first try of it until it was answered. */
export interface Asked {
  kind: 'post' | 'change' | 'erase'
  customerId: string
  /** The event's id. */
  id?: string
  from: number
  to: number
  /** Of an erasure: something was held of them when it was asked for. */
  held?: boolean
}

export interface Script {
  customers: string[]
  acts: Act[]
  /** Every event from outside, by `customer/id`. */
  posted: Map<string, CareEvent>
  /** Customers who are erased at some time, whatever comes of them later. */
  erased: Set<string>
  /** Workflows that are held or replaced at some time. */
  touched: Set<string>
  /** Written while the story goes on. */
  asked: Asked[]
  /** Answers behind links, by id: who gave them, and whether they were told that it was taken. */
  answers: Map<string, { customerId: string; taken: boolean }>
}

const ZONES = ['Europe/Rome', 'America/New_York', 'Asia/Tokyo', 'Pacific/Kiritimati', undefined] as const

export function writeScript(draw: Draw, trees: readonly Tree[], focus: Feature): Script {
  const script: Script = {
    customers: Array.from({ length: draw.whole('customers', 2, 4) }, (_, index) => `c${index + 1}`),
    acts: [],
    posted: new Map(),
    erased: new Set(),
    touched: new Set(),
    asked: [],
    answers: new Map(),
  }
  const taken = new Set<number>()
  // No two things of a story happen within the same twenty minutes of a day, whatever the day.
  const moment = (name: string): number => {
    let slot = draw.whole(`${name} slot`, 0, SLOTS_PER_DAY - 1)
    while (taken.has(slot)) slot = (slot + 1) % SLOTS_PER_DAY
    taken.add(slot)
    return BEGIN + draw.whole(`${name} day`, 0, SCRIPT_DAYS - 1) * DAY + slot * 20 * MINUTE
  }
  const wanted = (feature: Feature, otherwise: number) =>
    focus === feature || draw.chance(`wants ${feature}`, otherwise)

  // A rush: everybody comes at once, and again.
  const rush = focus === 'coupon' || draw.chance('rush', 0.3) ? [moment('rush 0'), moment('rush 1')] : []
  for (const [place, customerId] of script.customers.entries()) {
    const own = (name: string, index?: number): number => {
      const shared = index === undefined ? undefined : rush[index]
      return shared === undefined ? moment(name) : shared + draw.whole(`${name} rush`, 0, 20) + place * 3
    }
    writeCustomer(script, draw.part(customerId), customerId, own, focus)
  }

  for (const tree of trees) {
    const { name } = tree
    if (tree.link)
      for (const customerId of script.customers)
        answerBehindLink(script, draw.part(`${name} ${customerId}`), { customerId, name, moment, focus })
    if (wanted('pause', 0.06) && !script.touched.has(name)) {
      script.touched.add(name)
      const at = moment(`${name} pause`)
      act(script, `pause ${name}`, at, (deployment, product) =>
        deployment.request(`pause ${name}`, (runtime) => product.pause(runtime, name)),
      )
      act(
        script,
        `resume ${name}`,
        at + draw.whole(`${name} paused`, 2, 50) * 60 * MINUTE,
        (deployment, product) =>
          deployment.request(`resume ${name}`, async (runtime) => {
            const result = await product.resume(runtime, name)
            if (result.ok) await product.requestRound(runtime, result.summary)
          }),
      )
    }
    if (wanted('publish', 0.04) && !script.touched.has(name)) {
      script.touched.add(name)
      const inFlight = draw.one(`${name} in flight`, ['move', 'move', 'end'])
      act(script, `publish ${name}`, moment(`${name} publish`), (deployment, product) =>
        deployment.request(`publish ${name}, ${inFlight}`, (runtime) =>
          product.publish(runtime, name, { inFlight }),
        ),
      )
    }
  }
  script.acts.sort((one, other) => one.at - other.at)
  return script
}

function act(script: Script, name: string, at: number, perform: Act['perform']): void {
  script.acts.push({ name, at, perform })
}

/** Asks for something about a customer, and notes when. */
function ask(
  script: Script,
  deployment: Deployment,
  about: Omit<Asked, 'from' | 'to'>,
  name: string,
  what: Parameters<Deployment['request']>[1],
): void {
  const held = about.kind === 'erase' && deployment.outside.table.under(`C#${about.customerId}`).length > 0
  const asked: Asked = { ...about, from: deployment.now, to: Number.POSITIVE_INFINITY, held }
  script.asked.push(asked)
  deployment.request(name, what, () => {
    asked.to = deployment.now
  })
}

function writeCustomer(
  script: Script,
  draw: Draw,
  id: string,
  moment: (name: string, index?: number) => number,
  focus: Feature,
): void {
  const wanted = (feature: Feature, otherwise: number) =>
    focus === feature || draw.chance(`wants ${feature}`, otherwise)
  const zone = ZONES[draw.whole('zone', 0, ZONES.length - 1)]
  const profile: JsonObject = {
    email: `${id}@example.com`,
    // Journeys write over it: merged a second time, it would come back.
    last: 'event',
    phone: '+393331234567',
    ...(zone !== undefined && { timezone: zone }),
    ...(draw.chance('date', 0.5) && { due: `2026-05-${String(draw.whole('due', 5, 9)).padStart(2, '0')}` }),
    ...(draw.chance('consent', 0.3) && { consent: { offers: true } }),
  }
  const events = draw.whole('events', 3, 8)
  const moments = Array.from({ length: events }, (_, index) => moment(`${id} ${index}`, index)).sort(
    (a, b) => a - b,
  )
  for (const [index, at] of moments.entries()) {
    const type =
      index === 0
        ? 'order'
        : index === 1 && (focus === 'erasure' || focus === 'refusal')
          ? 'csat.rated'
          : draw.weighted(`type ${index}`, TYPES)
    const data: JsonObject = {
      n: draw.whole(`n ${index}`, 0, 9),
      ref: `r${draw.whole(`ref ${index}`, 1, 3)}`,
      ...(type === 'order' && { startsAt: '2026-05-20T09:00' }),
    }
    if (type === 'csat.rated') data.score = draw.whole(`score ${index}`, 1, 5)
    const event: CareEvent = { id: `${id}-e${index}`, type, customerId: id, at, data }
    const fields: JsonObject = {
      ...(draw.chance(`fields ${index}`, 0.15) && { tier: draw.one(`tier ${index}`, ['gold', 'plain']) }),
      // Answers that replace one another.
      ...((focus === 'consent' || focus === 'erasure' || focus === 'refusal') && {
        consent: { offers: index % 2 === 0 },
      }),
    }
    const customer = index === 0 ? { ...profile, ...fields } : fields
    script.posted.set(`${id}/${event.id}`, event)
    const post = (deployment: Deployment, product: Product) =>
      ask(
        script,
        deployment,
        { kind: 'post', customerId: id, id: event.id },
        `post ${type} ${event.id}`,
        (runtime) =>
          product.accept(runtime, [{ event, ...(Object.keys(customer).length > 0 && { customer }) }]),
      )
    act(script, `post ${event.id}`, at, post)
    // A shop that is not sure posts again: at once, after the queue has forgotten, or days later.
    if (draw.chance(`repeats ${index}`, 0.2))
      act(
        script,
        `post ${event.id} again`,
        at + draw.one(`after ${index}`, [1, 7, 1 * 24 * 60 + 7]) * MINUTE,
        post,
      )
  }
  const last = moments.at(-1) ?? BEGIN
  const erasedAt =
    wanted('erasure', 0.05) || focus === 'refusal'
      ? draw.chance('erased at once', 0.7)
        ? last + draw.whole('erased after', 0, 300)
        : moment(`${id} erase`)
      : undefined
  if (wanted('profile', 0.25) || ['consent', 'becomes', 'date', 'refusal'].includes(focus)) {
    const fields: JsonObject = {
      ...(draw.chance('moves', focus === 'date' ? 0.8 : 0.3) && { timezone: 'Asia/Tokyo' }),
      ...(draw.chance('another day', 0.5) && {
        due: `2026-05-${String(draw.whole('new due', 6, 10)).padStart(2, '0')}`,
      }),
      ...((focus === 'consent' || draw.chance('asks', 0.3)) && {
        consent: { offers: draw.chance('yes', 0.5) },
      }),
      tier: draw.one('tier', ['gold', 'plain']),
    }
    // Whoever was erased is a customer again by it.
    const at =
      erasedAt !== undefined && draw.chance('again a customer', 0.6)
        ? erasedAt + draw.whole('again after', 1, 15) * MINUTE
        : moment(`${id} change`)
    act(script, `change ${id}`, at, (deployment, product) =>
      ask(
        script,
        deployment,
        { kind: 'change', customerId: id },
        `change the profile of ${id}`,
        async (runtime) => {
          await product.changeProfile(runtime, id, (before) => ({ ...before, ...fields, id }))
          await product.readmit(runtime, id)
          await product.announceProfile(runtime, id)
        },
      ),
    )
  }
  // Often while something of theirs is in the queue or in hand.
  if (erasedAt !== undefined) {
    script.erased.add(id)
    const at = erasedAt
    // Received together with what came before, and both of them again.
    if (at - last <= 300 && draw.chance('received again', 0.5)) {
      act(script, `sleep until ${id} is erased`, last - 1, (deployment) =>
        deployment.sleep(draw.whole('sleeps', 300, 20_000)),
      )
      // Who has come back by then is known again.
      if (draw.chance('comes back', 0.6))
        comeBack(script, id, at + draw.whole('comes back after', 1_000, 9_000))
      act(script, `lose what is received with the erasure of ${id}`, last, (deployment) =>
        deployment.loseWith(id),
      )
    }
    act(script, `erase ${id}`, at, (deployment, product) =>
      ask(script, deployment, { kind: 'erase', customerId: id }, `erase ${id}`, (runtime) =>
        product.eraseCustomer(runtime, id),
      ),
    )
  }
}

/** Somebody follows the link of an appointment, and answers what they were shown; where no answer comes they try again. */
function answerBehindLink(
  script: Script,
  draw: Draw,
  about: { customerId: string; name: string; moment: (name: string) => number; focus: Feature },
): void {
  const { customerId, name, moment, focus } = about
  const refs = [...script.posted.values()].flatMap((event) =>
    event.customerId === customerId && event.type === 'order' ? [String(event.data.ref)] : [],
  )
  for (const ref of new Set(refs)) {
    if (!draw.chance(`answers ${ref}`, focus === 'link' ? 1 : 0.5)) continue
    const answer = draw.one(`answer ${ref}`, ['confirm', 'cancel'])
    const act = `${answer} ${ref} of ${customerId} in ${name}`
    script.acts.push({
      name: act,
      at: moment(`${name} ${customerId} ${ref} answer`),
      perform: (deployment, product) => {
        let shown: string | undefined
        let id = ''
        deployment.request(
          act,
          async (runtime) => {
            const { customer } = await product.loadCustomer(runtime, customerId)
            const place = { workflow: name, key: ref }
            const found = await product.appointmentNow(runtime, customer, 'Europe/Rome', place)
            if (!found) return
            // The form keeps what it was made with.
            shown ??= product.shownAs(found.booked)
            id = product.answerId(found.booked, answer, shown)
            if (found.given.has(id) || shown !== product.shownAs(found.booked)) return
            if (!script.answers.has(id)) script.answers.set(id, { customerId, taken: false })
            await product.give(runtime, customerId, found, { answer, about: place })
          },
          () => {
            const given = script.answers.get(id)
            if (given) given.taken = true
          },
        )
      },
    })
  }
}

/** The first that is heard of somebody after their erasure. */
function comeBack(script: Script, customerId: string, at: number): void {
  const event: CareEvent = {
    id: `${customerId}-back`,
    type: 'order',
    customerId,
    at,
    data: { n: 5, ref: 'r9' },
  }
  script.posted.set(`${customerId}/${event.id}`, event)
  const customer = { email: `${customerId}@example.org`, phone: '+393331234568' }
  act(script, `post ${event.id}`, at, (deployment, product) =>
    ask(script, deployment, { kind: 'post', customerId, id: event.id }, `post order ${event.id}`, (runtime) =>
      product.accept(runtime, [{ event, customer }]),
    ),
  )
}

const TYPES: [[string, number], ...[string, number][]] = [
  ['order', 5],
  ['purchase', 3],
  ['ping', 2],
  ['cancel', 1],
  ['moved', 1],
  ['csat.rated', 1],
]
