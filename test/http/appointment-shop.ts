/** A shop that takes appointments: the workflow whose messages link to their page, and what tests do with it. */
import type { JsonObject } from '../../engine/model.ts'
import { type Answer, Api } from './api.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
export const START = '2026-11-03T16:00:00Z'

const mail = (subject: string, body: string) =>
  `---\nsubject: '${subject}'\n---\n<mj-section><mj-column><mj-text>${body}</mj-text></mj-column></mj-section>\n`

const keeping = `workflow: keeping
topic: service
trigger: { event: appointment.booked }
enroll:
  per: event.appointmentId
  again: always
  follow:
    - event: appointment.moved
      when: event.appointmentId == enrollment.key && event.startsAt != null
appointment:
  starts: event.startsAt
  title: event.service
exit:
  - event: appointment.cancelled
    when: event.appointmentId == enrollment.key
steps:
  - send: ask
  - await: appointment.confirmed
    when: event.appointmentId == enrollment.key
    for: 30 days
    then:
      - send: good
  - wait: 1 day
`

const askMails = {
  'ask.mjml': mail('Will you come?', '<a href="{{ appointment.link }}">Answer</a>'),
  'good.mjml': mail('Good', '<a href="{{ appointment.cancel }}">Not after all</a>'),
}

export const anna = { email: 'anna@example.it', firstName: 'Anna', locale: 'it', timezone: 'Europe/Rome' }

export class AppointmentShop {
  readonly api = new Api({ at: START })

  async open(): Promise<this> {
    const { json } = await this.api.get('/v1/settings')
    const settings = json.settings.replace(/defaultTimezone: .*/, 'defaultTimezone: Europe/Rome')
    await this.api.put('/v1/settings', { settings })
    await this.api.publish('keeping', keeping, askMails)
    await this.api.put('/v1/customers/anna', anna)
    return this
  }

  async say(what: string, data: JsonObject, id?: string, customerId = 'anna'): Promise<void> {
    await this.api.post('/v1/events', {
      type: `appointment.${what}`,
      customerId,
      data,
      ...(id !== undefined && { id }),
    })
    await this.api.settle()
  }

  /** Books, and answers with the path of the page in the mail. */
  async book(appointmentId = 'P-1', more: JsonObject = {}, customerId = 'anna'): Promise<string> {
    const startsAt = '2026-11-19T10:30:00+01:00'
    await this.say(
      'booked',
      { appointmentId, startsAt, service: 'Affilatura', ...more },
      undefined,
      customerId,
    )
    return this.link()
  }

  /** Of the latest mail. */
  link(): string {
    const { html = '' } = this.api.world.sender.mails.at(-1) ?? {}
    const path = /https:\/\/care\.test(\/c\/[\w.-]+)/.exec(html)?.[1]
    if (path === undefined) throw new Error('no /c/ link in the mail')
    return path
  }

  view(path: string): Promise<Answer> {
    return this.api.get(path, { key: null })
  }

  /** Answers as the page that was shown would. */
  async answer(
    path: string,
    answer: string,
    more: { [field: string]: string } = {},
    page?: Answer,
  ): Promise<Answer> {
    const shown = page ?? (await this.view(path))
    return await this.api.form(path, { ...hiddenIn(shown), answer, ...more })
  }

  /** What was recorded, the oldest first. */
  async events(customerId = 'anna'): Promise<{ id: string; type: string; data: JsonObject }[]> {
    await this.api.settle()
    const { json } = await this.api.get(`/v1/customers/${customerId}/timeline?limit=200`)
    return json.entries
      .filter(
        ({ kind, data }: { kind: string; data?: JsonObject }) => kind === 'event' && data?.by === 'customer',
      )
      .toReversed()
  }

  /** Moves the clock, with all that comes due on the way left for later. */
  to(instant: string): void {
    const { clock } = this.api.world
    clock.advance(Date.parse(instant) - clock.now())
  }

  state(): string {
    return JSON.stringify([this.api.world.table.all(), this.api.world.queue.messages])
  }
}

export const hiddenIn = ({ text }: Answer): { [field: string]: string } =>
  Object.fromEntries(
    [...text.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  )

export const heading = ({ text }: Answer): string | undefined => /<h1>(.*?)<\/h1>/.exec(text)?.[1]
