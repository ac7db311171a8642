/** The care library is what people copy: it compiles without a word, keeps its own scenarios, and writes to everybody. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compileWorkflow, type WorkflowFiles } from '../../engine/language/compile.ts'
import { parseSettings } from '../../engine/language/settings.ts'
import { appointmentLinks } from '../../engine/booked.ts'
import { mailFrame } from '../../engine/mail/frame.ts'
import { type MailVariables, pickTemplate, renderMail } from '../../engine/mail/render.ts'
import { renderText } from '../../engine/text/render.ts'
import { carries, isMail, isText } from '../../engine/text/template.ts'
import type { JsonObject } from '../../engine/model.ts'
import { type Expectation, parseScenarios, runScenario } from '../../engine/scenario.ts'

const folder = 'workflows'
const layout = readFileSync(join(folder, 'layout.mjml'), 'utf8')
const { settings, issues } = parseSettings(readFileSync(join(folder, 'settings.yaml'), 'utf8'))
const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() && !entry.name.startsWith('.') ? [entry.name] : [],
)

function filesOf(name: string): WorkflowFiles {
  const files: WorkflowFiles = {}
  for (const file of readdirSync(join(folder, name)))
    files[file] = readFileSync(join(folder, name, file), 'utf8')
  return files
}

async function compiled(name: string) {
  if (!settings) throw new Error('the settings of the library do not parse')
  const result = await compileWorkflow(filesOf(name), { settings, layout })
  if (!result.workflow) throw new Error(JSON.stringify(result.issues, null, 2))
  return { ...result, workflow: result.workflow, settings }
}

/** A customer and an event that say all they can, and ones that say as little as a trigger lets through. */
const full = {
  customer: {
    id: 'anna',
    email: 'anna@example.it',
    firstName: 'Anna',
    lastName: 'Rossi',
    tier: 'gold',
    customerSince: '2022-05-04',
    renewsOn: '2027-06-15',
    plan: 'Coffee of the month',
    renewalPrice: 216,
  },
  event: {
    orderId: '1001',
    total: 89.5,
    currency: 'EUR',
    items: [
      { name: 'Moka', category: 'coffee', quantity: 2, price: 44.75 },
      { name: 'Coffee beans', category: 'refills' },
    ],
    reorderUrl: 'https://www.bottegalume.example/o/1',
    ticketId: 'T-1',
    subject: 'Where is my parcel?',
    agent: 'Francesca',
    score: 1,
    comment: 'It took too long.',
    occurrence: '2027-03-14',
    topic: 'news',
    title: 'News from the shop',
    service: 'Knife sharpening',
    startsAt: '2027-03-11T10:30:00+01:00',
    manageUrl: 'https://www.bottegalume.example/a/P-1',
    bookingUrl: 'https://www.bottegalume.example/a',
    expectedOn: '2027-03-12',
    trackingUrl: 'https://carrier.example/1001',
    recallId: 'R-1',
    product: 'Moka',
    batch: '26-09',
    why: 'The handle may come off.',
    url: 'https://www.bottegalume.example/r/R-1',
  },
}
const minimal = {
  customer: { id: 'bob', email: 'bob@example.com' },
  event: { total: 5, ticketId: 'T-1', score: 2, topic: 'news', title: 'News from the shop' },
}
/** What else a trigger needs, or a first step sees to. */
const given: { [workflow: string]: { customer?: JsonObject; event?: JsonObject } } = {
  'appointment-moved': { event: { startsAt: '2027-03-11T09:30:00Z' } },
  'appointment-question': { event: { startsAt: '2027-03-11T09:30:00Z' } },
  'appointment-reminder': { event: { startsAt: '2027-03-11T09:30:00Z' } },
  'customer-anniversary': { customer: { customerSince: '2026-05-04' }, event: { occurrence: '2027-05-04' } },
  'delayed-shipment': { event: { orderId: '1001' } },
  'product-recall': { event: { recallId: 'R-1', product: 'Moka' } },
  replenishment: { event: { orderId: '1001', items: [{ name: 'Coffee beans', category: 'refills' }] } },
  'subscription-ending': { customer: { renewsOn: '2027-06-15' } },
  'warranty-ending': { event: { items: [{ name: 'Moka', category: 'coffee' }] } },
}
const coupon = { code: 'LUME-ABCD-23', expiresAt: '2027-04-14T08:00:00.000Z' }
const coupons = { offer: coupon, birthday: coupon, friend: coupon, anniversary: coupon, back: coupon }

const isGood = ({ subject, words }: Expectation) =>
  ['mail', 'task', 'emit'].includes(subject) || words.converted === true || words.ends === 'completed'
const isBad = ({ subject, words }: Expectation) =>
  subject === 'never' || words.enters === false || words.converted === false
/** A scenario says in its name which trap it looks into. */
const TRAPS = /clocks|\bhours?\b|February|Saturday|Sunday|Friday|weekend|night/

test('the settings have nothing wrong with them', () => {
  expect(issues).toEqual([])
  expect(names.length).toBeGreaterThanOrEqual(14)
})

