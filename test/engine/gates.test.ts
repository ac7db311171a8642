/** Who may be written to: the order of the gates, and each of them. */
import { describe, expect, it } from 'vitest'
import { advance } from '../../engine/advance.ts'
import { passGates } from '../../engine/gates.ts'
import type { Context, Decision } from '../../engine/journey.ts'
import type { Profile, Settings, Topic } from '../../engine/model.ts'
import type { SendStep } from '../../engine/program.ts'
import { contextAt, customer, entered, local, program, ROME, send, settings } from './world.ts'

const noon = local('2026-03-26T12:00')
const night = local('2026-03-26T23:00')
const HOUR = 3_600_000

/** Everything stands in the way at once; each row takes one obstacle away. */
const strict: Topic = {
  title: { en: 'Offers' },
  basis: 'consent',
  cap: { max: 1, withinMs: 24 * HOUR },
  quietHours: { from: '21:00', to: '08:00' },
}
const withTopic = (topic: Topic): Settings => ({ ...settings, topics: { ...settings.topics, offers: topic } })
const offer = program([send('offer', null, { topic: 'offers' })])
const suppressed = { address: 'ANNA@example.it', reason: 'bounce' as const, at: 0 }

function ask(now: number, more: Partial<Context>) {
  const context = contextAt(now, { settings: withTopic(strict), ...more })
  return advance(offer, entered(offer, context), { kind: 'entered' }, context)
}
const rulesOf = (decisions: Decision[]) => decisions.map(({ rule, outcome }) => `${rule} ${outcome}`)

describe('the gates', () => {
  const obstacles = {
    address: { customer: { ...customer({ email: ' ' }), suppressions: [suppressed] } },
    suppression: { customer: { ...customer(), suppressions: [suppressed] } },
    consent: { customer: customer() },
    cap: { customer: customer({ consent: { offers: true } }), sent: [{ topic: 'offers', at: night - HOUR }] },
    quiet: { customer: customer({ consent: { offers: true } }) },
  }
  it.each([
    ['no address', { ...obstacles.cap, ...obstacles.address }, 'gate.address refused'],
    ['a suppressed address', { ...obstacles.cap, ...obstacles.suppression }, 'gate.suppression refused'],
    ['no consent', { ...obstacles.cap, ...obstacles.consent }, 'gate.consent refused'],
    ['the cap', obstacles.cap, 'gate.cap refused'],
    ['quiet hours', obstacles.quiet, 'gate.quiet-hours moved'],
  ])('are asked in order, at night, with all that follows in the way: %s', (_, more, expected) => {
    expect(rulesOf(ask(night, more).decisions)[0]).toBe(expected)
  })

  it('let the journey go on after a refusal', () => {
    expect(ask(noon, obstacles.consent)).toMatchObject({
      commands: [{ kind: 'end', reason: 'completed' }],
      decisions: [
        { step: 'offer', rule: 'gate.consent', values: { topic: 'offers', basis: 'consent', answer: null } },
        { rule: 'end' },
      ],
    })
  })

  it('never record an address', () => {
    for (const more of Object.values(obstacles)) {
      expect(JSON.stringify(ask(night, more).decisions)).not.toMatch(/anna@/i)
    }
  })

  it.each([
    ['service', undefined, 'sent'],
    ['service', true, 'sent'],
    ['service', false, 'refused'],
    ['consent', undefined, 'refused'],
    ['consent', true, 'sent'],
    ['consent', false, 'refused'],
  ] as const)('basis %s with the answer %s: %s', (basis, answer, expected) => {
    const consent = answer === undefined ? {} : { offers: answer }
    const context = contextAt(noon, {
      settings: withTopic({ title: {}, basis }),
      customer: customer({ consent }),
    })
    const [command] = advance(offer, entered(offer, context), { kind: 'entered' }, context).commands
    expect(command?.kind).toBe(expected === 'sent' ? 'send' : 'end')
  })

  it('write unasked on no topic that the settings do not know', () => {
    const context = contextAt(noon, { settings: { ...settings, topics: {} } })
    const refused = advance(offer, entered(offer, context), { kind: 'entered' }, context)
    expect(rulesOf(refused.decisions)).toContain('gate.consent refused')
  })
})

