/**
 * The signed links in mails: rating (`/r`), unsubscribe (`/u`), preferences (`/p`), confirmation (`/o`), appointment (`/c`). A token carries everything its page
 * needs and is worth nothing anywhere else: the signature covers purpose, person, journey and expiry.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import * as z from 'zod'
import { appointmentLinks } from '../engine/booked.ts'
import { plainAddress } from '../engine/consent.ts'
import type { AppointmentLinks } from '../engine/mail/render.ts'
import type { Instant } from '../engine/model.ts'
import type { RuntimeConfig } from './ports.ts'

export type LinkPurpose = 'r' | 'u' | 'p' | 'o' | 'c'
export type SurveyKind = 'csat' | 'nps' | 'ces'

/** What a link is bound to. The journey names the message; preferences reached from a page have none. */
export interface LinkClaims {
  purpose: LinkPurpose
  customerId: string
  expiresAt: Instant
  journey?: { workflow: string; key: string; run: number; step: string }
  topic?: string
  survey?: SurveyKind
  /** Tells whether the person still has the address that the link was sent to: see {@link addressMark}. */
  address?: string
  /**
   * The appointment is the one of this journey, whichever run of it is the latest: kept short, because SMS carry it, too.
   * `shownAt` is when it was to begin as the message said it, in whole minutes.
   */
  appointment?: { workflow: string; key: string; shownAt?: Instant }
}

export type LinkReading =
  | { status: 'valid'; claims: LinkClaims }
  /** Signed by us, too old by now. */
  | { status: 'expired'; claims: LinkClaims }
  | { status: 'forged' }

const minute = 60_000
const day = 24 * 3_600_000

/**
 * How long links live. Opting out has to work for as long as mails are kept; opinions on a purchase do not. The link of an
 * appointment lasts as long as the events that tell of it; its page does nothing once the appointment has begun.
 */
const linkLifeMs: { [purpose in LinkPurpose]: number } = {
  r: 90 * day,
  u: 730 * day,
  p: 730 * day,
  o: 14 * day,
  c: 400 * day,
}

/** 128 bits: enough for a MAC that only this server can test, short enough for a mail. */
const macBytes = 16

const journeyParts = [z.string(), z.union([z.string(), z.literal(0)]), z.int(), z.string()] as const

/**
 * Positions count: purpose, customer, expiry (seconds), topic, then the survey of a rating and a mark of the address of
 * every other link; workflow, key (0: the customer's id), run, step.
 */
const payload = z.union([
  z.tuple([z.literal('r'), z.string(), z.int(), z.string(), z.enum(['', 'csat', 'nps', 'ces'])]),
  z.tuple([
    z.literal('r'),
    z.string(),
    z.int(),
    z.string(),
    z.enum(['', 'csat', 'nps', 'ces']),
    ...journeyParts,
  ]),
  z.tuple([z.enum(['u', 'p', 'o']), z.string(), z.int(), z.string(), z.string()]),
  z.tuple([z.enum(['u', 'p', 'o']), z.string(), z.int(), z.string(), z.string(), ...journeyParts]),
  // An appointment: workflow, key, and the time that the message showed (minutes; 0: none).
  z.tuple([z.literal('c'), z.string(), z.int(), z.string(), z.union([z.string(), z.literal(0)]), z.int()]),
])

/** URL-safe text that {@link readLink} takes back. */
export function signLink(secret: string, claims: LinkClaims): string {
  const text = Buffer.from(JSON.stringify(partsOf(claims))).toString('base64url')
  return `${text}.${macOf(secret, text)}`
}

function partsOf(claims: LinkClaims): z.infer<typeof payload> {
  const { purpose, customerId, expiresAt, journey, topic = '', survey = '', address = '' } = claims
  const { appointment } = claims
  const expires = Math.floor(expiresAt / 1000)
  if (purpose === 'c') {
    const { workflow, key, shownAt = 0 } = appointment ?? { workflow: '', key: '' }
    return [
      purpose,
      customerId,
      expires,
      workflow,
      key === customerId ? 0 : key,
      Math.floor(shownAt / minute),
    ]
  }
  if (!journey)
    return purpose === 'r'
      ? [purpose, customerId, expires, topic, survey]
      : [purpose, customerId, expires, topic, address]
  const { workflow, key, run, step } = journey
  const about = [workflow, key === customerId ? 0 : key, run, step] as const
  return purpose === 'r'
    ? [purpose, customerId, expires, topic, survey, ...about]
    : [purpose, customerId, expires, topic, address, ...about]
}

/**
 * Reads a token for one purpose, signed with any of the secrets: links in mails outlive a rotation. The texts themselves are compared, never what they decode to, because base64 lets
 * several texts mean the same bytes.
 */
export function readLink(
  secrets: readonly string[],
  purpose: LinkPurpose,
  token: string,
  now: Instant,
): LinkReading {
  const [text = '', mac = '', ...rest] = token.split('.')
  if (rest.length > 0 || !secrets.some((secret) => equal(mac, macOf(secret, text))))
    return { status: 'forged' }
  const parts = payload.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString()))
  if (!parts.success || parts.data[0] !== purpose) return { status: 'forged' }
  const claims = claimsIn(parts.data)
  return { status: now < claims.expiresAt ? 'valid' : 'expired', claims }
}

