/** The mailbox page in a real browser: read, filter, move the clock, by mouse and by keys; and mails that mean harm. */
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type OpenShop, openCareShop } from '../local/shop.ts'

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
const there = existsSync(executablePath)

let browser: Browser
beforeAll(async () => {
  if (there) browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
})
afterAll(() => browser?.close())

/** The page, and everything that went wrong on it. */
async function openMailbox(shop: OpenShop, options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options)
  onTestFinished(() => context.close())
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  const errors: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(`${shop.premura.url}/`)
  const list = page.getByRole('listbox', { name: 'Mails, newest first' })
  return {
    page,
    errors,
    list,
    options: list.getByRole('option'),
    subject: page.getByRole('heading', { level: 2 }),
  }
}

async function shopWithMails(): Promise<OpenShop> {
  const shop = await openCareShop()
  await shop.purchase('O-1', 'anna')
  await shop.purchase('O-2', 'bea')
  await shop.settle()
  return shop
}

test.skipIf(!there)('mails are listed, filtered, read and downloaded', async () => {
  const shop = await shopWithMails()
  const { page, errors, options, subject } = await openMailbox(shop)
  await options.nth(1).waitFor()
  expect(await page.getByRole('status').textContent()).toBe('2 mails')

  await page.getByRole('searchbox', { name: 'Recipient' }).fill('BEA@')
  await page.getByText('1 mail', { exact: true }).waitFor()
  expect(await options.count()).toBe(1)
  await options.first().click()
  await subject.getByText('Thank you, Anna').waitFor()
  await page.getByRole('definition').getByText('bea@example.com').waitFor()

  const mail = page.frameLocator('iframe')
  await mail.getByText('here is something about O-2').waitFor()
  await page.getByRole('tab', { name: 'Text' }).click()
  await page.getByRole('tabpanel', { name: 'Text' }).getByText('something about O-2').waitFor()
  await page.getByRole('tab', { name: 'Headers' }).click()
  await page.getByRole('rowheader', { name: 'List-Unsubscribe-Post' }).waitFor()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download .eml' }).click(),
  ])
  expect(download.suggestedFilename()).toMatch(/\.eml$/)

  await page.getByRole('searchbox', { name: 'Recipient' }).fill('nobody')
  await page.getByText('No mail matches.').waitFor()
  expect(errors).toEqual([])
})

test.skipIf(!there)(
  'a week passes at the press of a button, and its mails appear by themselves',
  async () => {
    const shop = await shopWithMails()
    const { page, errors, options } = await openMailbox(shop)
    await page.getByText('26 Mar 2026, 10:00 UTC').waitFor()
    await options.nth(1).waitFor()
    await page.getByRole('button', { name: '+ 1 week' }).click()
    await page.getByText('2 Apr 2026, 10:00 UTC').waitFor()
    await options.nth(3).waitFor()
    // What others do is seen as well.
    await shop.purchase('O-3', 'carla')
    await page.getByText('carla@example.com').waitFor()
    expect(errors).toEqual([])
  },
)

test.skipIf(!there)('everything is reached by keys', async () => {
  const shop = await shopWithMails()
  const { page, list, options, subject } = await openMailbox(shop)
  await options.nth(1).waitFor()
  await list.focus()
  await page.keyboard.press('ArrowDown')
  await list.getByRole('option', { selected: true }).getByText('bea@example.com').waitFor()
  await page.keyboard.press('End')
  await list.getByRole('option', { selected: true }).getByText('anna@example.com').waitFor()
  await subject.getByText('Thank you, Anna').waitFor()
  await page.getByRole('tab', { name: 'HTML' }).focus()
  await page.keyboard.press('ArrowLeft')
  await page.getByRole('tab', { name: 'Headers', selected: true }).waitFor()
  await page.getByRole('tabpanel', { name: 'Headers' }).waitFor()
})

