/** EventBridge Scheduler on one machine: one-time schedules that put their input into the work queue. */
import * as z from 'zod'
import type { FifoQueue } from './fifo.ts'
import { Heap } from './heap.ts'
import { type Call, json, parseBody, type Request, type Service, ServiceError } from './service.ts'
import type { Change, Store } from './store.ts'

const contentType = 'application/json'
const prefix = 's~'
const chunk = 100

const createShape = z.object({
  GroupName: z.string().default('default'),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.literal('UTC').default('UTC'),
  State: z.literal('ENABLED').default('ENABLED'),
  ActionAfterCompletion: z.literal('DELETE'),
  FlexibleTimeWindow: z.object({ Mode: z.enum(['OFF', 'FLEXIBLE']) }),
  Target: z.object({
    Arn: z.string(),
    RoleArn: z.string(),
    Input: z.string(),
    SqsParameters: z.object({ MessageGroupId: z.string().min(1).max(128) }),
    RetryPolicy: z.unknown().optional(),
    DeadLetterConfig: z.unknown().optional(),
  }),
})

type Schedule = z.output<typeof createShape> & { name: string; createdAt: number }

export class Scheduler implements Service {
  readonly #store: Store
  readonly #queue: FifoQueue
  readonly #region: string
  readonly #now: () => number
  /** Key → due time; what a schedule does is read from the store when it fires. */
  readonly #due = new Map<string, number>()
  readonly #order = new Heap<string>()

  private constructor(store: Store, queue: FifoQueue, options: { region: string; now: () => number }) {
    this.#store = store
    this.#queue = queue
    this.#region = options.region
    this.#now = options.now
  }

  static async open(store: Store, queue: FifoQueue, options: { region: string; now: () => number }) {
    const scheduler = new Scheduler(store, queue, options)
    await store.read({ gte: prefix, lt: `${prefix}\x7f` }, (key, text) => {
      const schedule: Schedule = JSON.parse(text)
      scheduler.#remember(key, dueAt(schedule.ScheduleExpression))
      return true
    })
    return scheduler
  }

