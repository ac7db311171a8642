/** A running Premura for tests: in memory on a virtual clock, with one small care workflow. */
import { onTestFinished } from 'vitest'
import { openPremura, type Premura, type PremuraOptions } from '../../local/process.ts'

export const KEY = 'test-admin-key'
export const START = Date.parse('2026-03-26T10:00:00Z')

/** One purchase, three mails, two waits, one branch. */
export const careFiles = {
  'workflow.yaml': `workflow: care
title: Care after a purchase
topic: service
trigger:
  event: purchase
enroll:
  per: event.orderId
steps:
  - send: thanks
  - wait: 3 days
    at: "10:00"
  - if: event.total > 50
    then:
      - send: tips-large
    else:
      - send: tips
  - wait: 7 days
  - send: goodbye
`,
  'thanks.mjml': mail('Thank you, {{ customer.firstName }}'),
  'tips.mjml': mail('Tips'),
  'tips-large.mjml': mail('Tips for your big order'),
  'goodbye.mjml': mail('See you soon'),
}

function mail(subject: string): string {
  return `---
subject: "${subject}"
preheader: From the shop
---
<mj-section><mj-column><mj-text>Hello, here is something about {{ event.orderId }}.</mj-text></mj-column></mj-section>
`
}

export interface Mail {
  id: string
  at: string
  to: string
  subject: string
  html: string
  text: string
  headers: { [name: string]: string }
  customerId: string
  workflow: string
  step: string
  key: string
}

export class Shop {
  readonly premura: Pick<Premura, 'url'>

  constructor(premura: Pick<Premura, 'url'>) {
    this.premura = premura
  }

  async call(method: string, path: string, body?: unknown, headers: { [name: string]: string } = {}) {
    const text = typeof body === 'string'
    const response = await fetch(`${this.premura.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${KEY}`,
        ...(body !== undefined && { 'content-type': text ? 'application/yaml' : 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: text ? body : JSON.stringify(body) }),
    })
    const answered = await response.text()
    const json: unknown = /json/.test(response.headers.get('content-type') ?? '')
      ? JSON.parse(answered)
      : undefined
    return { status: response.status, headers: response.headers, text: answered, json }
  }

  purchase(orderId: string, customerId = 'anna', data: { [name: string]: unknown } = {}) {
    return this.call('POST', '/v1/events', {
      id: orderId,
      type: 'purchase',
      customerId,
      customer: { email: `${customerId}@example.com`, firstName: 'Anna', timezone: 'Europe/Rome' },
      data: { orderId, total: 20, ...data },
    })
  }

  settle() {
    return this.call('POST', '/local/settle')
  }

  async advance(body: { advance: string } | { to: string }) {
    return await this.call('POST', '/local/clock', body)
  }

  async mails(query = ''): Promise<Mail[]> {
    const { text } = await this.call('GET', `/local/messages${query}`)
    const mails: Mail[] = JSON.parse(text)
    return mails
  }

  async publish(name: string, files: { [file: string]: string }) {
    const { 'workflow.yaml': definition, ...templates } = files
    const saved = await this.call('PUT', `/v1/workflows/${name}/draft`, { definition, templates })
    const published = await this.call('POST', `/v1/workflows/${name}/publish`, {})
    if (published.status !== 200) throw new Error(`${name}: ${saved.text} ${published.text}`)
  }
}

export type OpenShop = Shop & { premura: Premura }

/** Closed when the test ends. */
export async function openShop(options: Partial<PremuraOptions> = {}): Promise<OpenShop> {
  const premura = await openPremura({
    dir: null,
    port: 0,
    now: START,
    adminKey: KEY,
    library: null,
    log: 'error',
    ...options,
  })
  onTestFinished(() => premura.close())
  return Object.assign(new Shop(premura), { premura })
}

/** As {@link openShop}, with the care workflow live. */
export async function openCareShop(options: Partial<PremuraOptions> = {}): Promise<OpenShop> {
  const shop = await openShop(options)
  await shop.publish('care', careFiles)
  return shop
}
