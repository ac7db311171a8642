/**
 * What the engine speaks about: customers, events, settings. Plain data, JSON all the way down,
 * so that it can be stored, sent and compared as it is.
 */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

/** Milliseconds since 1970-01-01T00:00Z. Every name that ends in `At` is one of these. */
export type Instant = number

/** Something that happened to one customer. `type` is `noun.verbed` (and `purchase`). */
export interface CareEvent {
  id: string
  type: string
  customerId: string
  at: Instant
  data: JsonObject
  /** How many journeys stand between this event and one from outside, each started by the one before. Absent: none. */
  hops?: number
}

/** What is known of a customer. Attributes of the deployment's own stand beside the named ones. */
export interface Profile {
  id: string
  email?: string
  phone?: string
  firstName?: string
  lastName?: string
  /** BCP 47, for example `it` or `it-CH`. */
  locale?: string
  /** IANA name, for example `Europe/Rome`. */
  timezone?: string
  /** topic → opted in (true) or out (false); a topic that is absent was never answered. */
  consent?: { [topic: string]: boolean }
  [attribute: string]: Json | undefined
}

/** An address or number that must not be written to again: it bounced for good, or its owner complained or opted out. */
export interface Suppression {
  address: string
  reason: 'bounce' | 'complaint' | 'opt-out'
  at: Instant
}

/** How an answer about a topic came in: for somebody, or from the person, behind a link that only they have. */
export type ConsentSource = 'api' | 'event' | 'workflow' | 'page' | 'confirmed'

/** What was said last about a topic, when, and by whom: the proof of a consent. */
export interface ConsentMark {
  /** `pending`: a yes that waits for the person to confirm it. `removed`: as if never answered. */
  state: 'pending' | 'given' | 'refused' | 'removed'
  at: Instant
  source: ConsentSource
  /** Who passed it on: the name of a key or of a person. */
  by?: string
  /** Who was asked, or confirmed. */
  address?: string
  /** Of a request that was repeated: when it was first made. */
  sinceAt?: Instant
}

export interface Customer {
  profile: Profile
  suppressions: Suppression[]
  /** topic → where what `profile.consent` says of it comes from, and what is pending. */
  consents?: { [topic: string]: ConsentMark }
}

export interface Topic {
  title: { [locale: string]: string }
  /** `service` answers something the customer did; `consent` needs an opt-in. */
  basis: 'service' | 'consent'
  /** `double`: a yes that others pass on counts once the person has confirmed it. Otherwise it counts as it comes. */
  optIn?: 'single' | 'double'
  /** At most `max` messages of this topic in any `withinMs`. */
  cap?: { max: number; withinMs: number }
  /** Local times between which nothing is sent; a send is moved to the end. `null`: never quiet. */
  quietHours?: { from: string; to: string } | null
}

/** `workflows/settings.yaml`, parsed: the brand and the rules that hold for every workflow. */
export interface Settings {
  brand: { name: string; url: string; color: string; logo?: string }
  /** The sender's postal address, which every mail shows. */
  postalAddress: string
  senders: { default: Sender; [name: string]: Sender }
  defaultLocale: string
  defaultTimezone: string
  topics: { [name: string]: Topic }
  /** What becomes of events about somebody who was erased: left out, they are about somebody new. */
  afterErasure?: 'start-clean' | 'refuse'
  /** Other systems that workflows may call. `secret` names what they check signatures with; left out: the webhook itself. */
  webhooks?: { [name: string]: { url: string; secret?: string } }
  /** What the shop's systems post: type of the event → what it means, or nothing. Left out: nobody has listed it. */
  events?: { [type: string]: string }
}

export interface Sender {
  from: string
  replyTo?: string
}
