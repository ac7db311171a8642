/**
 * What an answer about a topic means. What somebody says behind a link that only they have is their own word. What others
 * say for them counts as much, unless the topic asks for double opt-in: then a yes is a request, which waits for the
 * person's own. A no counts at once, whoever says it.
 */
import { topicTitle } from './mail/frame.ts'
import type {
  CareEvent,
  ConsentMark,
  ConsentSource,
  Customer,
  Instant,
  JsonObject,
  Profile,
  Settings,
} from './model.ts'
import { mergeProfile } from './profile.ts'

/** How an answer came in. */
export interface Word {
  source: ConsentSource
  /** Who passed it on. */
  by?: string
  at: Instant
  settings: Settings
}

/** topic → yes, no, null (never answered), or undefined: nothing is said of it, so that an answer goes and a request stays. */
export interface Answers {
  [topic: string]: boolean | null | undefined
}

/** Somebody was asked to confirm: the start of a workflow that writes to them. */
export const REQUESTED = 'consent.requested'
/** Somebody confirmed. */
export const GIVEN = 'consent.given'

/** The profile's view names what is pending under this name. Sent back with the rest of the profile, it says nothing. */
export const PENDING_NAME = 'pendingConsent'

const DAY_MS = 24 * 3_600_000

/** Addresses are the same in upper and lower case, as mail programs take them. */
export const plainAddress = (address: string | undefined): string => (address ?? '').trim().toLowerCase()

function markOn({ consents = {} }: Pick<Customer, 'consents'>, topic: string): ConsentMark | undefined {
  return Object.hasOwn(consents, topic) ? consents[topic] : undefined
}

/** Does the topic wait for the person's own word? */
export const isPending = (customer: Pick<Customer, 'consents'>, topic: string): boolean =>
  markOn(customer, topic)?.state === 'pending'

export const pendingTopics = (customer: Pick<Customer, 'consents'>): string[] =>
  Object.keys(customer.consents ?? {}).filter((topic) => isPending(customer, topic))

/** New facts from somebody else: a null removes an attribute, and consent is answered topic by topic. */
export function mergeCustomer(
  before: Customer | undefined,
  id: string,
  changes: JsonObject,
  word: Word,
): Customer {
  const { consent, [PENDING_NAME]: _, ...others } = changes
  const profile = mergeProfile(before?.profile ?? { id }, others)
  if (consent === undefined) return answer(before, profile, {}, word)
  return answer(before, { ...profile, consent: profile.consent ?? {} }, answersIn(consent), word)
}

/** A profile in the place of the one that was known. */
export function replaceProfile(before: Customer | undefined, profile: Profile, word: Word): Customer {
  const { [PENDING_NAME]: _, ...kept } = profile
  const unsaid = Object.keys(before?.profile.consent ?? {}).map((topic) => [topic, undefined] as const)
  const answers: Answers = { ...Object.fromEntries(unsaid), ...profile.consent }
  return answer(before, { ...kept, id: profile.id }, answers, word)
}

/**
 * The customer with these answers.
 * @param profile what is known by now but for them
 */
export function answer(
  before: Customer | undefined,
  profile: Profile,
  answers: Answers,
  word: Word,
): Customer {
  const consent = { ...before?.profile.consent }
  const consents = { ...before?.consents }
  const address = profile.email?.trim()
  for (const [topic, said] of Object.entries(answers)) {
    const was = Object.hasOwn(consent, topic) ? consent[topic] : undefined
    const known = markOn({ consents }, topic)
    const mark = (state: ConsentMark['state']): ConsentMark => ({
      state,
      // Of two answers of one moment, one is the later.
      at: Math.max(word.at, (known?.at ?? 0) + 1),
      source: word.source,
      ...(word.by !== undefined && { by: word.by }),
    })
    const pending = known?.state === 'pending'
    if (said === true && was !== true && mustConfirm(topic, word)) {
      if (!pending) consents[topic] = { ...mark('pending'), ...(address && { address }) }
      else if (mayAskAgain(known, word.at)) {
        const sinceAt = known.sinceAt ?? known.at
        consents[topic] = { ...mark('pending'), ...(address && { address }), sinceAt }
      }
    } else if (typeof said === 'boolean') {
      consent[topic] = said
      const own = word.source === 'confirmed' && address ? { address } : {}
      if (was !== said || pending) consents[topic] = { ...mark(said ? 'given' : 'refused'), ...own }
    } else {
      delete consent[topic]
      if (pending ? said === null : was !== undefined) consents[topic] = mark('removed')
    }
  }
  askNewAddress(consents, address, word.at)
  const shown = profile.consent !== undefined || Object.keys(consent).length > 0
  return {
    profile: { ...profile, ...(shown && { consent }) },
    suppressions: before?.suppressions ?? [],
    ...(Object.keys(consents).length > 0 && { consents }),
  }
}

/** A request was made to an address; under another one it is made again. What was confirmed stays, because it is the person's. */
function askNewAddress(
  consents: { [topic: string]: ConsentMark },
  address: string | undefined,
  now: Instant,
) {
  if (!address) return
  for (const [topic, mark] of Object.entries(consents)) {
    if (mark.state !== 'pending' || plainAddress(mark.address) === plainAddress(address)) continue
    const { sinceAt: _, ...asked } = mark
    consents[topic] = { ...asked, at: Math.max(now, mark.at + 1), address }
  }
}

function mustConfirm(topic: string, { source, settings }: Word): boolean {
  const { topics } = settings
  const rules = Object.hasOwn(topics, topic) ? topics[topic] : undefined
  return rules?.optIn === 'double' && source !== 'page' && source !== 'confirmed'
}

/** At most once a day, and ever more seldom: who repeats what is known every night does not write to somebody every day. */
function mayAskAgain({ at, sinceAt = at }: ConsentMark, now: Instant): boolean {
  return now - at >= Math.max(DAY_MS, at - sinceAt)
}

function answersIn(value: unknown): Answers {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).filter(([, said]) => typeof said === 'boolean' || said === null),
  )
}

/**
 * The event that tells of an answer: a request, or the person's own word on a topic that asks for it. It has the same id
 * whenever it is told. Who has no address is asked as soon as there is one.
 */
function eventOf(customer: Customer, topic: string, settings: Settings): CareEvent | undefined {
  const mark = markOn(customer, topic)
  const { id: customerId, locale = settings.defaultLocale } = customer.profile
  if (mark?.state === 'pending') {
    if (mark.address === undefined) return undefined
    const data = { topic, title: topicTitle(settings, topic, locale) }
    return { id: `consent:asked:${topic}:${mark.at}`, type: REQUESTED, customerId, at: mark.at, data }
  }
  const rules = Object.hasOwn(settings.topics, topic) ? settings.topics[topic] : undefined
  const own = mark?.source === 'page' || mark?.source === 'confirmed'
  if (mark?.state !== 'given' || !own || rules?.optIn !== 'double') return undefined
  return { id: `consent:given:${topic}:${mark.at}`, type: GIVEN, customerId, at: mark.at, data: { topic } }
}

/** The events of those answers that `wanted` takes. */
export function eventsOf(
  customer: Customer,
  settings: Settings,
  wanted: (mark: ConsentMark, topic: string) => boolean,
): CareEvent[] {
  return Object.entries(customer.consents ?? {}).flatMap(([topic, mark]) => {
    const event = wanted(mark, topic) ? eventOf(customer, topic, settings) : undefined
    return event ? [event] : []
  })
}
