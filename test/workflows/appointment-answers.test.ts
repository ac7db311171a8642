/** A yes to an appointment counts from when it is given, for the time that it was given to, and nobody says it for the customer. */
import { expect, test } from 'vitest'
import { publishLibrary, readLibrary, shippedLibrary } from '../../local/library.ts'
import { openShop } from '../local/shop.ts'

const library = readLibrary(shippedLibrary)
const first = '2026-11-19T10:30:00+01:00'
const second = '2026-11-26T15:00:00+01:00'

/** All that the library does about appointments, and Anna, who has booked one. */
async function booked() {
  const shop = await openShop({ now: Date.parse('2026-11-03T15:00:00Z') })
  const workflows = library.workflows.filter(({ name }) => name.startsWith('appointment-'))
  expect(await publishLibrary(shop.premura.runtime, { ...library, workflows })).toEqual([])
  let count = 0
  const say = async (what: string, data: object = {}) => {
    count += 1
    await shop.call('POST', '/v1/events', {
      id: `e-${count}`,
      type: `appointment.${what}`,
      customerId: 'anna',
      customer: { email: 'anna@example.it', firstName: 'Anna', locale: 'it', timezone: 'Europe/Rome' },
      data: { appointmentId: 'P-1', ...data },
    })
    await shop.settle()
  }
  /** The page behind the latest mail. */
  const path = async () => {
    const { html = '' } = (await shop.mails()).at(-1) ?? {}
    const [, found] = /https?:\/\/[^/"]+(\/c\/[\w.-]+)/.exec(html) ?? []
    if (found === undefined) throw new Error('the latest mail links to no appointment')
    return found
  }
  const page = async () => (await shop.call('GET', await path())).text
  const saysYes = async () => (await page()).includes('Hai confermato questo appuntamento.')
  const tap = async (answer: string, more: { [field: string]: string } = {}) => {
    const hidden = [...(await page()).matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)]
    const fields = new URLSearchParams({ answer, ...more })
    for (const [, name = '', value = ''] of hidden) fields.set(name, value)
    const { status } = await shop.call('POST', await path(), String(fields), {
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(status).toBeLessThan(400)
    await shop.settle()
  }
  /** On which days she is asked, and what people are told to do, once all is over. */
  const outcome = async () => {
    await shop.advance({ to: '2026-12-05T09:00:00Z' })
    const mails = await shop.mails()
    const { tasks } = JSON.parse((await shop.call('GET', '/v1/tasks')).text)
    return {
      asked: mails.filter(({ step }) => step === 'please-confirm').map(({ at }) => at.slice(0, 10)),
      reminded: mails.filter(({ step }) => step === 'tomorrow').map(({ at }) => at.slice(0, 10)),
      tasks: tasks.map(({ title }: { title: string }) => title),
    }
  }
  await say('booked', { startsAt: first, service: 'Affilatura' })
  return Object.assign(shop, { say, saysYes, tap, outcome })
}

test('who has confirmed behind the link of the first mail is not asked, and nobody calls', async () => {
  const shop = await booked()
  await shop.advance({ to: '2026-11-04T09:00:00Z' })
  await shop.tap('confirm')
  expect(await shop.saysYes()).toBe(true)
  expect(await shop.outcome()).toEqual({ asked: [], reminded: ['2026-11-18'], tasks: [] })
})

test('what the shop was told by telephone is a yes, too', async () => {
  const shop = await booked()
  await shop.say('confirmed')
  expect(await shop.outcome()).toEqual({ asked: [], reminded: ['2026-11-18'], tasks: [] })
})

test('who says nothing is asked, and then called', async () => {
  const shop = await booked()
  const { asked, tasks } = await shop.outcome()
  expect(asked).toEqual(['2026-11-16'])
  expect(tasks).toEqual(['Anna has not confirmed Thursday, November 19, 10:30 AM'])
})

test('a yes is one to its time: moved by the shop, she is asked for the new one, and the page claims nothing', async () => {
  const shop = await booked()
  await shop.tap('confirm')
  await shop.advance({ to: '2026-11-10T09:00:00Z' })
  await shop.say('moved', { startsAt: second })
  expect(await shop.saysYes()).toBe(false)
  expect(await shop.outcome()).toEqual({
    asked: ['2026-11-23'],
    reminded: ['2026-11-25'],
    tasks: ['Anna has not confirmed Thursday, November 26, 3:00 PM'],
  })
})

test('moved by the shop after she was asked, she is asked anew and not called for the old time', async () => {
  const shop = await booked()
  await shop.advance({ to: '2026-11-16T12:00:00Z' })
  await shop.say('moved', { startsAt: second })
  await shop.advance({ to: '2026-11-23T10:00:00Z' })
  await shop.tap('confirm')
  expect(await shop.outcome()).toEqual({
    asked: ['2026-11-16', '2026-11-23'],
    reminded: ['2026-11-25'],
    tasks: [],
  })
})

test('moved as she has wished, that is her yes, though the page does not say that she tapped one', async () => {
  const shop = await booked()
  await shop.tap('move', { wish: 'Un giovedì, dopo le due' })
  await shop.advance({ to: '2026-11-05T09:00:00Z' })
  await shop.say('moved', { startsAt: second })
  expect(await shop.saysYes()).toBe(false)
  const { asked, reminded, tasks } = await shop.outcome()
  expect({ asked, reminded }).toEqual({ asked: [], reminded: ['2026-11-25'] })
  expect(tasks).toEqual([expect.stringContaining('Anna wants another time')])
})

test('moved by herself on the page of the booking system, she is not asked; moved again by the shop, she is', async () => {
  const shop = await booked()
  await shop.say('moved', { startsAt: '2026-11-24T10:00:00+01:00', by: 'customer' })
  await shop.advance({ to: '2026-11-12T09:00:00Z' })
  await shop.say('moved', { startsAt: second })
  expect((await shop.outcome()).asked).toEqual(['2026-11-23'])
})
