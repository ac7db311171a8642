/** What the verbs and their keys mean. */
import { type Book, type Chapter, condition } from './chapter.ts'

const message: Chapter['words'] = {
  channel: { is: 'How the message goes out: `email`, `sms` or `whatsapp`.', otherwise: 'email' },
  topic: {
    is: 'The topic of the settings that this message goes under, instead of the workflow’s.',
    otherwise: 'the topic of the workflow',
  },
  from: { is: 'A sender of the settings, or an address.', otherwise: 'that of the mail, then `default`' },
  replyTo: { is: 'The address that answers go to.', otherwise: 'that of the mail, then of the sender' },
  inDoubt: {
    is: 'What happens when a crash leaves open whether the mail went out: `drop` goes on without it, `resend` sends it again, `ask` leaves it to a person.',
    otherwise: 'drop',
  },
}

export const stepsGlossary: Book = {
  send: {
    about: 'Sends a mail in the customer’s language.',
    words: {
      send: {
        is: 'The name of the message: `thank-you` is the file `thank-you.mjml`, and `thank-you.txt` by SMS or WhatsApp.',
      },
      ...message,
    },
    example: `- send: thank-you
  topic: offers
  from: default
  inDoubt: ask
`,
  },
  survey: {
    about:
      'Sends a mail that asks for a rating; the answer is an event `csat.rated`, `nps.rated` or `ces.rated`.',
    words: {
      survey: { is: 'What is asked: `csat` (1 to 5), `nps` (0 to 10) or `ces` (1 to 7).' },
      template: { is: 'The name of the mail.', otherwise: 'the survey: `csat` is `csat.mjml`' },
      ...message,
    },
    example: `- survey: csat
  template: how-was-it
`,
  },
  wait: {
    about: 'Stays for a time, until a date, or both; then until the next `at` on a day of `on`.',
    words: {
      wait: { is: 'How long. May be empty where `until`, `at` or `on` is there.' },
      until: {
        is: 'A date, or where one stands: `renewal`, `event.departure`, `2026-12-24`.',
        otherwise: 'the duration alone',
      },
      offset: { is: 'How long before (`-1 day`) or after that date.', otherwise: 'on the date' },
      at: {
        is: 'Then until the next such time of day, where the customer lives.',
        otherwise: 'no time is waited for',
      },
      on: { is: 'Then until the next of these weekdays.', otherwise: 'every day' },
      past: {
        is: 'What happens when the date has gone by or there is none: `skip` leaves out the step below, `now` goes on with it.',
        otherwise: 'skip',
      },
    },
    example: `- wait: 3 days
  at: "10:00"
  on: [mon, tue, wed, thu, fri]
- wait:
  until: event.departure
  offset: -1 day
  past: skip
- send: thank-you
`,
  },
  await: {
    about: 'Stays until an event of this very customer comes, at most for a time.',
    words: {
      await: { is: 'The type of the event.' },
      when: { is: `${condition} on that event.`, otherwise: 'every event of this type' },
      for: { is: 'How long at most.' },
      then: { is: 'Steps for those whose event came.', otherwise: 'the step below' },
      else: { is: 'Steps for those whose event did not come in time.', otherwise: 'the step below' },
    },
    example: `- await: purchase
  when: event.total > 0
  for: 14 days
  then:
    - stop: recovered
  else:
    - send: thank-you
`,
  },
  if: {
    about: 'Goes one of two ways.',
    words: {
      if: { is: `${condition}.` },
      then: { is: 'Steps where it holds.', otherwise: 'the step below' },
      else: { is: 'Steps where it does not.', otherwise: 'the step below' },
    },
    example: `- if: customer.tier == "gold"
  then:
    - send: thank-you
  else:
    - task: call
      queue: care-team
`,
  },
  choose: {
    about: 'Goes the first way whose condition holds.',
    words: {
      choose: { is: 'The ways, from top to bottom, each with `when` and `then`.' },
      else: { is: 'Steps where no condition holds.', otherwise: 'the step below' },
    },
    example: `- choose:
    - when: customer.tier == "gold"
      then:
        - send: thank-you
    - when: customer.orders > 10
      then:
        - stop: regular
  else:
    - stop: new
`,
  },
  case: {
    about: 'One way of a `choose`.',
    words: {
      when: { is: `${condition}.` },
      then: { is: 'Steps where it holds.', otherwise: 'none: the journey goes on below' },
    },
  },
  split: {
    about:
      'Goes one of several ways, each with its share of the journeys; the same journey always the same way.',
    words: {
      split: { is: 'The shares, which add up to 100%. One with nothing below it is for those left alone.' },
    },
    example: `- split:
    - 45%: [{ send: thank-you }]
    - 45%: [{ stop: other }]
    - 10%:
`,
  },
  repeat: {
    about: 'Does its steps several times. `repeat.index` and `repeat.count` are known inside.',
    words: {
      repeat: { is: 'How many times, from 1 to 100.' },
      every: { is: 'The time from the beginning of one round to the beginning of the next.' },
      steps: { is: 'The steps of a round.' },
    },
    example: `- repeat: 3 times
  every: 7 days
  steps:
    - send: thank-you
    - await: booking.made
      for: 5 days
      then: [{ stop: booked }]
`,
  },
  coupon: {
    about: 'Takes a code, which mails and conditions read as `coupons.NAME.code` from here on.',
    words: {
      coupon: { is: 'The name that it is read by.' },
      pool: {
        is: 'The pool of codes, loaded beforehand, that it is taken from.',
        otherwise: '`pattern` must be there',
      },
      pattern: {
        is: 'What the code is made of: `?` is a letter, `#` a digit, at least six of them.',
        otherwise: '`pool` must be there',
      },
      expires: { is: 'How long it is valid.', otherwise: 'without end' },
    },
    example: `- coupon: offer
  pattern: CARE-????-##
  expires: 30 days
- send: with-offer
`,
  },
  task: {
    about: 'Gives a task to a person. Closing it is the event `task.closed`.',
    words: {
      task: { is: 'The name of the task.' },
      queue: { is: 'The queue of the care inbox that it goes to.' },
      title: { is: 'One line for the person, with Liquid.', otherwise: 'the name' },
      due: { is: 'How long the person has.', otherwise: 'no end' },
    },
    example: `- task: call
  queue: care-team
  title: "{{ customer.firstName }} gave {{ event.score }} of 5"
  due: 1 day
`,
  },
  set: {
    about: 'Changes the customer’s profile.',
    words: {
      set: {
        is: 'Attributes with the expressions of their new values; `null` removes one. A text has two pairs of quotes.',
      },
    },
    example: `- set:
    visits: customer.visits + 1
    tier: '"gold"'
    trial: null
`,
  },
  emit: {
    about: 'An event for the same customer: how one workflow starts another.',
    words: {
      emit: { is: 'The type of the event.' },
      data: { is: 'What it carries: names with expressions.', otherwise: 'nothing' },
    },
    example: `- emit: gift.sent
  data: { orderId: event.orderId, worth: 20 }
`,
  },
  webhook: {
    about: 'Calls a system of the settings; its answer is read as `webhooks.NAME`.',
    words: {
      webhook: { is: 'The name of a webhook of the settings.' },
      data: { is: 'What is sent along: names with expressions.', otherwise: 'nothing' },
    },
    example: `- webhook: crm
  data: { orderId: event.orderId }
`,
  },
  stop: {
    about: 'Ends the journey.',
    words: { stop: { is: 'The reason, which the record and the figures show.' } },
    example: `- stop: recovered
`,
  },
}
