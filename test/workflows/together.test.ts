/** What the workflows of the library do for each other: a moved appointment, an unhappy answer, a customer who is missed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compileWorkflow } from '../../engine/language/compile.ts'
import { parseSettings } from '../../engine/language/settings.ts'
import { type Given, simulate } from '../../engine/simulate.ts'
import { publishLibrary, readLibrary, shippedLibrary } from '../../local/library.ts'
import { openShop } from '../local/shop.ts'

const library = readLibrary(shippedLibrary)

async function shopWith(...names: string[]) {
  const shop = await openShop({ now: Date.parse('2026-11-03T15:00:00Z') })
  const workflows = library.workflows.filter(({ name }) => names.includes(name))
  expect(await publishLibrary(shop.premura.runtime, { ...library, workflows })).toEqual([])
  const post = (id: string, type: string, data: object) =>
    shop.call('POST', '/v1/events', {
      id,
      type,
      customerId: 'anna',
      customer: { email: 'anna@example.it', firstName: 'Anna', locale: 'it', timezone: 'Europe/Rome' },
      data,
    })
  const subjects = async () => (await shop.mails()).map(({ at, subject }) => `${at} ${subject}`).toSorted()
  return Object.assign(shop, { post, subjects })
}

test('an appointment that is moved takes its reminders with it, before and after the last one', {
  timeout: 60_000,
}, async () => {
  const shop = await shopWith('appointment-reminder', 'appointment-question', 'appointment-moved')
  await shop.post('b', 'appointment.booked', { appointmentId: 'P-1', startsAt: '2026-11-19T10:30:00+01:00' })
  await shop.advance({ to: '2026-11-10T09:00:00Z' })
  await shop.post('m1', 'appointment.moved', { appointmentId: 'P-1', startsAt: '2026-11-20T11:00:00+01:00' })
  await shop.advance({ to: '2026-11-19T20:00:00Z' })
  await shop.post('m2', 'appointment.moved', { appointmentId: 'P-1', startsAt: '2026-11-26T15:00:00+01:00' })
  await shop.advance({ to: '2026-11-30T09:00:00Z' })
  expect(await shop.subjects()).toEqual([
    '2026-11-03T15:00:00.000Z Ti aspettiamo giovedì 19 novembre, ore 10:30',
    '2026-11-10T09:00:00.000Z Spostato a venerdì 20 novembre, ore 11:00',
    '2026-11-17T09:00:00.000Z Vieni venerdì 20 novembre?',
    '2026-11-19T17:00:00.000Z Ci vediamo domani alle 11:00',
    '2026-11-19T20:00:00.000Z Spostato a giovedì 26 novembre, ore 15:00',
    '2026-11-23T09:00:00.000Z Vieni giovedì 26 novembre?',
    '2026-11-25T17:00:00.000Z Ci vediamo domani alle 15:00',
  ])
})

test('two appointments are moved and reminded of each for itself', { timeout: 60_000 }, async () => {
  const shop = await shopWith('appointment-reminder', 'appointment-question', 'appointment-moved')
  await shop.post('b1', 'appointment.booked', { appointmentId: 'P-1', startsAt: '2026-11-19T10:30:00+01:00' })
  await shop.post('b2', 'appointment.booked', { appointmentId: 'P-2', startsAt: '2026-11-20T16:00:00+01:00' })
  await shop.advance({ to: '2026-11-10T09:00:00Z' })
  await shop.post('m1', 'appointment.moved', { appointmentId: 'P-1', startsAt: '2026-11-26T11:00:00+01:00' })
  await shop.advance({ to: '2026-11-12T09:00:00Z' })
  await shop.post('c2', 'appointment.cancelled', { appointmentId: 'P-2' })
  await shop.advance({ to: '2026-11-30T09:00:00Z' })
  expect(await shop.subjects()).toEqual([
    '2026-11-03T15:00:00.000Z Ti aspettiamo giovedì 19 novembre, ore 10:30',
    '2026-11-03T15:00:00.000Z Ti aspettiamo venerdì 20 novembre, ore 16:00',
    '2026-11-10T09:00:00.000Z Spostato a giovedì 26 novembre, ore 11:00',
    '2026-11-23T09:00:00.000Z Vieni giovedì 26 novembre?',
    '2026-11-25T17:00:00.000Z Ci vediamo domani alle 11:00',
  ])
})

test('an unhappy answer and a second request are one matter on one desk', { timeout: 60_000 }, async () => {
  const shop = await shopWith('nps-follow-up', 'repeated-contacts', 'back-to-a-person')
  await shop.post('n', 'nps.rated', { score: 2, comment: 'Due volte la moka sbagliata' })
  await shop.post('t1', 'ticket.opened', { ticketId: 'T-1', subject: 'Moka' })
  await shop.post('t2', 'ticket.opened', { ticketId: 'T-2', subject: 'Ancora la moka' })
  await shop.settle()
  const { tasks } = JSON.parse((await shop.call('GET', '/v1/tasks')).text)
  expect(tasks).toMatchObject([
    { title: 'Anna: would hardly recommend us: 2 of 10: “Due volte la moka sbagliata”', queue: 'care-team' },
  ])
  expect(await shop.subjects()).toEqual(['2026-11-03T15:00:00.000Z Grazie per averlo detto con franchezza'])
})

/** What purchase-rhythm has learned after purchases on these days. */
async function rhythmOf(...days: string[]) {
  const folder = join(shippedLibrary, 'purchase-rhythm')
  const files = { 'workflow.yaml': readFileSync(join(folder, 'workflow.yaml'), 'utf8') }
  const { settings } = parseSettings(library.settings)
  if (!settings) throw new Error('the settings of the library do not parse')
  const { workflow } = await compileWorkflow(files, { settings, layout: library.layout })
  if (!workflow) throw new Error('purchase-rhythm does not compile')
  const events = days.map((day): Given => ({ at: `${day}T12:00Z`, event: 'purchase', data: { total: 20 } }))
  const customer = { id: 'anna', timezone: 'Europe/Rome' }
  const { timeline } = simulate({ workflow, settings, customer, events })
  return timeline.flatMap(({ values }) => values?.missedOn ?? []).at(-1)
}

test.each([
  ['a first purchase: four months', ['2026-01-01'], '2026-05-01T12:00:00.000Z'],
  ['thirty days between: two times thirty', ['2026-01-01', '2026-01-31'], '2026-04-01T12:00:00.000Z'],
  ['a quick return hurries nobody', ['2026-01-01', '2026-01-31', '2026-02-05'], '2026-04-06T12:00:00.000Z'],
  ['ten days between: 45 at least', ['2026-01-01', '2026-01-11'], '2026-02-25T12:00:00.000Z'],
  ['most of a year between: a year at most', ['2026-01-01', '2026-11-01'], '2027-11-01T12:00:00.000Z'],
  [
    'twice on one day: the first counts',
    ['2026-01-01', '2026-01-31', '2026-01-31'],
    '2026-04-01T12:00:00.000Z',
  ],
])('somebody is missed after %s', async (_which, days, missedOn) => {
  expect(await rhythmOf(...days)).toBe(missedOn)
})
