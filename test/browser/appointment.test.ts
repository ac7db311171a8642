/** The page of an appointment in a real browser: by keys and by tapping, without scripts, back and forth. */
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openCareShop } from '../local/shop.ts'

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
const there = existsSync(executablePath)

let browser: Browser
beforeAll(async () => {
  if (there) browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
})
afterAll(() => browser?.close())

const definition = `workflow: keeping
topic: service
trigger: { event: appointment.booked }
enroll: { per: event.appointmentId }
appointment: { starts: event.startsAt, title: event.service }
steps:
  - send: ask
`
const mail = `---
subject: Will you come?
---
<mj-section><mj-column><mj-button href="{{ appointment.confirm }}">Yes</mj-button></mj-column></mj-section>
`

/** The page that a link in Anna's mail leads to. Scripts are off: it has none, and a mailbox may allow none. */
async function openPage(query: string, options: BrowserContextOptions = {}, more: object = {}) {
  const shop = await openCareShop()
  await shop.call('PUT', '/v1/workflows/keeping/draft', {
    definition,
    templates: { 'ask.mjml': mail },
  })
  await shop.call('POST', '/v1/workflows/keeping/publish', {})
  await shop.call('PUT', '/v1/customers/eva', { email: 'eva@example.com', timezone: 'Europe/London' })
  await shop.call('POST', '/v1/events', {
    type: 'appointment.booked',
    customerId: 'eva',
    data: {
      appointmentId: 'P-1',
      startsAt: '2026-04-09T10:30:00+01:00',
      service: 'Knife sharpening',
      ...more,
    },
  })
  await shop.settle()
  const mails = (await shop.mails()).filter(({ workflow }) => workflow === 'keeping')
  const path = /(\/c\/[\w.-]+)\?choose=confirm/.exec(mails.at(-1)?.html ?? '')?.[1] ?? ''
  const context = await browser.newContext({ javaScriptEnabled: false, ...options })
  onTestFinished(() => context.close())
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  const errors: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  await page.goto(`${shop.premura.url}${path}${query}`)
  const recorded = async () => {
    await shop.settle()
    const { json } = await shop.call('GET', '/v1/customers/eva/timeline?limit=100')
    return JSON.stringify(json)
  }
  return { page, errors, recorded }
}

test.skipIf(!there)('by keys alone: confirmed, then a wish, then back, and nothing twice', async () => {
  const { page, errors, recorded } = await openPage('?choose=confirm')
  await page.getByRole('heading', { level: 1, name: 'Will you come?' }).waitFor()
  expect(await page.getByText('Thursday, April 9, at 10:30').count()).toBe(1)
  expect(await recorded()).not.toContain('appointment.confirmed')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Thank you, we expect you' }).waitFor()
  expect((await recorded()).match(/"type":"appointment.confirmed"/g)).toHaveLength(1)

  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('textbox', { name: 'When would it suit you?' }).fill('On a Thursday')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Your wish has reached us' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Your wish has reached us' }).waitFor()
  expect((await recorded()).match(/"type":"appointment.move-requested"/g)).toHaveLength(1)
  expect((await recorded()).match(/"type":"appointment.confirmed"/g)).toHaveLength(1)
  expect(errors).toEqual([])
})

test.skipIf(!there)('by tapping on a phone: one of the times that are offered, then cancelled', async () => {
  const offered = { alternatives: ['2026-04-10T09:00:00+01:00', '2026-04-11T15:00:00+01:00'] }
  const { page, errors, recorded } = await openPage(
    '?choose=move',
    { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, colorScheme: 'dark' },
    offered,
  )
  await page.getByRole('radio', { name: 'Saturday, April 11' }).tap()
  expect(await page.getByRole('radio').nth(1).isChecked()).toBe(true)
  await page.getByRole('button', { name: 'Ask for another time' }).tap()
  await page.getByText('Somebody will answer you soon').waitFor()
  await page.getByText('Cancel the appointment').tap()
  await page.getByRole('button', { name: 'Yes, cancel it' }).tap()
  await page.getByRole('heading', { name: 'This appointment is cancelled' }).waitFor()
  expect(await page.getByRole('button').count()).toBe(0)
  expect(await recorded()).toContain('appointment.cancelled')
  expect(errors).toEqual([])
})

test.skipIf(!there)('nothing hangs over the edge, however narrow the page or long the words', async () => {
  const long = { service: 'Sharpening'.repeat(20), alternatives: ['2026-04-10T09:00:00+01:00'] }
  const { page } = await openPage('?choose=move', { viewport: { width: 320, height: 600 } }, long)
  for (const summary of await page.locator('summary').all()) await summary.click()
  const [width, inner] = [await page.locator('html').evaluate((html) => html.scrollWidth), 320]
  expect(width).toBeLessThanOrEqual(inner)
  for (const target of await page.locator('button, summary, .times label').all())
    expect((await target.boundingBox())?.height).toBeGreaterThanOrEqual(44)
})
