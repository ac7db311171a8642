/** The command line without a process: files in a folder of their own, words in, text and exit code out. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Surroundings } from '../../cli/command.ts'
import { dispatch } from '../../cli/dispatch.ts'
import { render } from '../../cli/terminal.ts'

export interface Ran {
  code: number
  out: string
  err: string
}

export interface Shell {
  cwd: string
  run(words: string, more?: Partial<Surroundings>): Promise<Ran>
  write(files: { [path: string]: string | Uint8Array }): Promise<void>
  read(path: string): Promise<string>
}

/** A folder with these files, gone after the test. */
export async function shell(files: { [path: string]: string | Uint8Array } = {}): Promise<Shell> {
  const cwd = await mkdtemp(join(tmpdir(), 'premura-cli-'))
  onTestFinished(() => rm(cwd, { recursive: true, force: true }))
  const write: Shell['write'] = async (wanted) => {
    for (const [path, text] of Object.entries(wanted)) {
      await mkdir(dirname(join(cwd, path)), { recursive: true })
      await writeFile(join(cwd, path), text)
    }
  }
  await write(files)
  return {
    cwd,
    write,
    read: (path) => readFile(join(cwd, path), 'utf8'),
    async run(words, more = {}) {
      const [out, err]: [string[], string[]] = [[], []]
      const code = await dispatch(
        words === '' ? [] : words.split(' ').map((word) => word.replaceAll('␣', ' ')),
        {
          cwd,
          env: {},
          out: (text) => out.push(render(text, false)),
          err: (text) => err.push(render(text, false)),
          columns: 100,
          ask: undefined,
          now: () => Date.parse('2026-01-01T00:00:00Z'),
          sleep: () => Promise.resolve(),
          input: undefined,
          progress: undefined,
          fetch: () => Promise.reject(new Error('no deployment in this test')),
          dns: {
            resolveTxt: () => Promise.reject(new Error('no DNS in this test')),
            resolveCname: () => Promise.reject(new Error('no DNS in this test')),
          },
          ...more,
        },
      )
      return {
        code,
        out: out.map((text) => `${text}\n`).join(''),
        err: err.map((text) => `${text}\n`).join(''),
      }
    },
  }
}

export const settings = `brand: { name: Lume, url: https://lume.example, color: "#a3431f" }
postalAddress: Via dei Maestri 12, Torino
senders:
  default: { from: Lume <ciao@lume.example> }
defaultLocale: en
defaultTimezone: Europe/Rome
topics:
  service: { title: { en: Service }, basis: service }
  offers: { title: { en: Offers }, basis: consent, cap: { max: 2, within: 7 days } }
events:
  purchase:
`

const mail = (subject: string, text: string) => `---
subject: ${JSON.stringify(subject)}
---
<mj-section><mj-column><mj-text>${text}</mj-text></mj-column></mj-section>
`

export const apology: { [path: string]: string } = {
  'workflows/settings.yaml': settings,
  'workflows/apology/workflow.yaml': `workflow: apology
title: Say sorry
topic: service
trigger:
  event: csat.rated
  when: event.score <= 2
enroll:
  per: event.ticketId
steps:
  - send: sorry
  - wait: 3 days
    at: "10:00"
  - await: purchase
    for: 14 days
    then:
      - stop: recovered
    else:
      - send: offer
        topic: offers
`,
  'workflows/apology/sorry.mjml': mail(
    'Sorry, {{ customer.firstName }}',
    'We are sorry about {{ event.ticketId }}.',
  ),
  'workflows/apology/sorry.it.mjml': mail('Ci dispiace, {{ customer.firstName }}', 'Ci dispiace.'),
  'workflows/apology/offer.mjml': mail('Come back', 'Fifteen percent.'),
  'workflows/apology/scenarios.yaml': `- scenario: comes back by herself
  customer: { id: anna, email: anna@example.it, firstName: Anna, locale: it, timezone: Europe/Rome }
  given:
    - { at: 2026-03-26T16:00, event: csat.rated, data: { score: 1, ticketId: T-1 } }
    - { after: 5 days, event: purchase, data: { total: 80 } }
  expect:
    - { at: 2026-03-26T16:00, mail: sorry }
    - ends: recovered
    - never: offer
`,
  'anna.json': JSON.stringify({
    id: 'anna',
    email: 'anna@example.it',
    firstName: 'Anna',
    locale: 'it',
    timezone: 'Europe/Rome',
    birthday: '1990-03-14',
  }),
  'rating.json': JSON.stringify({
    event: 'csat.rated',
    at: '2026-03-26T16:00',
    data: { score: 1, ticketId: 'T-1' },
  }),
}

export const birthday: { [path: string]: string } = {
  'workflows/birthday/workflow.yaml': `workflow: birthday
title: Birthday
topic: service
trigger:
  date: birthday
  every: year
  at: "09:00"
enroll:
  per: event.occurrence
steps:
  - send: wish
`,
  'workflows/birthday/wish.mjml': mail('Happy birthday', 'All the best.'),
}
