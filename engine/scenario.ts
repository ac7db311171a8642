/** `scenarios.yaml`: a workflow's tests, which marketers read and write, on the real engine in virtual time. */
import type { Issue } from './issue.ts'
import { readDocument } from './language/document.ts'
import { check, type Flaw } from './language/flaw.ts'
import { listed } from './language/nearest.ts'
import type { WebhookAnswer } from './journey.ts'
import type { JsonObject, Profile, Settings } from './model.ts'
import type { Program } from './program.ts'
import { unknownIn, unknownNames } from './scenario/names.ts'
import { profileFlaws } from './scenario/profile-flaws.ts'
import { changeMissing } from './scenario/changes.ts'
import { atMatches, explain, when } from './scenario/moments.ts'
import { whole } from './scenario/story.ts'
import {
  type AnswerWords,
  type ExpectationWords,
  type GivenWords,
  type Subject,
  SUBJECTS,
  scenarios as schema,
  WORDS_OF,
} from './scenario/schema.ts'
import { parseMoment } from './given-time.ts'
import { type Given, simulate, type TimelineEntry } from './simulate.ts'
import type { Template } from './text/template.ts'
import { formatLocal, zoneOf } from './time.ts'

export interface Expectation {
  subject: Subject
  words: ExpectationWords
  /** Where it stands in the file. */
  line: number
}

export interface Scenario {
  name: string
  customer: Profile
  given: Given[]
  webhooks: { [name: string]: WebhookAnswer }
  expect: Expectation[]
  /** Local times of the customer, as all times of a scenario without an offset. */
  start?: string
  until?: string
  heldOut?: boolean
}

export interface ScenarioResult {
  name: string
  passed: boolean
  failures: string[]
  timeline: TimelineEntry[]
}

/**
 * Reads scenarios; those are returned only when the whole file is right.
 * @param program what they are about: with it, names that it does not know are told, too
 */
export function parseScenarios(text: string, program?: Program): { issues: Issue[]; scenarios: Scenario[] } {
  const read = readDocument(text, 'scenarios.yaml')
  if ('issues' in read) return { issues: read.issues, scenarios: [] }
  const checked = check(schema, read.document.value, [])
  if ('flaws' in checked) return { issues: read.document.issues(checked.flaws), scenarios: [] }

  const flaws: Flaw[] = []
  const lineOf = (path: (string | number)[]) => read.document.issues([{ path, message: '' }])[0]?.line ?? 1
  const names = new Set<string>()
  const scenarios = checked.value.map((words, index): Scenario => {
    const { scenario: name, start, until, heldOut } = words
    if (names.has(name))
      flaws.push({
        path: [index, 'scenario'],
        message: 'Two scenarios have this name',
        hint: 'Give one of them another.',
      })
    names.add(name)
    const given = (words.given ?? []).flatMap((each, at) => givenOf(each, [index, 'given', at], flaws))
    if ((words.given ?? []).length === 0 && start === undefined) {
      const hint = 'Say what happens under `given`, or when the clock starts with `start: 2026-01-01`.'
      flaws.push({
        path: [index, 'scenario'],
        part: 'key',
        message: 'Nothing happens in this scenario',
        hint,
      })
    }
    const [first] = words.given ?? []
    if (first?.after !== undefined && first.at === undefined && start === undefined)
      flaws.push({
        path: [index, 'given', 0, 'after'],
        part: 'key',
        message: 'Nothing stands before this, so nothing is known to be after it',
        hint: 'Write `at: 2026-03-26T16:00`, or a `start` above `given`.',
      })
    flaws.push(...profileFlaws(words.customer, [index, 'customer']))
    for (const [at, { customer }] of (words.given ?? []).entries())
      flaws.push(...profileFlaws(customer, [index, 'given', at, 'customer']))
    if (program) flaws.push(...unknownNames(words, index, program))
    const expect = words.expect.flatMap((each, at) => {
      const path = [index, 'expect', at]
      const subject = subjectOf(each, path, flaws)
      return subject ? [{ subject, words: each, line: lineOf(path) }] : []
    })
    if (words.expect.length === 0) {
      flaws.push({
        path: [index, 'expect'],
        part: 'key',
        message: 'This scenario expects nothing',
        hint: 'For example: - mail: thank-you',
      })
    }
    return {
      name,
      customer: profileOf(words.customer),
      given,
      webhooks: answersOf(words.webhooks ?? {}),
      expect,
      ...(start !== undefined && { start }),
      ...(until !== undefined && { until }),
      ...(heldOut !== undefined && { heldOut }),
    }
  })
  const wrong = flaws.some(({ severity }) => severity !== 'warning')
  return { issues: read.document.issues(flaws), scenarios: wrong ? [] : scenarios }
}

