/** What the words of `scenarios.yaml` mean. */
import type { Book } from './chapter.ts'

export const scenariosGlossary: Book = {
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
      message: { is: 'A mail, an SMS or a WhatsApp message of this name.' },
      channel: { is: 'By which way the message goes: `email`, `sms` or `whatsapp`.', otherwise: 'whichever' },
      task: { is: 'A task of this name.' },
      coupon: { is: 'A coupon of this name.' },
      emit: { is: 'An emitted event of this type.' },
      webhook: { is: 'A call of this webhook.' },
      customer: { is: 'What one `set` of the workflow makes of the customer; `null` for what it removes.' },
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
