/** The workflow of the language document, compiled by hand. */
import type { CompiledTemplate } from '../../engine/mail/template.ts'
import type { Program } from '../../engine/program.ts'
import { awaitStep, branch, program, send } from './world.ts'

export const winBack: Program = program(
  [
    {
      id: 'recover',
      next: 'apology',
      verb: 'task',
      name: 'recover',
      queue: 'care-team',
      title: '{{ customer.firstName }} rated ticket {{ event.ticketId }} with {{ event.score }}',
      due: 'P1D',
    },
    send('apology', 'wait'),
    {
      id: 'wait',
      next: 'await',
      verb: 'wait',
      duration: 'P3D',
      at: '10:00',
      on: ['mon', 'tue', 'wed', 'thu', 'fri'],
    },
    awaitStep('await', { event: 'purchase', when: 'event.total > 0', for: 'P14D' }, 'stop', 'offer'),
    { id: 'stop', next: null, verb: 'stop', reason: 'recovered' },
    {
      id: 'offer',
      next: 'if',
      verb: 'coupon',
      name: 'offer',
      source: { pattern: 'BACK-??##' },
      expires: 'P30D',
    },
    branch('if', 'customer.tier == "gold"', 'come-back-gold', 'come-back'),
    send('come-back-gold', null, { topic: 'offers' }),
    send('come-back', null, { topic: 'offers' }),
  ],
  {
    trigger: { kind: 'event', event: 'csat.rated', when: 'event.score <= 2' },
    enroll: { per: 'event.ticketId', again: { after: 'P30D' } },
    goal: { event: 'purchase', within: 'P60D', value: 'event.total' },
    exit: [{ event: 'ticket.reopened', when: 'event.ticketId == enrollment.key' }],
    listensTo: ['purchase', 'ticket.reopened'],
  },
)

export const template = (
  name: string,
  locale: string | null,
  subject: string,
  body: string,
): CompiledTemplate => ({
  name,
  locale,
  subject,
  html: `<p>${body}</p>`,
  text: body,
  variables: [],
})

export const templates: CompiledTemplate[] = [
  template('apology', null, 'We are sorry, {{ customer.firstName }}', 'Ticket {{ event.ticketId }}'),
  template('apology', 'it', 'Ci dispiace, {{ customer.firstName }}', 'Ticket {{ event.ticketId }}'),
  template('come-back-gold', null, 'Gold', '{{ coupons.offer.code }}'),
  template('come-back', null, 'Come back', '{{ coupons.offer.code }}'),
]
