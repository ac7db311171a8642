/** The trigger of a workflow: which forms there are, and what each of them may say. */
import * as z from 'zod'
import { pathsRead } from '../condition.ts'
import type { Trigger } from '../program.ts'
import { type CalendarDays, calendarDays } from './calendar-days.ts'
import { type Flaw, textLeaf } from './flaw.ts'
import { listed } from './nearest.ts'
import { dateOffset } from './durations.ts'
import {
  attributeName,
  type Checked,
  checked,
  condition,
  eventType,
  names,
  oneOf,
  timeOfDay,
} from './words.ts'

/** A condition on the profile alone: time does not change a profile, and nothing looks at it while it stays as it is. */
const becoming = textLeaf<Checked>(
  { expects: 'a condition', example: 'customer.tier == "gold"', json: {} },
  (text, note) => {
    const timed = pathsRead(text).find((path) => /^(now|today)\b/.test(path))
    if (timed === undefined) return checked(text, 'condition', names.profile, note)
    note({
      message: `% looks at the profile when it changes, and \`${timed}\` goes on without a change`,
      hint: 'For what comes with time use a trigger with `date`, or a `wait`.',
      offset: Math.max(0, text.search(new RegExp(`\\b${timed}\\b`))),
    })
    return undefined
  },
)

/** Every key that some trigger knows, so that a misspelt one finds its neighbor whichever trigger was meant. */
export const triggerSchema = z
  .strictObject({
    event: eventType.exactOptional(),
    date: attributeName.exactOptional(),
    becomes: becoming.exactOptional(),
    calendar: calendarDays.exactOptional(),
    every: oneOf(['year', 'month', 'once']).exactOptional(),
    offset: dateOffset.exactOptional(),
    at: timeOfDay.exactOptional(),
    leapDay: oneOf(['feb-28', 'mar-1', 'leap-years-only']).exactOptional(),
    past: oneOf(['skip', 'now']).exactOptional(),
    when: condition(names.trigger).exactOptional(),
    audience: condition(names.audience).exactOptional(),
  })
  .meta({ about: '`trigger`', example: 'trigger: { event: purchase }' })

export type TriggerWords = z.output<typeof triggerSchema>

/** What a trigger may begin with, and which other keys go with it. */
const forms = {
  event: ['when', 'audience'],
  date: ['every', 'offset', 'at', 'leapDay', 'past', 'when', 'audience'],
  becomes: ['audience'],
  calendar: ['at', 'leapDay', 'past', 'audience'],
} as const satisfies { [form: string]: readonly (keyof TriggerWords)[] }
type Form = keyof typeof forms
const formNames: readonly Form[] = ['event', 'date', 'calendar', 'becomes']

/** What to do with a key that stands beside another form than its own. */
const instead: { [key in keyof TriggerWords]?: string } = {
  at: 'Remove it, or use a `wait` step.',
  offset: 'Remove it, or use a `wait` step.',
  when: 'There is no event to look at: use `audience`.',
}

const code = (word: string) => `\`${word}\``

/** Turns the words of a trigger into the trigger; without one, the flaws say why. */
export function readTrigger(source: TriggerWords, flaws: Flaw[]): Trigger | undefined {
  const note = (key: keyof TriggerWords, message: string, hint: string) =>
    void flaws.push({ path: ['trigger', key], part: 'key', message, hint })
  const [form, second] = formNames.filter((name) => source[name] !== undefined)
  if (form === undefined) {
    const message = `\`trigger\` needs an ${listed(formNames.map(code))}`
    flaws.push({ path: ['trigger'], part: 'key', message, hint: 'For example: trigger: { event: purchase }' })
    return undefined
  }
  if (second !== undefined) {
    const message = `A trigger has one beginning, and this one has ${code(form)} and ${code(second)}`
    note(second, message, 'Make two workflows of it.')
    return undefined
  }
  for (const key of keysIn(source)) {
    const known: readonly string[] = forms[form]
    if (key === form || known.includes(key)) continue
    const owners = formNames.filter((name) => forms[name].some((one) => one === key))
    const belongs = `${code(key)} belongs to a trigger with ${listed(owners.map(code))}`
    note(key, belongs, instead[key] ?? 'Remove it.')
  }
  const { event, becomes, when, audience } = source
  const conditions = {
    ...(when ? { when: when.text } : {}),
    ...(audience ? { audience: audience.text } : {}),
  }
  if (event !== undefined) return { kind: 'event', event, ...conditions }
  if (becomes !== undefined) return { kind: 'becomes', condition: becomes.text, ...conditions }
  if (source.calendar) return readCalendar(source, source.calendar, conditions, flaws)
  return readDate(source, conditions, flaws)
}

function readCalendar(
  { at, leapDay, past = 'skip' }: TriggerWords,
  { text, days, at: written }: CalendarDays,
  conditions: { when?: string; audience?: string },
  flaws: Flaw[],
): Trigger {
  const note = (key: string, message: string) =>
    void flaws.push({ path: ['trigger', key], part: 'key', message, hint: 'Remove it.' })
  if (at !== undefined && written !== undefined) note('at', `A line of cron says the time itself: ${written}`)
  if (leapDay !== undefined && text !== '02-29') note('leapDay', '`leapDay` belongs to 29 February')
  return {
    kind: 'calendar',
    calendar: text,
    days,
    at: at ?? written ?? '09:00',
    leapDay: leapDay ?? 'feb-28',
    past,
    ...conditions,
  }
}

function readDate(
  source: TriggerWords,
  conditions: { when?: string; audience?: string },
  flaws: Flaw[],
): Trigger | undefined {
  const { date, every, offset, leapDay = 'feb-28', past = 'skip' } = source
  if (date === undefined) return undefined
  if (every === undefined) {
    flaws.push({
      path: ['trigger', 'date'],
      part: 'key',
      message: '`every` is missing',
      hint: 'Say how often the date comes up: every: year, month or once.',
    })
    return undefined
  }
  const at = source.at ?? (every === 'once' ? undefined : '09:00')
  if (offset?.includes('T') && at !== undefined)
    flaws.push({
      path: ['trigger', 'offset'],
      message: '`offset` counts in days or longer',
      hint:
        every === 'once'
          ? 'Remove `at`: hours count from the time that the date itself has.'
          : 'Use `at` for the time of day.',
    })
  if (source.leapDay !== undefined && every !== 'year')
    flaws.push({
      path: ['trigger', 'leapDay'],
      part: 'key',
      message: '`leapDay` belongs to `every: year`',
      hint: 'Remove it.',
    })
  return {
    kind: 'date',
    attribute: date,
    every,
    ...(offset === undefined ? {} : { offset }),
    ...(at === undefined ? {} : { at }),
    leapDay,
    past,
    ...conditions,
  }
}

/** The keys that are there, in the order of the language. */
function keysIn(source: TriggerWords): (keyof TriggerWords)[] {
  return triggerSchema.keyof().options.filter((key) => source[key] !== undefined)
}
