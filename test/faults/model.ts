/**
 * What should have happened, said a second time and simply: a direct reading of a generated workflow, held against a
 * journey's record. It knows send, wait, await, if, coupon, exit and goal; when something was looked at it takes from the
 * queue's deliveries, everything else from the workflow and the events. It shares no code with the interpreter.
 */
import type { Decision, Enrollment } from '../../engine/journey.ts'
import type { CareEvent } from '../../engine/model.ts'
import type { Node, Question, Tree } from './grammar.ts'

/** An event as its message was worked on: not before `from`, and done with at `to`. */
export interface Handled {
  event: CareEvent
  from: number
  to: number
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const GOAL_MS = 5 * DAY

class Wrong extends Error {}

const holds = (question: Question | undefined, event: CareEvent): boolean =>
  question === undefined || Number(event.data.n) > question.than

/** What is wrong with a journey, in words; undefined: it is as it should be. */
export function checkJourney(
  tree: Tree,
  journey: Enrollment,
  handled: readonly Handled[],
  lateMs: number,
): string | undefined {
  try {
    new Reading(tree, journey, handled, lateMs).read()
    return undefined
  } catch (error) {
    if (error instanceof Wrong) return error.message
    throw error
  }
}

class Reading {
  readonly #tree: Tree
  readonly #journey: Enrollment
  readonly #entry: CareEvent
  /** Events that came behind the one that started the journey. */
  readonly #events: Handled[]
  /** Also those that were received with it, of which nobody knows when they had their turn. */
  readonly #others: Handled[]
  readonly #log: Decision[]
  readonly #lateMs: number
  /** Where in the record the reading is, and when the journey came there, at the earliest and at the latest. */
  #place = 0
  #least: number
  #most: number

  constructor(tree: Tree, journey: Enrollment, handled: readonly Handled[], lateMs: number) {
    this.#tree = tree
    this.#journey = journey
    const entry = handled.find(({ event }) => event.id === journey.entry.id)
    if (!entry) throw new Wrong(`began with ${journey.entry.id}, which nobody ever sent`)
    this.#entry = entry.event
    this.#others = handled.filter((one) => one !== entry)
    this.#events = this.#others.filter((one) => one.from > journey.enteredAt)
    this.#log = journey.log.filter(({ rule, outcome }) => !PASSING.has(rule) && !LOOKED.has(outcome))
    this.#lateMs = lateMs
    this.#least = journey.enteredAt
    this.#most = journey.enteredAt + lateMs
  }

