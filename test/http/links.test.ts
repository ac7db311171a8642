/** Signed links: only what was signed is read, and only for what it was signed for. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addressMark,
  type LinkClaims,
  linkSecretsOf,
  mailLinks,
  readLink,
  signLink,
} from '../../runtime/links.ts'

const secret = 'one-secret-of-more-than-thirty-two-bytes'
const now = Date.parse('2026-03-26T10:00:00Z')
const purposes = ['r', 'u', 'p', 'o', 'c'] as const

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
const claims: fc.Arbitrary<LinkClaims> = fc.record(
  {
    purpose: fc.constant('r'),
    customerId: text,
    expiresAt: fc
      .integer({ min: now / 1000 + 1, max: now / 1000 + 10_000_000 })
      .map((seconds) => seconds * 1000),
    journey: fc.record({ workflow: text, key: text, run: fc.integer({ min: 1, max: 1000 }), step: text }),
    topic: text,
    survey: fc.constantFrom('csat', 'nps', 'ces'),
  },
  { requiredKeys: ['purpose', 'customerId', 'expiresAt'] },
)
const confirmations: fc.Arbitrary<LinkClaims> = fc
  .record(
    {
      purpose: fc.constantFrom('u', 'p', 'o'),
      customerId: text,
      topic: text,
      address: text,
      journey: fc.record({ workflow: text, key: text, run: fc.integer({ min: 1, max: 1000 }), step: text }),
    },
    { requiredKeys: ['purpose', 'customerId'] },
  )
  .map((about) => ({ expiresAt: now + 1000, ...about }))

const appointments: fc.Arbitrary<LinkClaims> = fc
  .record({
    customerId: text,
    appointment: fc.record(
      {
        workflow: text,
        key: text,
        shownAt: fc.integer({ min: 1, max: 50_000_000 }).map((minutes) => minutes * 60_000),
      },
      { requiredKeys: ['workflow', 'key'] },
    ),
  })
  .map((about) => ({ purpose: 'c', expiresAt: now + 1000, ...about }))

describe('a link', () => {
  it('brings back what was signed', () => {
    fc.assert(
      fc.property(fc.oneof(claims, confirmations, appointments), (given) => {
        const token = signLink(secret, given)
        expect(token).toMatch(/^[\w-]+\.[\w-]+$/)
        expect(readLink([secret], given.purpose, token, now)).toEqual({ status: 'valid', claims: given })
      }),
    )
  })

  it('is refused after any change of a single character', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=%~'
    fc.assert(
      fc.property(
        fc.oneof(claims, appointments),
        fc.nat(),
        fc.constantFrom(...alphabet),
        (given, at, character) => {
          const token = signLink(secret, given)
          const place = at % token.length
          fc.pre(token[place] !== character)
          const changed = token.slice(0, place) + character + token.slice(place + 1)
          expect(readLink([secret], given.purpose, changed, now)).toEqual({ status: 'forged' })
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('is refused at every place of one token, with every character', () => {
    const given: LinkClaims = { purpose: 'u', customerId: 'anna', expiresAt: now + 1000, topic: 'news' }
    const token = signLink(secret, given)
    for (let place = 0; place < token.length; place++)
      for (const character of 'ABQgwxyz019-_.') {
        if (token[place] === character) continue
        const changed = token.slice(0, place) + character + token.slice(place + 1)
        expect(readLink([secret], 'u', changed, now).status).toBe('forged')
      }
  })

  it('is refused when cut, grown, empty or from another deployment', () => {
    const given: LinkClaims = { purpose: 'p', customerId: 'anna', expiresAt: now + 1000 }
    const token = signLink(secret, given)
    for (const other of [
      '',
      '.',
      token.slice(0, -1),
      token.slice(1),
      `${token}A`,
      `${token}.A`,
      `${token}=`,
      token.split('.')[0] ?? '',
      signLink('another-secret-of-more-than-thirty-two-bytes', given),
      'é'.repeat(30),
    ])
      expect(readLink([secret], 'p', other, now).status).toBe('forged')
  })

  it('is good for its purpose alone', () => {
    for (const purpose of purposes)
      for (const other of purposes) {
        const token = signLink(secret, { purpose, customerId: 'anna', expiresAt: now + 1000 })
        expect(readLink([secret], other, token, now).status).toBe(purpose === other ? 'valid' : 'forged')
      }
  })

  it('is believed while its secret stands among the former ones, and no longer', () => {
    const token = signLink(secret, { purpose: 'u', customerId: 'anna', expiresAt: now + 1000 })
    const rotated = { linkSecret: 'n'.repeat(43), formerLinkSecrets: [secret] }
    expect(readLink(linkSecretsOf(rotated), 'u', token, now).status).toBe('valid')
    expect(readLink(linkSecretsOf({ linkSecret: 'n'.repeat(43) }), 'u', token, now).status).toBe('forged')
  })

  it('expires at its moment', () => {
    const token = signLink(secret, { purpose: 'p', customerId: 'anna', expiresAt: now + 5000 })
    expect(readLink([secret], 'p', token, now + 4999).status).toBe('valid')
    expect(readLink([secret], 'p', token, now + 5000).status).toBe('expired')
  })
})

describe('the links of a mail', () => {
  const config = { publicUrl: 'https://care.test', linkSecret: secret }
  const message = {
    customerId: 'anna',
    workflow: 'win-back',
    key: 'T-1',
    run: 2,
    step: 'ask',
    topic: 'service',
    to: 'anna@example.it',
    at: now,
  }

  it('are bound to the message', () => {
    const links = mailLinks(config, { ...message, survey: 'nps' })
    const [, token = '', score] =
      /^https:\/\/care\.test\/r\/([\w.-]+)\?score=(.*)$/.exec(links.survey(7)) ?? []
    expect(score).toBe('7')
    const journey = { workflow: 'win-back', key: 'T-1', run: 2, step: 'ask' }
    expect(readLink([secret], 'r', token, now)).toMatchObject({
      status: 'valid',
      claims: { customerId: 'anna', survey: 'nps', journey },
    })
    const leaving = links.unsubscribe.replace('https://care.test/u/', '')
    expect(readLink([secret], 'u', leaving, now)).toMatchObject({ claims: { topic: 'service', journey } })
  })

  it('are the same each time, and short enough for a mail', () => {
    const links = mailLinks(config, message)
    expect(mailLinks(config, message)).toMatchObject({
      unsubscribe: links.unsubscribe,
      headers: links.headers,
    })
    expect(links.unsubscribe.length).toBeLessThan(180)
  })

  it('confirm an opt-in for whoever was asked to, for 14 days', () => {
    expect(mailLinks(config, message)).not.toHaveProperty('confirm')
    const asked = { topic: 'news', address: ' Anna@example.it' }
    const link = mailLinks(config, { ...message, confirm: asked }).confirm ?? ''
    expect(readLink([secret], 'o', link.replace('https://care.test/o/', ''), now)).toEqual({
      status: 'valid',
      claims: {
        purpose: 'o',
        customerId: 'anna',
        topic: 'news',
        address: addressMark('anna@example.it'),
        expiresAt: now + 14 * 24 * 3_600_000,
      },
    })
  })

  it('of an appointment are short enough for an SMS, and live as long as events are kept', () => {
    expect(mailLinks(config, message)).not.toHaveProperty('appointment')
    const startsAt = Date.parse('2026-11-19T09:30:00Z')
    const links = mailLinks(config, { ...message, appointment: { startsAt } }).appointment
    const page = links?.link ?? ''
    expect(links).toEqual({
      link: page,
      confirm: `${page}?choose=confirm`,
      move: `${page}?choose=move`,
      cancel: `${page}?choose=cancel`,
    })
    expect(page.length).toBeLessThan(120)
    expect(readLink([secret], 'c', page.replace('https://care.test/c/', ''), now)).toEqual({
      status: 'valid',
      claims: {
        purpose: 'c',
        customerId: 'anna',
        appointment: { workflow: 'win-back', key: 'T-1', shownAt: startsAt },
        expiresAt: now + 400 * 24 * 3_600_000,
      },
    })
    expect(mailLinks(config, { ...message, appointment: {} }).appointment?.link).not.toBe(page)
  })

  it('come with the headers of a one-click unsubscribe', () => {
    const { headers, unsubscribe } = mailLinks(config, message)
    expect(headers).toEqual([
      { name: 'List-Unsubscribe', value: `<${unsubscribe}>` },
      { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
    ])
  })
})
