/**
 * A compiled workflow: the tree of steps flattened into a map of steps that name their successors. JSON, so that
 * a published version is stored as it is and a journey that is pinned to it always finds the same steps.
 */

/** Unique within a program, stable across versions as long as the author keeps it. */
export type StepId = string

/** The text of a CEL expression that has been parsed and checked. */
export type Expression = string

/** Days and longer are calendar units in the customer's zone; hours and shorter are exact. ISO 8601 text. */
export type Duration = string

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'
export type Channel = 'email' | 'sms' | 'whatsapp'

export interface EventTrigger {
  kind: 'event'
  event: string
  when?: Expression
  audience?: Expression
}

export interface DateTrigger {
  kind: 'date'
  /** The customer's attribute that holds the date. */
  attribute: string
  every: 'year' | 'month' | 'once'
  /** Signed ISO 8601 duration, for example `-P7D`; with hours only where there is no `at`. */
  offset?: Duration
  /** Local time of day, `HH:MM`. Absent with `once` alone: the time that the value names, else 09:00. */
  at?: string
  leapDay: 'feb-28' | 'mar-1' | 'leap-years-only'
  /** What happens to an occurrence whose local day has passed before it could be handled. */
  past: 'skip' | 'now'
  when?: Expression
  audience?: Expression
}

/** The customer's profile did not satisfy the condition, and now does. */
export interface BecomesTrigger {
  kind: 'becomes'
  condition: Expression
  when?: Expression
  audience?: Expression
}

/** The same day for everybody, at each customer's own local time. */
export interface CalendarTrigger {
  kind: 'calendar'
  /** As it was written. */
  calendar: string
  days:
    | { date: string }
    | {
        /** All of them where they are left out. Days of the month, or days of the week, or every day. */
        months?: number[]
        days?: (number | 'last')[]
        weekdays?: { on: Weekday; nth?: number | 'last' }[]
      }
  /** Local time of day, `HH:MM`. */
  at: string
  leapDay: DateTrigger['leapDay']
  past: DateTrigger['past']
  when?: Expression
  audience?: Expression
}

export type Trigger = EventTrigger | DateTrigger | BecomesTrigger | CalendarTrigger

interface StepBase {
  id: StepId
  /** The step that follows; `null` ends the journey as completed. For branches: where the arms join. */
  next: StepId | null
}

export interface SendStep extends StepBase {
  verb: 'send'
  template: string
  channel: Channel
  /** Overrides the workflow's topic. */
  topic?: string
  from?: string
  replyTo?: string
  inDoubt: 'resend' | 'drop' | 'ask'
  /** Set when the step is a `survey`: its template can use `survey.link(score)`. */
  survey?: 'csat' | 'nps' | 'ces'
}

export interface WaitStep extends StepBase {
  verb: 'wait'
  duration?: Duration
  /** Also until a date: a text that says it, or an expression that finds it (`customer.renewal`). */
  until?: { date: string } | { value: Expression }
  /** Signed, from that date; hours only where there is no `at`. */
  offset?: Duration
  /** What happens when the date has gone by or there is none: the step below is left out, or has its turn at once. */
  past?: 'skip' | 'now'
  /** The step behind the one below; absent where none is below. */
  beyond?: StepId | null
  at?: string
  on?: Weekday[]
}

export interface AwaitStep extends StepBase {
  verb: 'await'
  event: string
  when?: Expression
  for: Duration
  then: StepId | null
  else: StepId | null
}

export interface IfStep extends StepBase {
  verb: 'if'
  condition: Expression
  then: StepId | null
  else: StepId | null
}

export interface ChooseStep extends StepBase {
  verb: 'choose'
  /** The first whose condition holds wins. */
  cases: { when: Expression; first: StepId | null }[]
  else: StepId | null
}

export interface SplitStep extends StepBase {
  verb: 'split'
  /** `share` in percent, with at most three decimals; they add up to 100. */
  arms: { share: number; first: StepId | null }[]
}

export interface RepeatStep extends StepBase {
  verb: 'repeat'
  times: number
  /** From the beginning of one round to the beginning of the next. */
  every: Duration
  /** The first step of a round; the last ones lead back here. */
  first: StepId | null
}

export interface SetStep extends StepBase {
  verb: 'set'
  values: { [attribute: string]: Expression }
}

export interface TaskStep extends StepBase {
  verb: 'task'
  name: string
  queue: string
  /** Liquid. */
  title: string
  due?: Duration
}

export interface CouponStep extends StepBase {
  verb: 'coupon'
  name: string
  /** A pool of codes that were loaded beforehand, or a pattern to make one from (`?` letter, `#` digit). */
  source: { pool: string } | { pattern: string }
  expires?: Duration
}

export interface EmitStep extends StepBase {
  verb: 'emit'
  event: string
  data: { [name: string]: Expression }
}

export interface WebhookStep extends StepBase {
  verb: 'webhook'
  /** Of the settings. */
  name: string
  data: { [name: string]: Expression }
}

export interface StopStep extends StepBase {
  verb: 'stop'
  reason: string
}

export type Step =
  | SendStep
  | WaitStep
  | AwaitStep
  | IfStep
  | ChooseStep
  | SplitStep
  | RepeatStep
  | SetStep
  | TaskStep
  | CouponStep
  | EmitStep
  | WebhookStep
  | StopStep

export interface EventMatch {
  event: string
  when?: Expression
}

/** What of the data of an event is the appointment that a workflow is about. */
export interface AppointmentRule {
  /** What tells it from the customer's other appointments. */
  id: Expression
  /** When it begins. */
  starts: Expression
  /** What it is for. */
  title?: Expression
}

export interface Program {
  workflow: string
  title: string
  description?: string
  topic: string
  /** 0 (when it is left out) to 100. Where a cap is tight, the messages of a day with the higher one go first. */
  priority?: number
  trigger: Trigger
  enroll: {
    /** What makes a journey one of its own, for example `event.ticketId`. Absent: one per customer. */
    per?: Expression
    again: 'never' | 'always' | { after: Duration }
    /** Events about the same thing: what they say is merged into the data of the event that started the journey. */
    follow?: EventMatch[]
    /** Percent of the customers who are kept out, for comparing: the same ones every time. */
    holdout?: number
  }
  /** Its messages can link to the page where the customer confirms, moves or cancels. */
  appointment?: AppointmentRule
  goal?: EventMatch & { within: Duration; value?: Expression }
  exit: EventMatch[]
  first: StepId | null
  steps: { [id: StepId]: Step }
  /** Events that a live journey of this program may react to: awaits, goal, exits, what it follows. */
  listensTo: string[]
}