/** Plays a scenario and compares. */
export function runScenario(
  workflow: { program: Program; templates: Template[] },
  scenario: Scenario,
  settings: Settings,
  tooLong: () => boolean = () => false,
): ScenarioResult {
  const { name, customer, given, expect, heldOut } = scenario
  const zone = zoneOf({ profile: customer, suppressions: [] }, settings)
  const start = scenario.start === undefined ? undefined : parseMoment(scenario.start, zone)
  const until = scenario.until === undefined ? undefined : parseMoment(scenario.until, zone)
  const { timeline, journeys, cutShort } = simulate({
    workflow,
    settings,
    customer,
    events: given,
    webhooks: scenario.webhooks,
    tooLong,
    ...(start !== undefined && { start }),
    ...(until !== undefined && { until }),
    ...(heldOut !== undefined && { heldOut }),
  })
  const converted = journeys.some((journey) => journey.converted !== undefined)
  const world: World = { workflow, timeline, zone, converted, used: new Set() }
  const failures = expect.flatMap((each) => {
    const failure = unknownName(each, world) ?? failureOf(each, world)
    return failure === undefined ? [] : [`line ${each.line}: ${failure}`]
  })
  if (cutShort !== undefined) failures.push(cutShort)
  return { name, passed: failures.length === 0, failures, timeline }
}

interface World {
  workflow: { program: Program; templates: Template[] }
  timeline: TimelineEntry[]
  zone: string
  converted: boolean
  /** Entries that an expectation has found: two equal expectations need two of a kind. */
  used: Set<TimelineEntry>
}

function givenOf(
  { at, after, event, consent, ...words }: GivenWords,
  path: Flaw['path'],
  flaws: Flaw[],
): Given[] {
  const { customer } = words
  if (event === undefined && customer === undefined && consent === undefined) {
    flaws.push({
      path,
      message: 'Nothing happens here',
      hint: 'Name an `event`, what changes in the `customer`, or what they answer for `consent`.',
    })
  }
  if ((at === undefined) === (after === undefined)) {
    const message =
      at === undefined ? 'It is not said when this happens' : 'Write either `at` or `after`, not both'
    flaws.push({ path, message, hint: 'For example: `at: 2026-03-26T16:00` or `after: 5 days`.' })
    return []
  }
  const rest = {
    ...(event !== undefined && { event }),
    ...(words.id !== undefined && { id: words.id }),
    ...(words.data && { data: words.data }),
    ...(customer && { customer }),
    ...(consent && { consent }),
  }
  return at !== undefined ? [{ at, ...rest }] : after !== undefined ? [{ after, ...rest }] : []
}

function answersOf(given: AnswerWords): { [name: string]: WebhookAnswer } {
  return Object.fromEntries(
    Object.entries(given).map(([name, { status, body }]) => [
      name,
      { status, ...(body !== undefined && { body }) },
    ]),
  )
}

function subjectOf(words: ExpectationWords, path: (string | number)[], flaws: Flaw[]): Subject | undefined {
  const named = SUBJECTS.filter((subject) => words[subject] !== undefined)
  const [subject] = named
  if (!subject || named.length > 1) {
    const choice = listed(SUBJECTS.map((each) => `\`${each}\``))
    const message = subject
      ? `An expectation is about one thing, not ${listed(named, 'and')}`
      : 'This expects nothing'
    const second = named[1]
    flaws.push({
      path: second === undefined ? path : [...path, second],
      ...(second === undefined ? {} : { part: 'key' as const }),
      message,
      hint: second === undefined ? `Name one of ${choice}.` : `Put a dash before \`${second}\`.`,
    })
    return undefined
  }
  for (const [word, value] of Object.entries(words)) {
    if (value === undefined || word === subject || WORDS_OF[subject].some((known) => known === word)) continue
    const message = `\`${word}\` does not go with \`${subject}\``
    const own = WORDS_OF[subject].map((known) => `\`${known}\``)
    const hint = own.length > 0 ? `It goes with ${listed(own, 'and')}.` : 'Remove it.'
    flaws.push({ path: [...path, word], part: 'key', message, hint })
  }
  return subject
}

function profileOf(attributes: JsonObject): Profile {
  const { id, email, phone, firstName, lastName, locale, timezone, consent, ...own } = attributes
  const texts = Object.entries({ email, phone, firstName, lastName, locale, timezone }).flatMap(
    ([key, value]) => (value === undefined || value === null ? [] : [[key, String(value)] as const]),
  )
  const answers = typeof consent === 'object' && consent !== null && !Array.isArray(consent) ? consent : {}
  const given = Object.entries(answers).flatMap(([topic, answer]) =>
    typeof answer === 'boolean' ? [[topic, answer] as const] : [],
  )
  return {
    ...own,
    id: id === undefined ? 'customer' : String(id),
    ...Object.fromEntries(texts),
    ...(given.length > 0 && { consent: Object.fromEntries(given) }),
  }
}