  read(): void {
    this.#goal()
    this.#exits()
    if (!this.#steps(this.#tree.steps)) return
    const end = this.#next()
    const { reason } = this.#journey
    if (!end && (reason === 'exited' || reason === 'converted')) return
    if (end?.rule !== 'end' || end.outcome !== 'completed' || this.#journey.reason !== 'completed')
      throw new Wrong(`came to its end, and says ${end?.rule} ${end?.outcome} ${this.#journey.reason ?? ''}`)
    this.#inTime(end.at, 'its end')
  }

  /** False: the journey was over before the last of them. */
  #steps(nodes: readonly Node[]): boolean {
    return nodes.every((node) => this.#step(node))
  }

  #step(node: Node): boolean {
    const said = this.#next()
    if (!said) {
      const { phase, reason } = this.#journey
      if (phase !== 'ended' || (reason !== 'exited' && reason !== 'converted'))
        throw new Wrong(`stops before ${node.id} without a reason`)
      return false
    }
    if (said.step !== node.id)
      throw new Wrong(`comes to ${said.step ?? said.rule} where ${node.id} should be`)
    const asked = this.#journey.log.some(
      ({ rule, outcome, step }) => rule === 'in-doubt' && outcome === 'ask' && step === node.id,
    )
    // A person takes the time that a person takes.
    if (!asked) this.#inTime(said.at, node.id)
    switch (node.verb) {
      case 'send':
        if (said.rule !== 'send' && !said.rule.startsWith('gate.')) throw new Wrong(`${node.id} was no send`)
        return this.#left(said.at)
      case 'coupon':
        return this.#left(said.at)
      case 'if': {
        const arm = holds(node.when, this.#entry) ? 'then' : 'else'
        if (said.outcome !== arm) throw new Wrong(`goes ${said.outcome} at ${node.id} instead of ${arm}`)
        this.#left(said.at)
        return this.#steps(node[arm])
      }
      case 'wait': {
        const until = said.at + node.minutes * MINUTE
        if (said.values?.until !== until)
          throw new Wrong(`waits at ${node.id} until another time than ${until}`)
        this.#least = until
        this.#most = until + this.#lateMs
        return true
      }
      case 'await':
        return this.#await(node, said.at)
      default:
        throw new Wrong(`${node.verb} is not in the model`)
    }
  }

  #await(node: Extract<Node, { verb: 'await' }>, since: number): boolean {
    const until = since + node.days * DAY
    const meets = ({ event }: Handled) =>
      event.type === node.event && holds(node.when, event) && event.at < until
    const answer = this.#log[this.#place]
    if (answer?.step !== node.id) return this.#cutShort(node.id)
    this.#place++
    if (answer.outcome === 'matched') {
      if (!this.#others.some((one) => meets(one) && one.from <= answer.at && answer.at <= one.to))
        throw new Wrong(`is let through ${node.id} by nothing that happened`)
      this.#left(answer.at)
      return this.#steps(node.then)
    }
    if (answer.at < until) throw new Wrong(`gives up at ${node.id} before its time`)
    if (answer.at > until + this.#lateMs) throw new Wrong(`gives up at ${node.id} too late`)
    const missed = this.#events.find((one) => meets(one) && one.from > since && one.to < answer.at)
    if (missed) throw new Wrong(`gives up at ${node.id} although ${missed.event.id} had come`)
    this.#left(answer.at)
    return this.#steps(node.else)
  }

  #cutShort(step: string): boolean {
    const { phase, reason } = this.#journey
    if (phase === 'ended' && (reason === 'exited' || reason === 'converted')) return false
    throw new Wrong(`stands at ${step} for ever`)
  }

  #next(): Decision | undefined {
    const said = this.#log[this.#place]
    if (said) this.#place++
    return said
  }

  #left(at: number): true {
    this.#least = at
    this.#most = at + this.#lateMs
    return true
  }

  #inTime(at: number, where: string): void {
    if (at < this.#least) throw new Wrong(`comes to ${where} ${this.#least - at} ms too early`)
    if (at > this.#most) throw new Wrong(`comes to ${where} ${at - this.#most} ms too late`)
  }

  #goal(): void {
    const { converted, enteredAt, reason } = this.#journey
    const meets = ({ event }: Handled) =>
      event.type === 'purchase' &&
      Number(event.data.n) > 4 &&
      event.at >= this.#entry.at &&
      event.at <= enteredAt + GOAL_MS
    const reached = this.#tree.goal
      ? this.#events.find((one) => meets(one) && Number.isFinite(one.to))
      : undefined
    if (reached && !converted) throw new Wrong(`does not count ${reached.event.id} as its goal`)
    if (converted && !this.#others.some((one) => meets(one) && one.event.id === converted.eventId))
      throw new Wrong(`counts ${converted.eventId} as its goal`)
    if (reason === 'converted' && !converted) throw new Wrong('ends as converted, and is not')
  }

  #exits(): void {
    const { key, endedAt = Number.POSITIVE_INFINITY, reason } = this.#journey
    const { exit, per } = this.#tree
    const meets = ({ event }: Handled) =>
      exit && event.type === 'cancel' && (!per || String(event.data.ref) === key)
    const ignored = this.#events.find((one) => meets(one) && endedAt > one.to)
    if (ignored) throw new Wrong(`goes on although ${ignored.event.id} ends it`)
    if (reason === 'exited' && !exit) throw new Wrong('is left, and nothing says that it may be')
  }
}

/** What was looked at, and changed nothing. */
const LOOKED = new Set(['moved', 'not-matched', 'too-late'])
/** What the record also holds, and what says nothing of the way that was gone. */
const PASSING = new Set(['trigger.when', 'retry', 'in-doubt', 'goal', 'exit', 'enroll.holdout'])
