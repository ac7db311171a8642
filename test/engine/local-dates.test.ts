/** A date without an offset is the customer's own: in mails, in conditions and in waits it means the same moment. */
import { describe, expect, it, test, vi } from 'vitest'
import { evaluateCondition, evaluateValue } from '../../engine/condition.ts'
import { becomes } from '../../engine/becoming.ts'
import { compileWorkflow } from '../../engine/language/compile.ts'
import { parseSettings } from '../../engine/language/settings.ts'
import { renderLine, renderMail } from '../../engine/mail/render.ts'
import type { Json } from '../../engine/model.ts'
import { simulate } from '../../engine/simulate.ts'
import { variablesFor } from '../../engine/variables.ts'
import { readLibrary, shippedLibrary } from '../../local/library.ts'
import { template, variables } from './mail/template.ts'
import { contextAt, customer, local, program } from './world.ts'

// MJML reads the ambient clock while it lays out a mail. What it makes of one is no matter here.
vi.mock('../../engine/mail/mjml.ts', () => import('./language/plain-mjml.ts'))

const print = (filter: string, value: Json, timezone: string, locale: string | null = null) =>
  renderMail(
    template({ text: `{{ event.at | ${filter} }}`, locale }),
    variables({ event: { at: value }, customer: { timezone } }, locale),
  )
    .text.replace(/[\u00A0\u202F]/g, ' ')
    .trim()

describe('a filter prints a local date and time as it is written, wherever the customer lives', () => {
  test.each([
    ['date_long', 'May 4, 2026', '4 maggio 2026'],
    ['date_short', '05/04/2026', '04/05/2026'],
    ['date_weekday', 'Monday, May 4', 'lunedì 4 maggio'],
    ['time', '11:30 PM', '23:30'],
  ])('%s', (filter, english, italian) => {
    for (const zone of ['Europe/Rome', 'Asia/Tokyo', 'America/Los_Angeles', 'Mars/Olympus'])
      for (const value of ['2026-05-04T23:30', '2026-05-04T23:30:00', ' 2026-05-04T23:30:00.000 ']) {
        expect(print(filter, value, zone, 'en')).toBe(english)
        expect(print(filter, value, zone, 'it')).toBe(italian)
      }
  })
})

describe('a day without its year', () => {
  test.each([
    ['date_long', 'March 14', '14 marzo'],
    ['date_short', '03/14', '14/03'],
  ])('is printed without one: %s', (filter, english, italian) => {
    for (const value of ['03-14', '--03-14']) {
      expect(print(filter, value, 'America/Los_Angeles', 'en')).toBe(english)
      expect(print(filter, value, 'Asia/Tokyo', 'it')).toBe(italian)
    }
    expect(print('date_long', '02-29', 'Europe/Rome', 'en')).toBe('February 29')
  })

  test.each([
    ['date_weekday', '"03-14" is a day without its year, which has no weekday'],
    ['time', '"03-14" is a day without its year, which has no time of day'],
  ])('stops the mail where it would need more: %s', (filter, words) => {
    expect(() => print(filter, '03-14', 'Europe/Rome')).toThrow(words)
  })

  test.each(['02-30', '14.3.1990', '2026-02-30', '2026-05-04T25:00', '31-12'])(
    '%s is not a date',
    (value) => {
      expect(() => print('date_long', value, 'Europe/Rome')).toThrow(`"${value}" is not a date`)
    },
  )
})