/** A misspelt name would make `never` pass for ever. */
function unknownName({ subject, words }: Expectation, { workflow }: World): string | undefined {
  const unknown = unknownIn(words, subject, workflow.program)
  if (!unknown || subject === 'ends') return undefined
  const { name, what, meant } = unknown
  return `the workflow has no ${what} \`${name}\`${meant ? `; did you mean \`${meant}\`?` : ''}`
}

function failureOf(expectation: Expectation, world: World): string | undefined {
  const { subject, words } = expectation
  const { timeline, zone } = world
  switch (subject) {
    case 'mail':
    case 'message':
    case 'task':
    case 'coupon':
    case 'emit':
    case 'webhook':
      return thingMissing(subject, words, world)
    case 'customer':
      return changeMissing(words, world)
    case 'never': {
      const found = timeline.find((entry) => nameOf(entry) === words.never)
      return found && `expected never ${words.never}, but it came at ${formatLocal(found.at, zone)} ${zone}`
    }
    case 'ends':
      return endMissing(words, world)
    case 'enters': {
      const found = timeline.find((entry) => entry.kind === 'entered' && atMatches(words, entry.at, zone))
      if ((found !== undefined) === words.enters) return undefined
      const wanted = words.enters ? 'a journey to begin' : 'no journey to begin'
      return `expected ${wanted}${when(words, zone)}; ${explain(words, world)}`
    }
    case 'converted':
      if (world.converted === words.converted) return undefined
      return `expected the goal ${words.converted ? '' : 'not '}to be reached; ${whole(timeline, zone)}`
  }
}

type Thing = 'mail' | 'message' | 'task' | 'coupon' | 'emit' | 'webhook'

function thingMissing(kind: Thing, words: ExpectationWords, world: World): string | undefined {
  const { timeline, zone, used } = world
  const named = timeline.filter((entry) => nameOf(entry, kind) === words[kind])
  const matching = named.filter(
    (entry) => atMatches(words, entry.at, zone) && differences(words, entry).length === 0,
  )
  const wanted = `expected ${words.count === undefined ? '' : `${words.count} × `}${kind} ${words[kind]}${when(words, zone)}`
  if (words.count !== undefined) {
    return matching.length === words.count
      ? undefined
      : `${wanted}, found ${matching.length}; ${explain(words, world)}`
  }
  const found = matching.find((entry) => !used.has(entry))
  if (found) {
    used.add(found)
    return undefined
  }
  const rightTime = named.find((entry) => !used.has(entry) && atMatches(words, entry.at, zone))
  if (rightTime) return `${wanted}; it came, but ${differences(words, rightTime).join(' and ')}`
  const elsewhere = named.filter((entry) => !used.has(entry)).map((entry) => formatLocal(entry.at, zone))
  const instead = elsewhere.length > 0 ? `it came at ${listed(elsewhere, 'and')}; ` : ''
  return `${wanted}; ${instead}${explain(words, world)}`
}

function endMissing(words: ExpectationWords, { timeline, zone, ...world }: World): string | undefined {
  const ends = timeline.filter((entry) => entry.kind === 'ended')
  if (ends.some((entry) => entry.reason === words.ends && atMatches(words, entry.at, zone))) return undefined
  const instead = ends.map((entry) => `${entry.reason ?? ''} at ${formatLocal(entry.at, zone)}`)
  const found = instead.length > 0 ? `it ended as ${listed(instead, 'and')}` : 'no journey ended'
  return `expected the journey to end as ${words.ends}${when(words, zone)}; ${found}; ${explain(words, { timeline, zone, ...world })}`
}

function nameOf(entry: TimelineEntry, kind?: Thing): string | undefined {
  const names: { [K in Thing]: string | undefined } = {
    mail: entry.message?.channel === 'email' ? entry.message.template : undefined,
    message: entry.message?.template,
    task: entry.task?.name,
    coupon: entry.coupon?.name,
    emit: entry.kind === 'emitted' ? entry.event?.type : undefined,
    webhook: entry.webhook?.name,
  }
  return kind ? names[kind] : Object.values(names).find((name) => name !== undefined)
}

function differences(words: ExpectationWords, { message, task }: TimelineEntry): string[] {
  const texts = {
    subject: message?.subject ?? '',
    text: message?.text ?? '',
    html: message?.html ?? '',
    title: task?.title ?? '',
  }
  const wrong: string[] = []
  for (const [part, text] of Object.entries(texts)) {
    const test =
      part === 'subject' || part === 'text' || part === 'html' || part === 'title' ? words[part] : undefined
    const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text
    if (test?.contains !== undefined && !text.includes(test.contains)) {
      wrong.push(`its ${part} does not contain "${test.contains}" (it is "${shown}")`)
    }
    if (test?.equals !== undefined && text.trim() !== test.equals.trim()) {
      wrong.push(`its ${part} is "${shown}", not "${test.equals}"`)
    }
  }
  if (words.channel !== undefined && message && message.channel !== words.channel) {
    wrong.push(`it went by ${message.channel}, not by ${words.channel}`)
  }
  if (words.queue !== undefined && task && task.queue !== words.queue) {
    wrong.push(`it went to the queue ${task.queue}, not ${words.queue}`)
  }
  return wrong
}