describe('the frequency cap', () => {
  const at = (sent: Context['sent'], own = false) => {
    const two = program([
      send('first', 'offer', { topic: 'offers' }),
      send('offer', null, { topic: 'offers' }),
    ])
    const context = contextAt(noon, {
      settings: withTopic(strict),
      customer: customer({ consent: { offers: true } }),
      sent,
    })
    let result = advance(two, entered(two, context), { kind: 'entered' }, context)
    if (own)
      result = advance(two, result.enrollment, { kind: 'performed', outcome: { status: 'done' } }, context)
    return result
  }
  it.each([
    ['just inside the window', [{ topic: 'offers', at: noon - 24 * HOUR + 1 }], 'end'],
    ['just outside', [{ topic: 'offers', at: noon - 24 * HOUR }], 'send'],
    ['of another topic', [{ topic: 'news', at: noon - 1 }], 'send'],
  ])('counts what was sent %s', (_, sent, expected) => {
    expect(at(sent).commands[0]?.kind).toBe(expected)
  })
  it('counts what this journey sent itself', () => {
    expect(rulesOf(at([], true).decisions)).toEqual(['send sent', 'gate.cap refused', 'end completed'])
  })
})

describe('quiet hours', () => {
  const quiet = (
    quietHours: Topic['quietHours'],
    now: number,
    basis: Topic['basis'] = 'consent',
    timezone = ROME,
  ) => {
    const topic: Topic = { title: {}, basis, ...(quietHours !== undefined && { quietHours }) }
    const context = contextAt(now, {
      settings: withTopic(topic),
      customer: customer({ timezone, consent: { offers: true } }),
    })
    const result = advance(offer, entered(offer, context), { kind: 'entered' }, context)
    const [command] = result.commands
    return { moved: command?.kind === 'wait' ? command.dueAt : undefined, result, context }
  }
  const span = { from: '21:00', to: '08:00' }
  it.each([
    ['before', '2026-03-26T20:59', span, undefined],
    ['at their start', '2026-03-26T21:00', span, '2026-03-27T08:00'],
    ['after midnight', '2026-03-27T03:00', span, '2026-03-27T08:00'],
    ['at their end', '2026-03-27T08:00', span, undefined],
    ['within a day', '2026-03-27T13:30', { from: '13:00', to: '15:00' }, '2026-03-27T15:00'],
    ['of no length', '2026-03-27T13:00', { from: '13:00', to: '13:00' }, undefined],
    ['over a clock change', '2026-03-28T23:00', span, '2026-03-29T08:00'],
    ['that end in the gap', '2026-03-29T01:00', { from: '21:00', to: '02:30' }, '2026-03-29T03:00'],
    ['switched off', '2026-03-26T23:00', null, undefined],
    ['not mentioned', '2026-03-26T23:00', undefined, '2026-03-27T08:00'],
  ])('%s', (_, now, hours, expected) => {
    expect(quiet(hours, local(now)).moved).toBe(expected === undefined ? undefined : local(expected))
  })

  it('do not hold for service topics that do not ask for them', () => {
    expect(quiet(undefined, night, 'service').moved).toBeUndefined()
    expect(quiet(span, night, 'service').moved).toBe(local('2026-03-27T08:00'))
  })

  it('are the customer’s own', () => {
    expect(quiet(span, night, 'consent', 'America/New_York').moved).toBeUndefined()
  })

  it('are quiet once in an hour that comes twice', () => {
    const second = Date.UTC(2026, 9, 25, 1, 10)
    expect(quiet({ from: '21:00', to: '02:30' }, second).moved).toBeUndefined()
    expect(quiet({ from: '21:00', to: '02:30' }, second - HOUR).moved).toBe(Date.UTC(2026, 9, 25, 0, 30))
  })

  it('move the send, which passes all gates again', () => {
    const { moved, result, context } = quiet(span, night)
    const later = { ...context, now: moved ?? 0 }
    const out = advance(offer, result.enrollment, { kind: 'woken' }, later)
    expect(out.commands).toMatchObject([{ kind: 'send', step: 'offer' }])
    const optedOut = { ...later, customer: customer({ consent: { offers: false } }) }
    expect(rulesOf(advance(offer, result.enrollment, { kind: 'woken' }, optedOut).decisions)).toContain(
      'gate.consent refused',
    )
  })
})