test.skipIf(!there)('a mail runs nothing and reaches nothing', async () => {
  const shop = await openCareShop()
  const html = `<!doctype html><html><head><title>x</title></head><body>
    <p id="word">still here</p>
    <script>document.getElementById('word').textContent = 'script ran'; fetch('/local/meter', { method: 'DELETE' })</script>
    <img src="/nothing" onerror="document.getElementById('word').textContent = 'handler ran'">
    <form action="/local/settle" method="post"><button>send</button></form>
    <a href="javascript:parent.document.title = 'owned'">link</a>
    <iframe src="/local/messages"></iframe>
  </body></html>`
  await shop.premura.runtime.world.sender.send({
    tags: { customerId: 'eve', workflow: 'care', key: 'eve', run: 1, step: 'x', attempt: 1 },
    from: 'shop@example.com',
    to: 'eve@example.com',
    subject: '<img src=x onerror="document.title=1">',
    html,
    text: 'text',
    headers: [{ name: 'X-Test', value: '<script>document.title=2</script>' }],
  })
  const { page, options } = await openMailbox(shop)
  const asked: string[] = []
  page.on('request', (request) =>
    asked.push(`${request.resourceType()} ${request.method()} ${new URL(request.url()).pathname}`),
  )
  await options.first().click()
  const frame = page.frameLocator('iframe')
  await frame.getByText('still here').waitFor()
  await frame.getByRole('button', { name: 'send' }).click()
  await frame.getByRole('link', { name: 'link' }).click()
  await page.getByRole('tab', { name: 'Headers' }).click()
  await page.getByText('<script>document.title=2</script>').waitFor()
  expect(await page.title()).toBe('Mailbox · Premura')
  expect(await frame.locator('#word').textContent()).toBe('still here')
  // The page asks its server; the mail asks nobody.
  expect(asked.filter((one) => !/^fetch GET \/local\/(clock|messages)/.test(one))).toEqual([])
})

test.skipIf(!there)('links of a mail open beside the mailbox, where their pages work', async () => {
  const shop = await shopWithMails()
  const { page, options } = await openMailbox(shop)
  await options.first().click()
  const [opened] = await Promise.all([
    page.waitForEvent('popup'),
    page
      .frameLocator('iframe')
      .getByRole('link', { name: /unsubscribe/i })
      .click(),
  ])
  await opened.waitForLoadState()
  expect(new URL(opened.url()).pathname).toMatch(/^\/u\//)
  await opened.getByRole('button').first().waitFor()
})

test.skipIf(!there).each([
  ['light', 375],
  ['dark', 375],
  ['light', 1400],
  ['dark', 1400],
] as const)('nothing is cut off: %s, %d wide', async (colorScheme, width) => {
  const shop = await shopWithMails()
  const { page, errors, options, subject } = await openMailbox(shop, {
    colorScheme,
    viewport: { width, height: 740 },
  })
  const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
  await options.first().waitFor()
  expect(await page.evaluate(overflow)).toBe(0)
  await options.first().click()
  await subject.waitFor()
  expect(await page.evaluate(overflow)).toBe(0)
  const back = page.getByRole('button', { name: 'All mails' })
  expect(await back.isVisible()).toBe(width === 375)
  if (width === 375) {
    expect(await options.first().isVisible()).toBe(false)
    await back.click()
    expect(await options.first().isVisible()).toBe(true)
  }
  expect(errors).toEqual([])
})

test.skipIf(!there)('a text is shown as its words alone, and a mail after it whole again', async () => {
  const shop = await openCareShop()
  await shop.purchase('O-1', 'anna')
  await shop.publish('told', {
    'workflow.yaml':
      'workflow: told\ntopic: service\ntrigger: { event: told }\nsteps:\n  - { send: hello, channel: sms }\n',
    'hello.txt': 'Hello <b>Anna</b>',
  })
  const customer = { phone: '+393331234567' }
  await shop.call('POST', '/v1/events', { id: 't', type: 'told', customerId: 'bea', customer, data: {} })
  await shop.settle()
  const { page, errors, options, subject } = await openMailbox(shop)
  await options.getByText('SMS').click()
  await subject.getByText('SMS').waitFor()
  await page.getByRole('tabpanel', { name: 'Text' }).getByText('Hello <b>Anna</b>').waitFor()
  expect(await page.getByRole('tab').count()).toBe(1)
  expect(await page.getByRole('link', { name: 'Download .eml' }).isVisible()).toBe(false)

  await options.getByText('Thank you, Anna').click()
  await page.frameLocator('iframe').getByText('here is something about O-1').waitFor()
  expect(await page.getByRole('tab').count()).toBe(3)
  expect(errors).toEqual([])
})
