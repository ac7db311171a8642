/** Durations, times and topics as a person would say them. */
import type { Settings, Topic } from '../engine/model.ts'
import type { Channel, Duration, Weekday } from '../engine/program.ts'
import { counted, paint } from './terminal.ts'

const units: [RegExp, string][] = [
  [/(\d+)Y/, 'year'],
  [/(\d+)M(?!.*T)(?=[^T]*$|.*T)/, 'month'],
  [/(\d+)W/, 'week'],
  [/(\d+)D/, 'day'],
]
const smallUnits: [RegExp, string][] = [
  [/(\d+)H/, 'hour'],
  [/(\d+)M/, 'minute'],
  [/(\d+)S/, 'second'],
]

/** `P1DT2H` → `1 day and 2 hours`. The sign is left to the sentence. */
export function spanWords(duration: Duration): string {
  const [date = '', time = ''] = duration.replace(/^[+-]/, '').slice(1).split('T')
  const words: string[] = []
  for (const [text, forms] of [
    [date, units],
    [time, smallUnits],
  ] as const)
    for (const [form, name] of forms) {
      const count = Number(form.exec(text)?.[1] ?? 0)
      if (count > 0) words.push(counted(count, name))
    }
  return words.length === 0 ? 'no time' : words.join(' and ')
}

const isNegative = (duration: Duration): boolean => duration.startsWith('-')

/** `7 days before `; nothing for no offset. */
export function spanBefore(offset: string | undefined): string {
  if (offset === undefined || spanWords(offset) === 'no time') return ''
  return `${spanWords(offset)} ${isNegative(offset) ? 'before' : 'after'} `
}

/** An expression, set apart from the sentence around it. */
export const code = (expression: string) => paint.cyan(`\`${expression}\``)

/** An event that is waited for, and what has to be true of it. */
export function eventWords({ event, when }: { event: string; when?: string }, verb = ''): string {
  return `${paint.bold(event)}${verb}${when === undefined ? '' : ` with ${code(when)}`}`
}

/** Milliseconds of a cap's window, in the largest unit that fits. */
function windowWords(ms: number): string {
  for (const [name, size] of [
    ['day', 86_400_000],
    ['hour', 3_600_000],
  ] as const)
    if (ms % size === 0) return counted(ms / size, name)
  return counted(Math.round(ms / 60_000), 'minute')
}

export const weekdayNames: { [day in Weekday]: string } = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
}

/** `a day from Monday to Friday`, `a Saturday or Sunday`. */
export function weekdayWords(days: readonly Weekday[]): string {
  const week = Object.keys(weekdayNames)
  const sorted = week.filter((day) => days.some((one) => one === day))
  const names =
    days.length === 7 ? [] : sorted.map((day) => weekdayNames[days.find((one) => one === day) ?? 'mon'])
  const first = week.indexOf(sorted[0] ?? '')
  const inRow = sorted.every((day, index) => week[first + index] === day)
  if (names.length === 0) return 'any day'
  if (inRow && names.length > 2) return `a day from ${names[0]} to ${names.at(-1)}`
  return names.length === 1 ? `a ${names[0]}` : `a ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}

/** Topics on consent keep these hours unless the settings say otherwise. */
const usualQuiet = { from: '21:00', to: '08:00' }

/** Who may be written to under a topic, and when. */
export function topicWords(name: string, settings: Settings): string {
  const topic: Topic | undefined = Object.hasOwn(settings.topics, name) ? settings.topics[name] : undefined
  if (!topic) return 'is not in the settings, so nobody gets it'
  const consent = topic.basis === 'consent'
  const parts = [
    consent
      ? `goes only to customers who opted in${topic.optIn === 'double' ? ' and confirmed it from their own mailbox' : ''}`
      : 'answers something the customer did, so no opt-in is needed',
  ]
  if (topic.cap) parts.push(`at most ${topic.cap.max} in ${windowWords(topic.cap.withinMs)}`)
  const quiet = topic.quietHours === undefined ? (consent ? usualQuiet : null) : topic.quietHours
  if (quiet)
    parts.push(`not between ${quiet.from} and ${quiet.to} where they live (it is moved to ${quiet.to})`)
  return parts.join('; ')
}

/** What a step sends. */
export const channelWords: { [channel in Channel]: string } = {
  email: 'the mail',
  sms: 'the SMS',
  whatsapp: 'the WhatsApp message',
}

/** A text has no subject: what stands for it where there is room for one line. */
export function firstWords(text: string, longest = 60): string {
  const line = text.replace(/\s+/g, ' ').trim()
  if (line.length <= longest) return line
  // The name of a value is left whole or left out.
  return `${line
    .slice(0, longest)
    .replace(/‹[^›]*$/, '')
    .trimEnd()}…`
}