  /** When the next schedule is due; undefined when there is none. */
  nextAt(): number | undefined {
    for (let first = this.#order.peek(); first; first = this.#order.peek()) {
      if (this.#due.get(first.value) === first.at) return first.at
      this.#order.pop()
    }
    return undefined
  }

  /**
   * Fires what is due, in order of time. A message enters the queue in the same atomic write that deletes its
   * schedule: here a schedule fires once, although on AWS it may fire more than once.
   */
  async fireDue(now: number): Promise<number> {
    let fired = 0
    for (;;) {
      const taken: { key: string; at: number }[] = []
      for (
        let at = this.nextAt();
        at !== undefined && at <= now && taken.length < chunk;
        at = this.nextAt()
      ) {
        const key = this.#order.pop()?.value ?? ''
        this.#due.delete(key)
        taken.push({ key, at })
      }
      if (taken.length === 0) return fired
      const messages: { group: string; body: string }[] = []
      const changes: Change[] = []
      for (const { key } of taken) {
        const text = this.#store.get(key)
        if (text === undefined) continue
        const { Target }: Schedule = JSON.parse(text)
        messages.push({ group: Target.SqsParameters.MessageGroupId, body: Target.Input })
        changes.push({ type: 'del', key })
      }
      try {
        await this.#queue.send(messages, changes)
      } catch (error) {
        for (const { key, at } of taken) this.#remember(key, at)
        throw error
      }
      fired += messages.length
    }
  }

  call(request: Request): Call {
    const [, name, ...rest] = request.path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent)
    if (rest.length > 0) throw new ServiceError('NotFoundException', `no such path: ${request.path}`, 404)
    if (name === undefined && request.method === 'GET') {
      return { operation: 'ListSchedules', run: () => this.#list(request) }
    }
    if (name !== undefined && request.method === 'POST') {
      return {
        operation: 'CreateSchedule',
        run: async () => json(await this.#create(name, parseBody(request)), contentType),
      }
    }
    if (name !== undefined && request.method === 'GET') {
      return { operation: 'GetSchedule', run: () => this.#get(name, request) }
    }
    if (name !== undefined && request.method === 'DELETE') {
      return { operation: 'DeleteSchedule', run: () => this.#delete(name, request) }
    }
    throw new ServiceError('NotFoundException', `not a call we know: ${request.method} ${request.path}`, 404)
  }

  direct(operation: string, asked: object) {
    const name = 'Name' in asked ? asked.Name : undefined
    if (operation !== 'CreateSchedule' || typeof name !== 'string') return undefined
    return () => this.#create(name, asked)
  }

  async #create(name: string, asked: unknown): Promise<object> {
    if (!/^[\w.-]{1,64}$/.test(name)) throw invalid('the name of a schedule has 1 to 64 of [0-9a-zA-Z-_.]')
    const parsed = createShape.safeParse(asked)
    if (!parsed.success) throw invalid(z.prettifyError(parsed.error))
    const schedule: Schedule = { ...parsed.data, name, createdAt: this.#now() }
    const at = dueAt(schedule.ScheduleExpression)
    const key = keyOf(schedule.GroupName, name)
    if (this.#due.has(key)) {
      throw new ServiceError('ConflictException', `Schedule ${name} already exists.`, 409)
    }
    // Taken before it is written, so that of two at the same time one gets the conflict.
    this.#due.set(key, at)
    try {
      await this.#store.write([{ type: 'put', key, value: JSON.stringify(schedule) }])
    } catch (error) {
      this.#due.delete(key)
      throw error
    }
    this.#remember(key, at)
    return { ScheduleArn: this.#arn(schedule) }
  }

  async #get(name: string, request: Request) {
    const { createdAt, name: Name, ...schedule } = this.#found(name, request).schedule
    const times = { CreationDate: createdAt / 1000, LastModificationDate: createdAt / 1000 }
    return json({ Arn: this.#arn({ ...schedule, name }), Name, ...times, ...schedule }, contentType)
  }

  /** The schedules that would bring a message to a group go. */
  async forget(group: string): Promise<void> {
    for (const key of [...this.#due.keys()]) {
      const text = this.#store.get(key)
      const schedule: Schedule | undefined = text === undefined ? undefined : JSON.parse(text)
      if (schedule?.Target.SqsParameters.MessageGroupId !== group) continue
      this.#due.delete(key)
      await this.#store.write([{ type: 'del', key }])
    }
  }

  async #delete(name: string, request: Request) {
    const { key } = this.#found(name, request)
    this.#due.delete(key)
    await this.#store.write([{ type: 'del', key }])
    return json({}, contentType)
  }

  async #list(request: Request) {
    const group = request.query.ScheduleGroup
    const limit = Number(request.query.MaxResults ?? 100)
    const from = request.query.NextToken
    const Schedules: object[] = []
    let NextToken: string | undefined
    const start = group === undefined ? prefix : `${prefix}${group}~`
    await this.#store.read(
      from === undefined ? { gte: start, lt: `${start}\x7f` } : { gt: from, lt: `${start}\x7f` },
      (key, text) => {
        if (Schedules.length === limit) return false
        const schedule: Schedule = JSON.parse(text)
        Schedules.push({
          Arn: this.#arn(schedule),
          Name: schedule.name,
          GroupName: schedule.GroupName,
          State: schedule.State,
          CreationDate: schedule.createdAt / 1000,
          Target: { Arn: schedule.Target.Arn },
        })
        if (Schedules.length === limit) NextToken = key
        return true
      },
    )
    return json({ Schedules, ...(NextToken !== undefined && { NextToken }) }, contentType)
  }

  #found(name: string, request: Request): { key: string; schedule: Schedule } {
    const key = keyOf(request.query.groupName ?? 'default', name)
    const text = this.#store.get(key)
    if (text === undefined) {
      throw new ServiceError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404)
    }
    return { key, schedule: JSON.parse(text) }
  }

  #remember(key: string, at: number): void {
    this.#due.set(key, at)
    this.#order.push(at, key)
  }

  #arn({ GroupName, name }: { GroupName: string; name: string }): string {
    return `arn:aws:scheduler:${this.#region}:000000000000:schedule/${GroupName}/${name}`
  }
}

function keyOf(group: string, name: string): string {
  return `${prefix}${group}~${name}`
}

/** `at(2026-11-22T09:00:00)`, which is UTC here. */
function dueAt(expression: string): number {
  const text = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression)?.[1]
  const at = text === undefined ? Number.NaN : Date.parse(`${text}Z`)
  if (Number.isNaN(at)) throw invalid(`Invalid Schedule Expression ${expression}.`)
  return at
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message)
}
