/** A deployment in memory: a program that is live, a queue that redelivers, and processes that can be made to crash. */
import type { CompiledTemplate } from '../../engine/mail/template.ts'
import type { CareEvent, JsonObject } from '../../engine/model.ts'
import type { Program, Step } from '../../engine/program.ts'
import { handle } from '../../runtime/handle.ts'
import { accept } from '../../runtime/ingest.ts'
import { SUMMARIES_PK, templateSk, versionSk, workflowPk } from '../../runtime/keys-of-rows.ts'
import type { World } from '../../runtime/ports.ts'
import { requestRound } from '../../runtime/round.ts'
import { createRuntime, type Runtime } from '../../runtime/runtime.ts'
import { readSummary, summaryFrom } from '../../runtime/summaries.ts'
import { Ticker } from '../../runtime/tick.ts'
import { work } from '../../runtime/work.ts'
import { type MemoryWorld, memoryWorld } from '../memory-world.ts'

const mail = (name: string): CompiledTemplate => ({
  name,
  locale: null,
  subject: `${name} for {{ customer.id }}`,
  html: `<p>${name}</p>`,
  text: `${name}\n`,
  variables: ['customer.id'],
})

/** A workflow of these steps, one after the other. */
export function programOf(steps: Step[], changes: Partial<Program> = {}): Program {
  return {
    workflow: 'care',
    title: 'Care',
    topic: 'service',
    trigger: { kind: 'event', event: 'purchase' },
    enroll: { per: 'event.orderId', again: 'never' },
    exit: [],
    first: steps[0]?.id ?? null,
    steps: Object.fromEntries(steps.map((step) => [step.id, step])),
    listensTo: [],
    ...changes,
  }
}

export const send = (id: string, next: string | null, inDoubt: 'drop' | 'resend' | 'ask' = 'drop'): Step => ({
  verb: 'send',
  id,
  next,
  template: id,
  channel: 'email',
  inDoubt,
})

/** The standard journey: one purchase, three mails, two waits, one branch. */
export const standard = programOf([
  send('thanks', 'wait-1'),
  { verb: 'wait', id: 'wait-1', next: 'tips', duration: 'P3D', at: '10:00' },
  send('tips', 'wait-2'),
  { verb: 'wait', id: 'wait-2', next: 'if-1', duration: 'P2W' },
  { verb: 'if', id: 'if-1', next: null, condition: 'event.total > 50', then: 'gold', else: null },
  send('gold', null),
])

export class Deployment {
  readonly world: MemoryWorld
  runtime: Runtime
  ticker: Ticker
  #starts = 0

  constructor(options: Parameters<typeof memoryWorld>[0] = {}) {
    this.world = memoryWorld(options)
    this.runtime = this.start()
    this.ticker = new Ticker(this.runtime)
  }

  /** A new process on the same table, queue and timers. `around` may stand between it and the world. */
  start(around: (world: World) => World = (world) => world): Runtime {
    const config = { ...this.world.config, owner: `process-${++this.#starts}` }
    this.runtime = createRuntime(around({ ...this.world, config }))
    this.ticker = new Ticker(this.runtime)
    return this.runtime
  }

  /** With `takeOver` as a publish that says so of the journeys under way, its round queued. */
  async publish(
    program: Program,
    version = 1,
    takeOver?: { kind: 'move' | 'end'; map?: { [step: string]: string } },
  ): Promise<void> {
    const { table, clock } = this.world
    const publishedAt = clock.now()
    const pk = workflowPk(program.workflow)
    await table.put(
      { pk, sk: versionSk(version), body: JSON.stringify({ program, publishedAt }) },
      { kind: 'any' },
    )
    for (const step of Object.values(program.steps)) {
      if (step.verb !== 'send') continue
      const body = JSON.stringify(mail(step.template))
      await table.put(
        { pk, sk: templateSk(version, { name: step.template, locale: null }), body },
        { kind: 'any' },
      )
    }
    const earlier = (await readSummary(this.runtime, program.workflow))?.successions ?? []
    const successions = takeOver ? [...earlier, { to: version, at: publishedAt, ...takeOver }] : earlier
    const summary = { title: program.title, state: 'live', version, publishedAt, successions }
    const row = { pk: SUMMARIES_PK, sk: program.workflow, rev: version, body: JSON.stringify(summary) }
    await table.put(row, { kind: 'any' })
    if (takeOver) await requestRound(this.runtime, summaryFrom(row))
  }

  async post(event: Partial<CareEvent> & { data?: JsonObject }, customer?: JsonObject): Promise<void> {
    const full = {
      id: 'e1',
      type: 'purchase',
      customerId: 'anna',
      at: this.world.clock.now(),
      data: {},
      ...event,
    }
    await accept(this.runtime, [{ event: full, ...(customer && { customer }) }])
  }

  /** Delivers what is queued, the same message again after a failure, as SQS does inside a group. */
  async deliver(onFailure: (error: unknown) => void = raise): Promise<void> {
    for (let message = this.world.queue.take(); message; message = this.world.queue.take()) {
      for (let attempt = 1; ; attempt++) {
        try {
          await handle(this.runtime, work.parse(JSON.parse(message.body)))
          break
        } catch (error) {
          if (attempt === 10) throw error
          onFailure(error)
        }
      }
    }
  }

  /** Lets time pass until nothing is waiting any more, or `until`. */
  async live(until = Number.POSITIVE_INFINITY, onFailure: (error: unknown) => void = raise): Promise<void> {
    const { timers, clock, queue } = this.world
    for (;;) {
      await this.deliver(onFailure)
      const next = timers.nextAt()
      if (next === undefined || next > until) break
      if (next > clock.now()) clock.set(next)
      for (const { name, group, body } of timers.takeDue(clock.now()))
        await queue.send([{ group, body, dedupId: name }])
    }
    if (Number.isFinite(until) && until > clock.now()) clock.set(until)
  }

  subjects(): string[] {
    return this.world.sender.mails.map(({ subject }) => subject)
  }
}

function raise(error: unknown): never {
  throw error
}

export class Crash extends Error {}

/** Stops the process at its `n`-th call to the outside, or at the first of that name: before the call has an effect, or after and before its answer. */
export function crashAt(n: number | `${string}.${string}`, when: 'before' | 'after') {
  let calls = 0
  return (world: World): World => {
    const guard = <P extends object>(port: P, name: string): P =>
      new Proxy(port, {
        get(target, property, receiver) {
          const member: unknown = Reflect.get(target, property, receiver)
          if (typeof member !== 'function') return member
          return async (...args: unknown[]) => {
            calls++
            if (`${name}.${String(property)}` === n) calls = Number.POSITIVE_INFINITY
            const point = typeof n === 'number' ? n : Number.POSITIVE_INFINITY
            if (calls > point || (calls === point && when === 'before'))
              throw new Crash(`before call ${calls}`)
            const answer: unknown = await Reflect.apply(member, target, args)
            if (calls === point) throw new Crash(`after call ${calls}`)
            return answer
          }
        },
      })
    return {
      ...world,
      table: guard(world.table, 'table'),
      queue: guard(world.queue, 'queue'),
      timers: guard(world.timers, 'timers'),
      sender: guard(world.sender, 'sender'),
      ...(world.texter && { texter: guard(world.texter, 'texter') }),
      webhooks: guard(world.webhooks, 'webhooks'),
    }
  }
}