describe('priority under a cap', () => {
  const at = local('2026-03-26T10:00')
  const news = (priority: number, coming: { at: string; priority: number; topic?: string }[], sent = 0) => {
    const of = program([send('m', null)], { topic: 'news', ...(priority > 0 && { priority }) })
    const base = contextAt(at, { customer: customer({ consent: { news: true } }) })
    const enrollment = entered(of, base)
    const [step] = Object.values(of.steps)
    if (step?.verb !== 'send') throw new Error('no send')
    const context = {
      ...base,
      sent: Array.from({ length: sent }, () => ({ topic: 'news', at: at - 1 })),
      coming: coming.map(({ at: when, priority: other, topic = 'news' }) => ({
        topic,
        priority: other,
        at: local(when),
      })),
    }
    return passGates({ step, program: of, enrollment, context })
  }

  // The cap is two a day.
  const evening = '2026-03-26T21:00'
  it.each([
    ['room for both', 0, [{ at: evening, priority: 5 }], 0, 'pass'],
    ['room for one, and a more important one to come', 0, [{ at: evening, priority: 5 }], 1, 'refuse'],
    [
      'room for two, and two of them',
      0,
      [
        { at: evening, priority: 5 },
        { at: evening, priority: 6 },
      ],
      0,
      'refuse',
    ],
    ['room for one, and an equal one to come', 5, [{ at: evening, priority: 5 }], 1, 'pass'],
    ['room for one, and a lesser one to come', 5, [{ at: evening, priority: 4 }], 1, 'pass'],
    ['one to come tomorrow', 0, [{ at: '2026-03-27T00:00', priority: 5 }], 1, 'pass'],
    ['one that should have come yesterday', 0, [{ at: '2026-03-25T23:59', priority: 5 }], 1, 'pass'],
    ['one to come under another topic', 0, [{ at: evening, priority: 5, topic: 'offers' }], 1, 'pass'],
    ['no room at all', 9, [], 2, 'refuse'],
  ] as const)('%s', (_, priority, coming, sent, verdict) => {
    expect(news(priority, [...coming], sent).verdict).toBe(verdict)
  })

  it('says for how many it keeps room', () => {
    expect(news(0, [{ at: evening, priority: 5 }], 1)).toEqual({
      verdict: 'refuse',
      rule: 'gate.cap',
      values: { topic: 'news', sent: 1, max: 2, ahead: 1 },
    })
  })
})

describe('by SMS and WhatsApp', () => {
  const ask = (channel: 'sms' | 'whatsapp', given: Partial<Profile>, suppressed?: string) => {
    const to = customer(given)
    if (suppressed !== undefined) to.suppressions.push({ address: suppressed, reason: 'opt-out', at: 0 })
    const step: SendStep = {
      id: 'ping',
      next: null,
      verb: 'send',
      template: 'ping',
      channel,
      topic: 'service',
      inDoubt: 'drop',
    }
    const context = contextAt(noon, { customer: to })
    return passGates({
      step,
      program: program([step]),
      enrollment: entered(program([step]), context),
      context,
    })
  }
  const phone = '+393331234567'

  it.each(['sms', 'whatsapp'] as const)('%s goes to the number and to nothing else', (channel) => {
    expect(ask(channel, { phone })).toMatchObject({ verdict: 'pass', to: phone })
    for (const wrong of [
      undefined,
      '',
      '3331234567',
      '0039333',
      '+39 333 1234567',
      '+0393331234567',
      '+1234',
    ])
      expect(ask(channel, wrong === undefined ? {} : { phone: wrong })).toEqual({
        verdict: 'refuse',
        rule: 'gate.address',
        values: { reason: 'no-phone' },
      })
  })

  it('a number that has opted out is left alone, an address that bounced is another matter', () => {
    const refused = { verdict: 'refuse', rule: 'gate.suppression', values: { reason: 'opt-out' } }
    expect(ask('sms', { phone }, phone)).toEqual(refused)
    expect(ask('sms', { phone }, 'anna@example.it')).toMatchObject({ verdict: 'pass' })
  })
})
