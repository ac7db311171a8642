/** A mail as the runtime sends it. */
import type { MessageTags, OutgoingMail } from '../../runtime/ports.ts'

export function mailTo(to: string, tags: Partial<MessageTags> = {}, from = 'care@example.com'): OutgoingMail {
  return {
    tags: {
      customerId: 'anna',
      workflow: 'thanks',
      key: 'order-1',
      run: 1,
      step: 'mail',
      attempt: 1,
      ...tags,
    },
    from: `Mela <${from}>`,
    replyTo: `help@${from.split('@')[1]}`,
    to,
    subject: 'Grazie, Zoë 🌷',
    html: '<p>Ciao "Zoë"</p>\n',
    text: 'Ciao Zoë\n',
    headers: [
      { name: 'List-Unsubscribe', value: '<https://care.example.com/u/t>' },
      { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
    ],
  }
}
