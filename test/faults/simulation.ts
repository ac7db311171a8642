/**
 * Time, processes and calls. Every call to the outside is an appointment in virtual time: it takes effect when its turn
 * comes, and a process that is gone by then never hears of it. So a crash is what it is: no `catch` sees it.
 */
import type { Draw } from './draw.ts'
import type { Plan } from './plan.ts'
import type { Fault } from './points.ts'

export interface TraceLine {
  at: number
  who: string
  what: string
  fault?: Fault
}

interface Appointment {
  at: number
  order: number
  /** Comes back for ever: nothing is awaited because of it. */
  periodic: boolean
  run: () => void | Promise<void>
}

export interface Invocation {
  name: string
  process: Process
  startedAt: number
  over: boolean
  /** Something went wrong in it that leaves its work in doubt. */
  disturbed: boolean
  /** It has a message in hand that fails every time. */
  doomed: boolean
  onGone: () => void
}

export interface Process {
  name: string
  startedAt: number
  alive: boolean
  invocations: Set<Invocation>
  /** Calls that wait for their turn. */
  pending: number
}

/** How a call that goes wrong is answered; a function that throws is an error. */
export interface Answers<T> {
  throttled: () => T
  refused: () => T
  unavailable: () => T
  /** What the caller is told when the answer to a call that took effect is lost. */
  lost: () => T
  /** Takes a part of what was asked for, and says nothing. */
  half?: () => Promise<void>
  /** Faults that say definitely what happened leave nothing in doubt. */
  definite?: readonly Fault[]
}

export class Simulation {
  now: number
  readonly trace: TraceLine[] = []
  readonly plan: Plan
  readonly draw: Draw
  readonly #heap: Appointment[] = []
  #order = 0
  #lasting = 0
  #names = 0
  /** Says whether the next call may still go wrong. */
  spared: () => boolean = () => false
  /** How long an invocation may last. */
  limitMs: number = Number.POSITIVE_INFINITY
  /** Whether a call may take effect although its process is gone: not where the services live in it. */
  posthumous = true
  readonly processes: Process[] = []

  constructor(now: number, plan: Plan, draw: Draw) {
    this.now = now
    this.plan = plan
    this.draw = draw
  }

  note(who: string, what: string, fault?: Fault): void {
    this.trace.push({ at: this.now, who, what, ...(fault && { fault }) })
  }

  /** More happened than any story takes: it would go on for ever. */
  endless = false

  /** Whether anything but what comes back for ever is still to happen. */
  get busy(): boolean {
    return this.#lasting > 0
  }

  at(at: number, run: () => void | Promise<void>, periodic = false): void {
    const one = { at: Math.max(at, this.now), order: this.#order++, periodic, run }
    if (!periodic) this.#lasting++
    let place = this.#heap.length
    this.#heap.push(one)
    while (place > 0) {
      const above = (place - 1) >> 1
      const other = this.#heap[above]
      if (!other || before(other, one)) break
      this.#heap[place] = other
      place = above
    }
    this.#heap[place] = one
  }

  #pop(): Appointment | undefined {
    const [top] = this.#heap
    const last = this.#heap.pop()
    if (!top || !last || this.#heap.length === 0) return top
    let place = 0
    for (;;) {
      const left = 2 * place + 1
      const one = this.#heap[left]
      const other = this.#heap[left + 1]
      if (!one) break
      const [child, lesser] = other && before(other, one) ? [left + 1, other] : [left, one]
      if (before(last, lesser)) break
      this.#heap[place] = lesser
      place = child
    }
    this.#heap[place] = last
    return top
  }

  /** Lets things happen, one after the other, until `enough` says so or nothing is left. */
  async run(enough: () => boolean): Promise<void> {
    for (let steps = 0; !enough(); steps++) {
      if (steps > MOST_STEPS) {
        this.endless = true
        return
      }
      const next = this.#pop()
      if (!next) return
      if (!next.periodic) this.#lasting--
      this.now = next.at
      await next.run()
      await this.#settle()
      const { unnamed } = this.plan
      if (unnamed !== undefined)
        throw new Error(
          `the call "${unnamed}" is not in test/faults/points.ts: name it, and the faults that apply`,
        )
    }
  }

  /** Until every invocation waits for a call or is over. */
  async #settle(): Promise<void> {
    for (let turns = 0; turns < MOST_TURNS; turns++) {
      await (turns < SOON ? turn() : pause())
      const thinking = this.processes.some(
        ({ pending, invocations }) => pending === 0 && invocations.size > 0,
      )
      if (!thinking) return
    }
    const stuck = this.processes.flatMap(({ name, invocations }) =>
      [...invocations].map((one) => `${one.name} in ${name}`),
    )
    throw new Error(
      `at step ${this.trace.length} an invocation neither calls anybody nor ends: ${stuck.join(', ')}`,
    )
  }