function claimsIn(parts: z.infer<typeof payload>): LinkClaims {
  if (parts[0] === 'c') {
    const [purpose, customerId, expires, workflow, key, shown] = parts
    return {
      purpose,
      customerId,
      expiresAt: expires * 1000,
      appointment: {
        workflow,
        key: key === 0 ? customerId : key,
        ...(shown !== 0 && { shownAt: shown * minute }),
      },
    }
  }
  const [purpose, customerId, expires, topic, , workflow, key, run, step] = parts
  return {
    purpose,
    customerId,
    expiresAt: expires * 1000,
    ...(topic !== '' && { topic }),
    ...(parts[0] === 'r'
      ? parts[4] !== '' && { survey: parts[4] }
      : parts[4] !== '' && { address: parts[4] }),
    ...(workflow !== undefined &&
      key !== undefined &&
      run !== undefined &&
      step !== undefined && { journey: { workflow, key: key === 0 ? customerId : key, run, step } }),
  }
}

/** An address in a link: enough to know it again, and not to be read from the link. */
export const addressMark = (address: string): string =>
  createHash('sha256')
    .update(`premura address\n${plainAddress(address)}`)
    .digest('base64url')
    .slice(0, 22)

/** Enough of it to tell an old mailbox from the present one: nobody but this server makes links. */
const shortMark = (address: string): string => addressMark(address).slice(0, 11)

/** Whether the link was sent to one of the addresses that the person has now. */
export function isForAddress({ address: mark }: LinkClaims, addresses: readonly unknown[]): boolean {
  return addresses.some(
    (one) =>
      typeof one === 'string' && one.trim() !== '' && (mark === addressMark(one) || mark === shortMark(one)),
  )
}

export interface MailLinks {
  unsubscribe: string
  preferences: string
  /** The page that records one answer of this message's survey, with `score` chosen. */
  survey(score: number): string
  /** The page that confirms an opt-in; there for those who were asked to. */
  confirm?: string
  /** The page of the appointment; there for messages about one. */
  appointment?: AppointmentLinks
  /** RFC 2369 and RFC 8058: mail programs show their own unsubscribe button and post to it. */
  headers: { name: string; value: string }[]
}

/** Every link of one message. The same message always gets the same links, so that a repeat is byte for byte the same. */
export function mailLinks(
  config: Pick<RuntimeConfig, 'publicUrl' | 'linkSecret'>,
  message: {
    customerId: string
    workflow: string
    key: string
    run: number
    step: string
    topic: string
    /** Where it is sent: who has it no more changes nothing of the person's preferences. */
    to: string
    survey?: SurveyKind
    /** What is to be confirmed, and by whose mailbox. */
    confirm?: { topic: string; address: string }
    /** When the appointment is to begin, as far as it is known. */
    appointment?: { startsAt?: Instant }
    /** When the send was claimed: the lives of the links count from here. */
    at: Instant
  },
): MailLinks {
  const { publicUrl, linkSecret } = config
  const { customerId, workflow, key, run, step, topic, survey = 'csat', confirm, to, at } = message
  const { appointment } = message
  const address = shortMark(to)
  const journey = { workflow, key, run, step }
  const link = (purpose: LinkPurpose, claims: Partial<LinkClaims>): string =>
    `${publicUrl}${linkPath(linkSecret, { purpose, customerId, expiresAt: at + linkLifeMs[purpose], ...claims })}`
  const unsubscribe = link('u', { topic, journey, address })
  // Signed when it is asked for: few mails carry a survey.
  let rating: string | undefined
  return {
    unsubscribe,
    preferences: link('p', { address }),
    survey: (score) => {
      rating ??= link('r', { journey, survey })
      return `${rating}?score=${encodeURIComponent(score)}`
    },
    ...(confirm && {
      confirm: link('o', { topic: confirm.topic, address: addressMark(confirm.address) }),
    }),
    ...(appointment && {
      appointment: appointmentLinks(
        link('c', {
          appointment: {
            workflow,
            key,
            ...(appointment.startsAt !== undefined && { shownAt: appointment.startsAt }),
          },
        }),
      ),
    }),
    headers: [
      { name: 'List-Unsubscribe', value: `<${unsubscribe}>` },
      { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
    ],
  }
}

/** The secrets that a link may be signed with. */
export const linkSecretsOf = ({
  linkSecret,
  formerLinkSecrets = [],
}: Pick<RuntimeConfig, 'linkSecret' | 'formerLinkSecrets'>): string[] => [linkSecret, ...formerLinkSecrets]

/**
 * What stands for a text that may not be kept: nobody without the secret finds out whose it is. One for each secret that
 * there has been, the present one's first.
 */
export const marksOf = (
  config: Pick<RuntimeConfig, 'linkSecret' | 'formerLinkSecrets'>,
  purpose: 'coupon' | 'erased',
  text: string,
): string[] =>
  linkSecretsOf(config).map((secret) =>
    createHmac('sha256', secret).update(`premura ${purpose}\n${text}`).digest('base64url'),
  )

/** Where a link's page is, from the root. */
export const linkPath = (secret: string, claims: LinkClaims): string =>
  `/${claims.purpose}/${signLink(secret, claims)}`

function macOf(secret: string, text: string): string {
  return createHmac('sha256', secret)
    .update(`premura link 1\n${text}`)
    .digest()
    .subarray(0, macBytes)
    .toString('base64url')
}

function equal(given: string, expected: string): boolean {
  const left = Buffer.from(given)
  const right = Buffer.from(expected)
  return left.length === right.length && timingSafeEqual(left, right)
}
