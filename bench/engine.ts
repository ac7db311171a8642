/** The engine alone: steps a second without any I/O, and what compiling and rendering a mail cost. */
import { readFileSync } from 'node:fs'
import { advance } from '../engine/advance.ts'
import { enroll } from '../engine/enroll.ts'
import type { Context, Input } from '../engine/journey.ts'
import { parseSettings } from '../engine/language/settings.ts'
import { compileMail } from '../engine/mail/compile.ts'
import { mailFrame } from '../engine/mail/frame.ts'
import { renderMail } from '../engine/mail/render.ts'
import type { CareEvent, Customer } from '../engine/model.ts'
import { standard } from '../test/runtime/deployment.ts'

export interface EngineFigures {
  journeysPerSecond: number
  stepsPerSecond: number
  compileMs: number
  renderMs: number
}

const START = Date.parse('2027-03-01T10:00:00Z')

export async function engineFigures(): Promise<EngineFigures> {
  const { settings } = parseSettings(readFileSync('workflows/settings.yaml', 'utf8'))
  if (!settings) throw new Error('workflows/settings.yaml does not parse')
  const customer: Customer = {
    profile: { id: 'anna', email: 'anna@example.it', timezone: 'Europe/Rome', firstName: 'Anna' },
    suppressions: [],
  }
  let steps = 0
  const journey = (n: number) => {
    const event: CareEvent = {
      id: `e${n}`,
      type: 'purchase',
      customerId: 'anna',
      at: START,
      data: { orderId: `o${n}`, total: 80 },
    }
    const context = (now: number): Context => ({ now, customer, settings, event, sent: [], paused: false })
    const entry = {
      program: standard,
      version: 1,
      event,
      customer,
      settings,
      runs: [],
      now: START,
      paused: false,
    }
    const entered = enroll(entry)
    if (!entered || 'decision' in entered) throw new Error('the bench journey does not enter')
    let { enrollment } = entered
    let now = START
    let input: Input = { kind: 'entered' }
    while (enrollment.phase !== 'ended') {
      const result = advance(standard, enrollment, input, context(now))
      steps++
      enrollment = result.enrollment
      const [command] = result.commands
      if (command?.kind === 'wait') now = command.dueAt
      input =
        command?.kind === 'wait' ? { kind: 'woken' } : { kind: 'performed', outcome: { status: 'done' } }
    }
  }
  for (let n = 0; n < 500; n++) journey(n)
  steps = 0
  const startedAt = performance.now()
  let journeys = 0
  while (performance.now() - startedAt < 2000) journey(journeys++)
  const seconds = (performance.now() - startedAt) / 1000

  const file = 'workflows/thank-you/thanks.mjml'
  const text = readFileSync(file, 'utf8')
  const layout = readFileSync('workflows/layout.mjml', 'utf8')
  await compileMail('thanks.mjml', text, { settings, layout })
  const compiledAt = performance.now()
  const { template } = await compileMail('thanks.mjml', text, { settings, layout })
  const compileMs = performance.now() - compiledAt
  if (!template) throw new Error(`${file} does not compile`)
  const variables = {
    ...mailFrame(template, settings, 'service'),
    timezone: 'Europe/Rome',
    customer: customer.profile,
    event: {
      orderId: 'o1',
      total: 80,
      currency: 'EUR',
      items: [{ name: 'Moka', quantity: 1, price: 80, category: 'coffee' }],
    },
    links: { unsubscribe: 'https://example.com/u/1', preferences: 'https://example.com/p/1' },
  }
  for (let n = 0; n < 200; n++) renderMail(template, variables)
  const renderedAt = performance.now()
  for (let n = 0; n < 500; n++) renderMail(template, variables)
  return {
    journeysPerSecond: Math.round(journeys / seconds),
    stepsPerSecond: Math.round(steps / seconds),
    compileMs: Math.round(compileMs * 10) / 10,
    renderMs: Math.round(((performance.now() - renderedAt) / 500) * 1000) / 1000,
  }
}