  start(kind: string): Process {
    const name = `${kind}-${++this.#names}`
    const process: Process = { name, startedAt: this.now, alive: true, invocations: new Set(), pending: 0 }
    this.processes.push(process)
    return process
  }

  kill(process: Process): void {
    if (!process.alive) return
    process.alive = false
    this.processes.splice(this.processes.indexOf(process), 1)
    for (const invocation of process.invocations) {
      invocation.over = true
      invocation.disturbed = true
      invocation.onGone()
    }
    process.invocations.clear()
  }

  /** Runs something in a process. Nobody hears of it again once the process is gone. */
  invoke<T>(
    process: Process,
    name: string,
    work: (invocation: Invocation) => Promise<T>,
    over: { done: (value: T) => void; failed: (error: unknown) => void; gone: () => void },
  ): Invocation {
    const invocation: Invocation = {
      name,
      process,
      startedAt: this.now,
      over: false,
      disturbed: false,
      doomed: false,
      onGone: over.gone,
    }
    process.invocations.add(invocation)
    const finish = (then: () => void) => {
      if (!process.alive) return
      invocation.over = true
      process.invocations.delete(invocation)
      then()
    }
    if (Number.isFinite(this.limitMs))
      this.at(this.now + this.limitMs, () => {
        if (invocation.over) return
        this.note(process.name, `${name} took too long and is killed`)
        this.kill(process)
      })
    work(invocation).then(
      (value) => finish(() => over.done(value)),
      (error: unknown) => finish(() => over.failed(error)),
    )
    return invocation
  }

  /** One call of a process to the outside. */
  call<T>(
    process: Process,
    invocation: () => Invocation | undefined,
    point: string,
    effect: () => Promise<T>,
    answers: Answers<T>,
    told = '',
    lastsMs?: number,
  ): Promise<T> {
    const caller = invocation()
    process.pending++
    return new Promise((resolve, reject) => {
      const { key, fault } = this.plan.next(point, this.spared(), { doomed: caller?.doomed ?? false })
      const happen = async (how: Fault | undefined): Promise<void> => {
        if (!process.alive) {
          // A call that was on its way arrives all the same, once in a while.
          if (how === undefined && this.posthumous && this.draw.chance(`posthumous ${key}`, 0.3)) {
            this.note(process.name, `${point}${told}, from beyond`)
            await effect()
          }
          return
        }
        this.note(process.name, `${point}${told}`, fault)
        if (fault && caller && !answers.definite?.includes(fault)) caller.disturbed = true
        if (how === 'crash-before') return this.kill(process)
        const answer = await outcome(how, effect, answers)
        if (how === 'crash-after') return this.kill(process)
        process.pending--
        if (answer.ok) resolve(answer.value)
        else reject(answer.error)
      }
      const takesMs = lastsMs ?? this.draw.whole(`takes ${key}`, 1, 30)
      if (fault === 'stalled')
        this.at(this.now + this.draw.whole(`stalls ${key}`, 5_000, 40_000), () => happen(undefined))
      else this.at(this.now + takesMs, () => happen(fault))
    })
  }
}

type Outcome<T> = { ok: true; value: T } | { ok: false; error: unknown }

async function outcome<T>(
  fault: Fault | undefined,
  effect: () => Promise<T>,
  answers: Answers<T>,
): Promise<Outcome<T>> {
  try {
    switch (fault) {
      case 'throttled':
      case 'refused':
      case 'unavailable':
        return { ok: true, value: answers[fault]() }
      case 'lost-answer':
        await effect()
        return { ok: true, value: answers.lost() }
      case 'half-taken':
        await answers.half?.()
        return { ok: true, value: answers.lost() }
      default:
        return { ok: true, value: await effect() }
    }
  } catch (error) {
    return { ok: false, error }
  }
}

const MOST_STEPS = 12_000
/** Turns of the event loop in which whatever computes has come to a call; what loads a module takes longer. */
const SOON = 500
const MOST_TURNS = 10_000

const before = (one: Appointment, other: Appointment): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order)

/** Gives a module that is being loaded the time that it takes; virtual time stands still. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
