/** What starts a workflow, in plain language. */
import type { CalendarTrigger, DateTrigger, Trigger } from '../engine/program.ts'
import { paint } from './terminal.ts'
import { code, eventWords, spanBefore, weekdayNames } from './words.ts'

export function startWords(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'event':
      return `when ${eventWords(trigger, ' arrives')}`
    case 'becomes':
      return `when what is known of the customer changes so that ${code(trigger.condition)} holds`
    case 'calendar':
      return `${calendarWords(trigger)}, at ${trigger.at} where each customer lives${missedWords(trigger)}`
    case 'date':
      return dateWords(trigger)
  }
}

function dateWords(trigger: DateTrigger): string {
  const { attribute, every, when, offset, leapDay } = trigger
  const at = trigger.at ?? 'the time that it names (09:00 where it names none),'
  const often = { year: 'every year', month: 'every month', once: 'once' }[every]
  const condition = when === undefined ? '' : ` if ${code(when)}`
  const leap = every === 'year' ? leapWords[leapDay] : ''
  return `${often}, ${spanBefore(offset) || 'on '}the customer’s ${paint.bold(attribute)}, at ${at} in their local time${condition}${leap}${missedWords(trigger)}`
}

const missedWords = ({ past }: { past: 'skip' | 'now' }) =>
  `; a day that was missed is ${past === 'now' ? 'made up for' : 'left out'}`

const leapWords = {
  'feb-28': '; 29 February is kept on the 28th in other years',
  'mar-1': '; 29 February is kept on 1 March in other years',
  'leap-years-only': '; 29 February is kept in leap years only',
}

const ordinals = ['', 'first', 'second', 'third', 'fourth', 'fifth']
const monthName = (month: number) =>
  new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' }).format(Date.UTC(2027, month - 1, 1))
const joined = (words: readonly string[]) =>
  words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : words.join('')

/** `on 20 December every year`, `on the first Monday of each month`. */
function calendarWords({ days, leapDay, calendar }: CalendarTrigger): string {
  if ('date' in days) return `once, on ${days.date}`
  const { months, days: numbers, weekdays } = days
  const [month] = months ?? []
  const [number] = numbers ?? []
  if (months?.length === 1 && month !== undefined && numbers?.length === 1 && typeof number === 'number')
    return `on ${number} ${monthName(month)} every year${calendar === '02-29' ? leapWords[leapDay] : ''}`
  const of = months ? `of ${joined(months.map(monthName))}` : 'of each month'
  if (weekdays) {
    const named = weekdays.map(({ on, nth }) => {
      if (nth === undefined) return `every ${weekdayNames[on]}`
      return `the ${nth === 'last' ? 'last' : ordinals[nth]} ${weekdayNames[on]}`
    })
    const bounded = months !== undefined || weekdays.some(({ nth }) => nth !== undefined)
    return `on ${joined(named)}${bounded ? ` ${of}` : ''}`
  }
  if (!numbers) return months ? `every day ${of}` : 'every day'
  const named = numbers.map((one) => (one === 'last' ? 'the last day' : `day ${one}`))
  return `on ${joined(named)} ${of}`
}
