/** What every word of the language means: said once, for the JSON Schema that editors show and for the reference. */

export interface Word {
  /** What it is and does, as the end of "KEY: …". */
  is: string
  /** What holds without it, in the words of the reference. */
  otherwise?: string
}

export interface Chapter {
  about: string
  words: { [key: string]: Word }
  /** YAML that stands in the reference, and compiles. */
  example?: string
}

const condition = 'A condition in CEL'

const message: Chapter['words'] = {
  channel: { is: 'How the message goes out; mail is the one way there is.', otherwise: 'email' },
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

/** Keys that every step may have. */
export const commonWords: Chapter['words'] = {
  id: {
    is: 'The name of the step, by which conditions and figures find it.',
    otherwise: 'its verb and name: `wait-1`, `await-purchase`',
  },
}

export const glossary: { [chapter: string]: Chapter } = {
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
  send: {
    about: 'Sends a mail in the customer’s language.',
    words: { send: { is: 'The name of the mail: `thank-you` is the file `thank-you.mjml`.' }, ...message },
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

export const settingsGlossary: { [chapter: string]: Chapter } = {
  settings: {
    about: 'What is true of all workflows: the brand, its senders, and who may be written to.',
    words: {
      brand: { is: 'What mails and pages show.' },
      postalAddress: { is: 'Where the sender lives, which the law wants every mail to show.' },
      senders: { is: 'Names of senders; `default` must be there.' },
      defaultLocale: { is: 'The language of mails without a suffix.' },
      defaultTimezone: { is: 'The time zone of customers who have none.' },
      topics: { is: 'What customers can opt in to or out of, and what messages go under.' },
      webhooks: { is: 'Systems that workflows may call.', otherwise: 'none' },
    },
    example: `brand: { name: Example, url: https://example.com, color: "#1f4e5f" }
postalAddress: 1 Example Street, Example Town
senders:
  default: { from: Example <care@example.com>, replyTo: help@example.com }
defaultLocale: en
defaultTimezone: Europe/Rome
topics:
  service: { title: { en: Your orders }, basis: service }
  offers:
    title: { en: Offers }
    basis: consent
    cap: { max: 2, within: 7 days }
    quietHours: { from: "21:00", to: "08:00" }
webhooks:
  crm: { url: https://crm.example.com/premura }
`,
  },
  brand: {
    about: 'What mails and pages show of the brand.',
    words: {
      name: { is: 'Its name.' },
      url: { is: 'Its web address.' },
      color: { is: 'Its color, as "#8b2f2f".' },
      logo: { is: 'The web address of its picture.', otherwise: 'the name is written' },
    },
  },
  sender: {
    about: 'Who a mail is from.',
    words: {
      from: { is: 'An address, with a name before it: Example <care@example.com>.' },
      replyTo: { is: 'The address that answers go to.', otherwise: 'the address itself' },
    },
  },
  topic: {
    about: 'Something that messages are about, and that customers decide on.',
    words: {
      title: { is: 'What customers read, by language.' },
      basis: { is: '`service` answers something the customer did; `consent` needs an opt-in.' },
      cap: { is: 'How many messages of the topic in how long, over all workflows.', otherwise: 'no limit' },
      quietHours: {
        is: 'Hours in which nothing goes out, where the customer lives; `none` for no such hours.',
        otherwise: '21:00 to 08:00 for topics on consent, none for others',
      },
    },
  },
  cap: {
    about: 'At most so many messages in so long.',
    words: { max: { is: 'How many.' }, within: { is: 'In how long: weeks, days or hours.' } },
  },
  webhook: {
    about: 'A system that workflows may call.',
    words: {
      url: { is: 'Its https address.' },
      secret: {
        is: 'The name of the secret that calls are signed with; another name is another secret.',
        otherwise: 'its own name',
      },
    },
  },
}

export const scenariosGlossary: { [chapter: string]: Chapter } = {
  scenario: {
    about: 'A story that must happen, or must not; played on the real engine in virtual time.',
    words: {
      scenario: { is: 'A sentence that says what happens.' },
      customer: { is: 'The profile of the imagined customer, `consent` with it.' },
      start: { is: 'When the clock starts.', otherwise: 'with the first thing given' },
      until: { is: 'When it ends.', otherwise: 'when nothing more can happen' },
      heldOut: { is: 'Whether the customer belongs to the holdout.', otherwise: 'false' },
      given: { is: 'What happens from outside, from top to bottom.', otherwise: 'nothing but time' },
      webhooks: { is: 'What the webhooks answer, by name.', otherwise: 'they are not there' },
      expect: { is: 'What must come of it.' },
    },
    example: `- scenario: who spends more is thanked, and nobody is thanked twice
  customer: { id: anna, email: anna@example.it, firstName: Anna, timezone: Europe/Rome }
  given:
    - at: 2026-03-26T16:00
      event: purchase
      data: { total: 80, orderId: o-1 }
    - after: 5 days
      event: purchase
      data: { total: 20, orderId: o-2 }
  expect:
    - at: 2026-03-26T16:00
      mail: thank-you
      count: 1
    - ends: completed
`,
  },
  given: {
    about: 'Something that happens.',
    words: {
      at: { is: 'When: local time of the customer, unless an offset is named. This or `after`.' },
      after: { is: 'How long after what is given above. This or `at`.' },
      event: { is: 'The type of the event.', otherwise: 'the customer alone changes' },
      id: { is: 'The id of the event.', otherwise: 'one of its own' },
      data: { is: 'What the event says.', otherwise: 'nothing' },
      customer: { is: 'What changes in the profile.', otherwise: 'nothing' },
      consent: { is: 'What the customer answers, by topic.', otherwise: 'nothing' },
    },
  },
  expectation: {
    about: 'One thing that must come, or must not.',
    words: {
      at: { is: 'When, to the minute; a day without a time is the whole day.', otherwise: 'at any time' },
      mail: { is: 'A mail of this name.' },
      task: { is: 'A task of this name.' },
      coupon: { is: 'A coupon of this name.' },
      emit: { is: 'An emitted event of this type.' },
      webhook: { is: 'A call of this webhook.' },
      ends: { is: 'The journey ends with this reason.' },
      never: { is: 'A mail, task, coupon, emitted event or webhook of this name must not come.' },
      enters: { is: 'Whether a journey starts.' },
      converted: { is: 'Whether the goal is reached.' },
      count: { is: 'How many times.', otherwise: 'once or more' },
      subject: { is: 'What the subject `contains` or `equals`.', otherwise: 'anything' },
      text: { is: 'What the plain text `contains` or `equals`.', otherwise: 'anything' },
      html: { is: 'What the HTML `contains` or `equals`.', otherwise: 'anything' },
      title: { is: 'What the title of the task `contains` or `equals`.', otherwise: 'anything' },
      queue: { is: 'The queue of the task.', otherwise: 'any' },
    },
  },
  answer: {
    about: 'What a webhook answers.',
    words: { status: { is: 'The HTTP status.' }, body: { is: 'The JSON of the answer.', otherwise: 'none' } },
  },
  part: {
    about: 'A text to look for.',
    words: { contains: { is: 'It stands somewhere in it.' }, equals: { is: 'It is the whole.' } },
  },
}
