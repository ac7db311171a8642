/** What the words of `settings.yaml` mean. */
import type { Book } from './chapter.ts'

export const settingsGlossary: Book = {
  settings: {
    about: 'What is true of all workflows: the brand, its senders, and who may be written to.',
    words: {
      brand: { is: 'What mails and pages show.' },
      postalAddress: { is: 'Where the sender lives, which the law wants every mail to show.' },
      senders: { is: 'Names of senders; `default` must be there.' },
      defaultLocale: { is: 'The language of mails without a suffix.' },
      defaultTimezone: { is: 'The time zone of customers who have none.' },
      topics: { is: 'What customers can opt in to or out of, and what messages go under.' },
      afterErasure: {
        is: 'Whether events about somebody who was erased start clean, as about somebody new, or are refused.',
        otherwise: '`start-clean`',
      },
      webhooks: { is: 'Systems that workflows may call.', otherwise: 'none' },
      events: {
        is: 'The types of the events that your systems post, each with a line that says what it means, or with nothing. Workflows that listen to any other are warned.',
        otherwise: 'those that workflows start with',
      },
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
events:
  purchase: Somebody has bought something
  order.returned:
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
      optIn: {
        is: 'With `double`, a yes that others pass on waits until the person confirms it from their own mailbox. Goes with `basis: consent`.',
        otherwise: 'single',
      },
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