describe('timestamp', () => {
  const at = (timezone?: string) => ({
    event: { startsAt: '2026-05-04T15:00', day: '2026-05-04', list: ['2026-05-04T15:00'], none: '03-14' },
    now: '2026-05-04T12:00:00.000Z',
    ...(timezone !== undefined && { timezone }),
  })
  const starts = (zone?: string) => evaluateValue('timestamp(event.startsAt)', at(zone))

  it('takes a local date and time in the zone of the customer, and UTC where none is known', () => {
    expect(starts('Europe/Rome')).toBe('2026-05-04T13:00:00.000Z')
    expect(starts('Asia/Tokyo')).toBe('2026-05-04T06:00:00.000Z')
    expect(starts('Mars/Olympus')).toBe('2026-05-04T15:00:00.000Z')
    expect(starts()).toBe('2026-05-04T15:00:00.000Z')
    expect(evaluateValue('timestamp(event.day)', at('Asia/Tokyo'))).toBe('2026-05-03T15:00:00.000Z')
    const soon = 'timestamp(event.startsAt) < now + duration("2h")'
    expect(evaluateCondition(soon, at('Europe/Rome'))).toMatchObject({ value: true })
    expect(evaluateCondition(soon, at('America/Los_Angeles'))).toMatchObject({ value: false })
    const inLoop = 'event.list.exists(i, timestamp(i) > now)'
    expect(evaluateCondition(inLoop, at('Europe/Rome'))).toMatchObject({ value: true })
    expect(evaluateCondition(inLoop, at('Asia/Tokyo'))).toMatchObject({ value: false })
  })

  it('is not told by an expression which zone that is', () => {
    for (const text of ['premuraZone == "Asia/Tokyo"', 'timestamp(event.startsAt, "Asia/Tokyo") > now'])
      expect(evaluateCondition(text, at('Asia/Tokyo')).value).toBe(false)
  })

  it('is undecided by a day without its year', () => {
    const text = 'timestamp(event.none) < now'
    expect(evaluateCondition(text, at('Europe/Rome')).values).toMatchObject({ undecided: [text] })
  })

  it('knows the zone in a journey, also of who has none, and where a profile becomes something', () => {
    const now = local('2026-05-04T12:00')
    const zoneless = contextAt(now, {
      customer: { profile: { id: 'anna', until: '2026-05-04T15:00' }, suppressions: [] },
    })
    const settings = { ...zoneless.settings, defaultTimezone: 'Asia/Tokyo' }
    const seen = variablesFor({ ...zoneless, settings }, program([]))
    expect(evaluateValue('timestamp(customer.until)', seen)).toBe('2026-05-04T06:00:00.000Z')
    expect(renderLine('{{ customer.until | time }}', seen).replace('\u202F', ' ')).toBe('3:00 PM')
    const trigger = {
      kind: 'becomes' as const,
      condition: 'timestamp(customer.until) == timestamp("2026-05-04T06:00Z")',
    }
    const { profile } = customer({ until: '2026-05-04T15:00' })
    expect(becomes(trigger, undefined, { ...profile, timezone: 'Asia/Tokyo' })).toBe(true)
    expect(becomes(trigger, undefined, profile)).toBe(false)
  })
})

test('an appointment booked for a local time is told, asked about and reminded of at that time', async () => {
  const { settings: text, layout, workflows } = readLibrary(shippedLibrary)
  const { settings } = parseSettings(text)
  const found = workflows.filter(({ name }) => /^appointment-(?:reminder|question)$/.test(name))
  if (!settings || found.length !== 2) throw new Error('the library has no reminder, or no question')
  const compiled = await Promise.all(found.map(({ files }) => compileWorkflow(files, { settings, layout })))
  for (const timezone of ['Europe/Rome', 'Asia/Tokyo', 'America/Los_Angeles']) {
    const told = compiled.flatMap(({ workflow }) => {
      if (!workflow) throw new Error('a workflow does not compile')
      const { timeline } = simulate({
        workflow,
        settings,
        customer: { id: 'anna', email: 'anna@example.it', locale: 'it', timezone },
        events: [
          {
            at: '2026-03-10T12:00',
            event: 'appointment.booked',
            data: { appointmentId: 'P-1', startsAt: '2026-03-20T15:00' },
          },
        ],
      })
      expect(timeline.filter(({ kind }) => kind === 'problem')).toEqual([])
      return timeline.flatMap(({ at, message, task }) => {
        if (message) return [{ at, what: message.template, subject: message.subject }]
        return task ? [{ at, what: task.name, subject: task.title }] : []
      })
    })
    const when = (clock: string) => local(clock, timezone)
    expect(told.toSorted((one, other) => one.at - other.at)).toMatchObject([
      {
        at: when('2026-03-10T12:00'),
        what: 'booked',
        subject: expect.stringContaining('20 marzo, ore 15:00'),
      },
      { at: when('2026-03-17T10:00'), what: 'please-confirm' },
      { at: when('2026-03-18T10:00'), what: 'call' },
      { at: when('2026-03-19T18:00'), what: 'tomorrow', subject: expect.stringContaining('15:00') },
    ])
  }
})

test('an appointment for a local time that is soon is told from one that is not by the customer’s clock', () => {
  const soon = 'timestamp(event.startsAt) < now + duration("36h")'
  const context = contextAt(local('2026-03-18T12:00'))
  const asked = (startsAt: string) =>
    evaluateCondition(
      soon,
      variablesFor({ ...context, event: { ...context.event, data: { startsAt } } }, program([])),
    )
  expect(asked('2026-03-19T23:59')).toMatchObject({ value: true })
  expect(asked('2026-03-20T00:00')).toMatchObject({ value: false })
})