test('the guide to the library has a line for each workflow, and for no other', () => {
  const guide = readFileSync('docs/care-library.md', 'utf8')
  const [table = ''] = guide.split('## What a shop posts')
  expect([...table.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name).toSorted()).toEqual(
    names.toSorted(),
  )
})

/** What stands in a text's `{{ }}`, in its order. */
const valuesOf = (liquid: string) => [...liquid.matchAll(/\{\{\s*(.*?)\s*\}\}/g)].map(([, value]) => value)

describe.each(names)('%s', (name) => {
  test('puts no article in Italian before a date that may begin with a vowel: l’8, l’11', () => {
    const italian = Object.entries(filesOf(name)).filter(([file]) => file.includes('.it.'))
    for (const [file, text] of italian)
      expect(text, file).not.toMatch(/\b(il|al|dal|del|nel) (<\w+>)?\{\{[^}]*date_long/i)
  })

  test('shows of a WhatsApp message what an approved template holds: fixed words, and the parameters', async () => {
    const { workflow } = await compiled(name)
    for (const { body, whatsapp } of workflow.templates.filter(isText)) {
      if (!whatsapp) continue
      expect(body).not.toContain('{%')
      expect(valuesOf(body)).toEqual(whatsapp.parameters.flatMap(valuesOf))
    }
  })

  test('compiles without a word, and says what it is for and when not to use it', async () => {
    const { issues, workflow } = await compiled(name)
    expect(issues).toEqual([])
    expect(workflow.program.workflow).toBe(name)
    expect(workflow.program.description).toMatch(/Do not use it/)
    for (const step of Object.values(workflow.program.steps)) {
      if (step.verb !== 'send') continue
      const locales = workflow.templates.filter((one) => carries(step, one)).map(({ locale }) => locale)
      expect(locales.toSorted(), step.template).toEqual(['it', null])
    }
  })

  test('keeps its scenarios', async () => {
    const { workflow, settings } = await compiled(name)
    const { issues, scenarios } = parseScenarios(filesOf(name)['scenarios.yaml'] ?? '')
    expect(issues).toEqual([])
    expect(scenarios.length).toBeGreaterThanOrEqual(3)
    // One that goes well, one in which something must not happen, and one in which the calendar sets a trap.
    expect(scenarios.some(({ expect }) => expect.some(isGood))).toBe(true)
    expect(scenarios.some(({ expect }) => expect.some(isBad))).toBe(true)
    expect(scenarios.map(({ name }) => name).join('\n')).toMatch(TRAPS)
    for (const scenario of scenarios) {
      const result = runScenario(workflow, scenario, settings)
      expect(result.failures, result.name).toEqual([])
    }
  })

  test.each([
    ['says all it can', full],
    ['says as little as it may', minimal],
  ])(
    'writes whole mails and texts in both languages for an event that %s',
    async (_which, { customer, event }) => {
      const { workflow, settings } = await compiled(name)
      const variables = (template: { locale: string | null }): MailVariables => ({
        ...mailFrame(template, settings, workflow.program.topic),
        timezone: 'Europe/Rome',
        customer: { ...given[name]?.customer, ...customer },
        event: { ...given[name]?.event, ...event },
        coupons,
        links: {
          unsubscribe: 'https://care.example/u/1',
          preferences: 'https://care.example/p/1',
          confirm: 'https://care.example/o/1',
        },
        ...(workflow.program.appointment && { appointment: appointmentLinks('https://care.example/c/1') }),
        survey: { link: (score: number) => `https://care.example/r/1?score=${score}` },
      })
      for (const template of workflow.templates.filter(isText)) {
        const { body, whatsapp } = renderText(template, variables(template))
        expect(body).not.toMatch(/\{\{|\{%|undefined|\bnull\b|NaN| [,.;!]/)
        expect(whatsapp?.parameters.join() ?? '').not.toMatch(/undefined|\bnull\b|NaN/)
        const languages = workflow.templates.filter((one) => isText(one) && one.name === template.name)
        expect(languages.map(({ locale }) => locale)).toEqual(['it', null])
      }
      for (const { name: mail } of workflow.templates.filter(isMail)) {
        for (const locale of ['en', 'it-CH']) {
          const template = pickTemplate(workflow.templates.filter(isMail), mail, locale)
          if (!template) throw new Error(`there is no ${mail} for ${locale}`)
          const { subject, html, text } = renderMail(template, variables(template))
          const where = `${mail} for ${locale}`
          expect(html, where).toContain(`lang="${locale.slice(0, 2)}"`)
          for (const part of [html, text]) {
            expect(part, where).toContain(settings.postalAddress)
            expect(part, where).toContain('https://care.example/u/1')
            expect(part, where).toContain('https://care.example/p/1')
            expect(part, where).not.toMatch(/\{\{|\{%|undefined|\bnull\b|NaN/)
          }
          expect(`${subject}\n${text}`, where).not.toMatch(/ [,.;!]/)
          expect(subject.length, where).toBeLessThanOrEqual(60)
        }
      }
    },
  )
})
