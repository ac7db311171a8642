/** What the words around the steps mean: the workflow, its trigger, who enters, and what counts. */
import { type Book, condition } from './chapter.ts'

export const definitionGlossary: Book = {
  workflow: {
    about: 'What starts a journey, what happens on it, and what counts as its success.',
    words: {
      workflow: { is: 'The name, unique in a deployment; journeys, figures and mails are found by it.' },
      title: { is: 'What people read instead of the name.', otherwise: 'the name' },
      description: { is: 'What the workflow is for, and when not to use it.', otherwise: 'nothing' },
      topic: { is: 'The topic of the settings that its messages go under: it decides who may get them.' },
      priority: {
        is: 'From 0 to 100. Where a cap leaves room for one message only, that of the higher number goes.',
        otherwise: '0',
      },
      trigger: {
        is: 'What starts a journey: an event, a date, a day of the calendar, or a change of the profile.',
      },
      enroll: {
        is: 'Which journeys there are, and whether somebody may come again.',
        otherwise: 'one journey a customer, once',
      },
      appointment: {
        is: 'The appointment that it is about: its messages can link to a page that confirms, moves or cancels it.',
        otherwise: 'it is about none',
      },
      goal: { is: 'What counts as success.', otherwise: 'nothing is counted' },
      exit: { is: 'Events that end the journey at once.', otherwise: 'none' },
      steps: { is: 'What happens, from top to bottom.' },
    },
    example: `workflow: care-after-purchase
title: Care after a purchase
description: Says thank you and looks after those who have spent more.
topic: service
priority: 20
trigger:
  event: purchase
  when: event.total > 50
enroll:
  per: event.orderId
  again: always
  holdout: 5%
goal:
  event: purchase
  within: 60 days
  value: event.total
exit:
  - event: order.cancelled
    when: event.orderId == enrollment.key
steps:
  - send: thank-you
`,
  },
  trigger: {
    about: 'One beginning: `event`, `date`, `calendar` or `becomes`. The other keys narrow it down.',
    words: {
      event: { is: 'The type of the event that starts a journey.' },
      date: {
        is: 'The attribute of the customer that holds the date; it comes up in the customer’s time zone.',
      },
      calendar: {
        is: 'A day for everybody: `"12-20"`, `"2026-11-27"`, or a line of cron such as `"0 9 * * mon#1"`.',
      },
      becomes: { is: `${condition} on the profile. A journey starts when it did not hold and now does.` },
      every: {
        is: 'How often the date comes up: `year`, `month` or `once`. Goes with `date`, and must be there.',
      },
      offset: {
        is: 'How long before (`-7 days`) or after the date. Goes with `date`.',
        otherwise: 'on the day',
      },
      at: {
        is: 'The time of day where the customer lives.',
        otherwise: '"09:00", or the time of the date itself with `every: once`',
      },
      leapDay: {
        is: 'When 29 February comes up in other years: `feb-28`, `mar-1` or `leap-years-only`.',
        otherwise: 'feb-28',
      },
      past: {
        is: 'What happens to a day that nobody could handle: `skip` leaves it out, `now` makes up for it.',
        otherwise: 'skip',
      },
      when: {
        is: `${condition} on the event that has arrived, or on the customer.`,
        otherwise: 'every event',
      },
      audience: { is: `${condition} on the customer: who may enter at all.`, otherwise: 'everybody' },
    },
    example: `trigger:
  date: birthday
  every: year
  offset: -7 days
  at: "10:00"
  leapDay: mar-1
  audience: customer.consent.offers == true
`,
  },
  enroll: {
    about: 'Which journeys there are, and whether somebody may come again.',
    words: {
      per: {
        is: 'What a journey is about: one journey for each value of this expression, found as `enrollment.key`.',
        otherwise: 'one journey a customer',
      },
      again: {
        is: 'Whether the same key may enter again: `never`, `always`, or `after` and a duration.',
        otherwise: 'never',
      },
      follow: {
        is: 'Events about the same thing, such as a move: what they say is known of it from then on. Goes with `per`.',
        otherwise: 'what the first event said',
      },
      holdout: {
        is: 'The share of customers who are kept out for comparing, at most half.',
        otherwise: 'nobody',
      },
    },
    example: `enroll:
  per: event.ticketId
  again: after 30 days
  holdout: 10%
`,
  },
  appointment: {
    about:
      'What of the event is the appointment. Messages link to its page with `{{ appointment.link }}`, and with one choice ready by `appointment.confirm`, `appointment.move`, `appointment.cancel`.',
    words: {
      id: {
        is: 'An expression: what tells it from the customer’s other appointments, in every event about it.',
        otherwise: 'what stands in `per`',
      },
      starts: { is: 'An expression: when it begins. A date, a local time, or an instant with its offset.' },
      title: { is: 'An expression: what it is for, as the page says it.', otherwise: 'an appointment' },
    },
    example: `appointment:
  id: event.appointmentId
  starts: event.startsAt
  title: event.service
`,
  },
  goal: {
    about: 'The event that counts as success, within its time from entering.',
    words: {
      event: { is: 'The type of the event.' },
      when: { is: `${condition} on that event.`, otherwise: 'every event of this type' },
      within: { is: 'How long after entering it counts.' },
      value: { is: 'An expression: what it was worth.', otherwise: 'it is counted, and has no worth' },
    },
    example: `goal:
  event: purchase
  when: event.total > 20
  within: 60 days
  value: event.total
`,
  },
  follow: {
    about:
      'An event about the same thing: what it says is known of it from then on, to conditions, mails and waits.',
    words: {
      event: { is: 'The type of the event.' },
      when: { is: `${condition} on that event.`, otherwise: 'every event of this type' },
    },
    example: `enroll:
  per: event.appointmentId
  follow:
    - event: appointment.moved
      when: event.appointmentId == enrollment.key
`,
  },
  exit: {
    about: 'An event that ends the journey as `exited`, wherever it stands.',
    words: {
      event: { is: 'The type of the event.' },
      when: { is: `${condition} on that event.`, otherwise: 'every event of this type' },
    },
    example: `exit:
  - event: ticket.reopened
    when: event.ticketId == enrollment.key
`,
  },
}
