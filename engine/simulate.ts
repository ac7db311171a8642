/**
 * A whole world for one customer and one workflow, in memory and in virtual time: the same interpreter that production
 * runs, with hands that write down what they would have done.
 */
import { advance } from './advance.ts'
import { eventsOf, mergeCustomer, REQUESTED } from './consent.ts'
import { appointmentLinks } from './booked.ts'
import { enroll } from './enroll.ts'
import { asItIsNow } from './follow.ts'
import { HELD_OUT } from './held-out.ts'
import { codeFromPattern } from './hash.ts'
import type {
  Context,
  EffectCommand,
  Enrollment,
  Input,
  Performed,
  SendCommand,
  WebhookAnswer,
} from './journey.ts'
import { mailFrame } from './mail/frame.ts'
import { type MailVariables, pickTemplate, renderMail } from './mail/render.ts'
import type { CareEvent, ConsentSource, Customer, Instant, JsonObject, Profile, Settings } from './model.ts'
import { type Noticed, Watch, withoutDate } from './noticed.ts'
import { emittedId, occasionAt } from './occasion.ts'
import type { Program } from './program.ts'
import { inOrder, type Placed } from './given-time.ts'
import { CutShort, sizeOf, type TimelineEntry } from './simulated.ts'
import { wentOut } from './step-outcomes.ts'
import { renderText } from './text/render.ts'
import { carries, isText, type Template } from './text/template.ts'
import { addDuration, zoneOf } from './time.ts'
import { variablesFor } from './variables.ts'
import { outcomeOfAnswer } from './webhook-answer.ts'

export type { TimelineEntry } from './simulated.ts'

/** What happens to the customer: an event, new facts about them, or both. */
export type Given = ({ at: string } | { after: string }) & {
  event?: string
  id?: string
  data?: JsonObject
  /** Merged into the profile before anything is decided, as the shop would say it. */
  customer?: JsonObject
  /** topic → what the person answers, behind a link of their own. */
  consent?: { [topic: string]: boolean }
}

export interface Simulation {
  workflow: { program: Program; templates: Template[] }
  settings: Settings
  customer: Profile
  /** `at` is local time of the customer unless it has an offset; `after` counts from the one before. */
  events: Given[]
  /** What the webhooks answer; those that are not named answer 200 and say nothing. */
  webhooks?: { [name: string]: WebhookAnswer }
  until?: Instant
  start?: Instant
  /** Whether it has taken longer than anybody waits: the story is then cut short, and says so. */
  tooLong?: () => boolean
  /** Plays the customer as one who is held out. Left out: nobody is, so that a story does not hang on an id. */
  heldOut?: boolean
}

export interface SimulationResult {
  timeline: TimelineEntry[]
  /** How the last journey ended; absent while it is under way, or when there was none. */
  ends?: string
  /** Where the journeys stand. */
  journeys: Enrollment[]
  /** Why the story was not played to its end. */
  cutShort?: string
}

/** More than any care journey does; a guard against a world that never comes to rest. */
const MOST_MOMENTS = 5000
/** Characters of all messages and data together: far more than a year of care, far less than a process bears. */
const MOST_SAID = 4_000_000
/** A date comes up again for ever: without `until`, look a little more than a year ahead. */
const HORIZON = 'P400D'

/** Plays the events through the workflow, jumping from one due moment to the next until nothing is left. */
export function simulate(input: Simulation): SimulationResult {
  return new SimulatedWorld(input).play()
}

class SimulatedWorld {
  readonly #workflow: Simulation['workflow']
  readonly #settings: Settings
  readonly #timeline: TimelineEntry[] = []
  readonly #events = new Map<string, CareEvent>()
  /** What follows from what is happening now, and is handled behind it. */
  readonly #answers: { [name: string]: WebhookAnswer }
  readonly #emitted: Noticed[] = []
  readonly #given: Placed[]
  readonly #until: Instant | undefined
  readonly #heldOut: boolean
  #journeys: Enrollment[] = []
  #customer: Customer
  #now: Instant
  readonly #watch: Watch
  readonly #tooLong: () => boolean
  #said = 0

  constructor({
    workflow,
    settings,
    customer,
    events,
    until,
    start,
    heldOut = false,
    webhooks = {},
    tooLong = () => false,
  }: Simulation) {
    this.#tooLong = tooLong
    this.#answers = webhooks
    this.#heldOut = heldOut
    this.#workflow = workflow
    this.#settings = settings
    this.#customer = { profile: customer, suppressions: [] }
    this.#until = until
    const zone = zoneOf(this.#customer, settings)
    const { placed, timeless } = inOrder(events, start, zone)
    this.#given = placed
    this.#now = start ?? placed[0]?.at ?? 0
    for (const given of timeless)
      this.#note({
        kind: 'problem',
        reason: `${'at' in given ? `at: ${given.at}` : `after: ${given.after}`} is not a time`,
      })
    const horizonAt = until ?? addDuration(this.#now, HORIZON, zone)
    this.#watch = new Watch(workflow.program, settings, this.#now, horizonAt)
    this.#noteNoDate()
  }

  play(): SimulationResult {
    const cutShort = this.#cutShort()
    if (cutShort !== undefined) this.#timeline.push({ at: this.#now, kind: 'problem', reason: cutShort })
    const ends = this.#journeys.at(-1)?.reason
    return {
      timeline: this.#timeline,
      journeys: this.#journeys,
      ...(ends !== undefined && { ends }),
      ...(cutShort !== undefined && { cutShort }),
    }
  }

  #cutShort(): string | undefined {
    try {
      this.#live()
      return undefined
    } catch (error) {
      if (error instanceof CutShort) return error.message
      throw error
    }
  }

  #live(): void {
    for (let moments = 0; ; moments++) {
      const next = this.#next()
      if (!next || (this.#until !== undefined && next.at > this.#until)) return
      if (moments === MOST_MOMENTS) throw new CutShort('this never comes to rest')
      this.#now = Math.max(this.#now, next.at)
      next.happen()
      for (const journey of [...this.#journeys]) this.#drive(journey, { kind: 'profile' })
    }
  }

  /** What happens next. At the same moment a timer comes before a date, and a date before an event. */
  #next(): { at: Instant; happen: () => void } | undefined {
    const [emitted] = this.#emitted
    if (emitted) return { at: this.#now, happen: () => this.#arrive(this.#emitted.shift() ?? emitted) }
    const moments: { at: Instant; happen: () => void }[] = []
    for (const journey of this.#journeys) {
      if (journey.phase === 'ended' || journey.dueAt === undefined) continue
      moments.push({ at: journey.dueAt, happen: () => this.#drive(journey, { kind: 'woken' }) })
    }
    const date = this.#watch.next(this.#customer)
    if (date) moments.push({ at: date.at, happen: () => this.#dateReached(date.event) })
    const first = this.#given[0]
    if (first) moments.push({ at: first.at, happen: () => this.#happen(first.given, first.at) })
    return moments.reduce<(typeof moments)[number] | undefined>(
      (earliest, each) => (earliest && earliest.at <= each.at ? earliest : each),
      undefined,
    )
  }

  /** What becomes of it, requests to confirm and confirmations are events of their own, behind what brought them about. */
  #learn(changes: JsonObject, source: ConsentSource): void {
    const before = this.#customer
    const word = { source, at: this.#now, settings: this.#settings }
    this.#customer = mergeCustomer(before, before.profile.id, changes, word)
    this.#noteNoDate(before.profile)
    const told = eventsOf(this.#customer, this.#settings, (mark, topic) => mark !== before.consents?.[topic])
    this.#emitted.push(...told, ...this.#watch.changed(before, this.#customer, this.#now))
  }

  /** What stands in the date's place and is none, so that it is not waited for in vain. */
  #noteNoDate(before?: Profile): void {
    const { profile } = this.#customer
    const decision = withoutDate(this.#workflow.program, [before, profile], this.#now)
    if (decision) this.#note({ kind: 'not-entered', decision })
  }

  #dateReached(event: Noticed): void {
    this.#watch.passed(event.at)
    this.#arrive(event)
  }

  #happen(given: Given, at: Instant): void {
    const taken = this.#given.shift()
    if (given.customer) this.#learn(given.customer, 'event')
    if (given.consent) this.#learn({ consent: given.consent }, 'page')
    if (given.event === undefined) return
    const id = given.id ?? `given-${(taken?.order ?? 0) + 1}`
    this.#arrive({ id, type: given.event, at, data: given.data ?? {} })
  }

  #arrive(fields: Omit<CareEvent, 'customerId'>): void {
    // The same event posted twice is one event.
    if (this.#events.has(fields.id)) return
    const event: CareEvent = { ...fields, customerId: this.#customer.profile.id }
    this.#events.set(event.id, event)
    this.#note({ kind: 'event', event: { type: event.type, data: event.data } })
    const verdict = enroll({
      program: this.#workflow.program,
      version: 1,
      event,
      customer: this.#customer,
      settings: this.#settings,
      runs: this.#journeys,
      now: this.#now,
      paused: false,
      heldOut: this.#heldOut,
    })
    for (const journey of [...this.#journeys]) this.#drive(journey, { kind: 'event', event })
    if (!verdict) return
    if ('decision' in verdict) {
      this.#note({ kind: 'not-entered', decision: verdict.decision })
      return
    }
    this.#journeys.push(verdict.enrollment)
    const { reason, log } = verdict.enrollment
    const decision = log.at(-1)
    if (reason === HELD_OUT) {
      this.#note({ kind: 'not-entered', ...(decision && { decision }) })
      return
    }
    this.#note({ kind: 'entered', key: verdict.enrollment.key })
    this.#drive(verdict.enrollment, { kind: 'entered' })
  }

  /** Shows a journey an input and does what it asks for, until it rests. */
  #drive(journey: Enrollment, input: Input): void {
    for (;;) {
      if (this.#tooLong()) throw new CutShort('this takes longer than anybody waits: it was cut short here')
      const { program } = this.#workflow
      const result = advance(program, journey, input, this.#contextOf(journey))
      this.#journeys = this.#journeys.map((each) => (each === journey ? result.enrollment : each))
      const { key } = result.enrollment
      for (const decision of result.decisions) {
        const { step } = decision
        this.#note({ kind: 'decision', key, ...(step !== undefined && { step }), decision })
      }
      const [command] = result.commands
      if (!command) return
      if (command.kind === 'end') {
        this.#note({ kind: 'ended', key, reason: command.reason })
        return
      }
      if (command.kind === 'wait') {
        this.#note({ kind: 'waiting', key, step: command.step, dueAt: command.dueAt })
        return
      }
      journey = result.enrollment
      input = { kind: 'performed', outcome: this.#perform(journey, command) }
    }
  }

  #contextOf(journey: Enrollment): Context {
    const { program } = this.#workflow
    const awaited = journey.awaited && this.#events.get(journey.awaited.id)
    const entry = this.#events.get(journey.entry.id) ?? {
      ...journey.entry,
      customerId: journey.customerId,
      data: journey.entry.data ?? {},
    }
    const events = (journey.followed ?? []).flatMap(({ id }) => this.#events.get(id) ?? [])
    const followed = { entry, events }
    const sent = this.#journeys
      .filter(({ key, run }) => key !== journey.key || run !== journey.run)
      .flatMap(({ log }) => log.filter(wentOut))
      .map(({ step, at }) => {
        const about = step === undefined ? undefined : program.steps[step]
        return { topic: (about?.verb === 'send' ? about.topic : undefined) ?? program.topic, at }
      })
    return {
      now: this.#now,
      customer: this.#customer,
      settings: this.#settings,
      event: asItIsNow(followed),
      followed,
      ...(awaited && { awaited }),
      sent,
      paused: false,
    }
  }

  #perform(journey: Enrollment, command: EffectCommand): Performed {
    const { key } = journey
    const { step } = command
    switch (command.kind) {
      case 'send':
        return this.#send(journey, command)
      case 'task': {
        const { name, queue, title, dueAt } = command
        this.#note({
          kind: 'task',
          key,
          step,
          task: { name, queue, title, ...(dueAt !== undefined && { dueAt }) },
        })
        return { status: 'done' }
      }
      case 'coupon': {
        const { name, source, expiresAt } = command
        const pattern = 'pattern' in source ? source.pattern : '????-####'
        const code = codeFromPattern(
          pattern,
          [journey.workflow, key, journey.run, occasionAt(journey, name)].join('/'),
        )
        const coupon = { name, code, ...(expiresAt !== undefined && { expiresAt }) }
        this.#note({ kind: 'coupon', key, step, coupon })
        return { status: 'done', code }
      }
      case 'set':
        this.#learn(command.values, 'workflow')
        this.#note({ kind: 'set', key, step, values: command.values })
        return { status: 'done' }
      case 'webhook': {
        const { name, data } = command
        const answer = this.#answers[name] ?? { status: 200 }
        this.#note({ kind: 'webhook', key, step, webhook: { name, data, answer } })
        return outcomeOfAnswer(answer.status, answer.body)
      }
      case 'emit': {
        const { event: type, data, hops } = command
        this.#note({ kind: 'emitted', key, step, event: { type, data } })
        this.#emitted.push({ id: emittedId(journey, step), type, at: this.#now, data, hops })
        return { status: 'done' }
      }
    }
  }

  #send(journey: Enrollment, { step, template: name, channel, topic, to, survey }: SendCommand): Performed {
    const { program, templates } = this.#workflow
    const { key } = journey
    const { defaultLocale, brand } = this.#settings
    const own = templates.filter((one) => carries({ template: name, channel }, one))
    const template = pickTemplate(own, name, this.#customer.profile.locale ?? defaultLocale)
    const locale = template?.locale ?? defaultLocale
    try {
      if (!template) throw new Error(`there is no template ${name}`)
      const variables: MailVariables = {
        ...variablesFor(this.#contextOf(journey), program, journey),
        ...mailFrame(template, this.#settings, topic),
        links: {
          unsubscribe: `${brand.url}/unsubscribe`,
          preferences: `${brand.url}/preferences`,
          ...(program.trigger.kind === 'event' &&
            program.trigger.event === REQUESTED && { confirm: `${brand.url}/confirm` }),
        },
        ...(program.appointment && { appointment: appointmentLinks(`${brand.url}/appointment`) }),
        ...(survey && { survey: { link: (score: number) => `${brand.url}/survey/${score}` } }),
      }
      const said = isText(template)
        ? { subject: '', html: '', text: renderText(template, variables).body }
        : renderMail(template, variables)
      this.#note({ kind: 'message', key, step, message: { template: name, locale, channel, to, ...said } })
      return { status: 'done' }
    } catch (error) {
      const reason = `template ${name}: ${error instanceof Error ? error.message : String(error)}`
      this.#note({ kind: 'problem', key, step, reason })
      return { status: 'refused', reason }
    }
  }

  #note(entry: Omit<TimelineEntry, 'at'>): void {
    this.#said += sizeOf(entry)
    if (this.#said > MOST_SAID) throw new CutShort('this says more than anybody reads: it was cut short here')
    this.#timeline.push({ at: this.#now, ...entry })
  }
}
