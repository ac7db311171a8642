/** The embedded product on the virtual clock, with the meter read before and after whatever somebody does with it. */
import * as z from 'zod'
import type { Premura } from '../../local/process.ts'
import type { Queue } from '../../runtime/ports.ts'
import type { Operations } from './count.ts'

export const KEY = 'cost-key-cost-key-cost-key-cost-key'

export interface Reading {
  /** Of one, as AWS would bill them. */
  operations: Operations
  /** Of one, by their names: `dynamodb.PutItem`. */
  calls: { [name: string]: number }
  /** Milliseconds of this machine for one: product, emulated services and the client that posts. */
  cpuMs: number
}

const problemShape = z.object({ title: z.string().optional(), detail: z.string().optional() })

export class Metered {
  readonly #premura: Premura
  #requests = 0
  #messages = 0

  constructor(premura: Premura) {
    this.#premura = premura
    const { world } = premura.runtime
    const { queue } = world
    const counting: Queue = {
      send: async (messages) => {
        this.#messages += messages.length
        await queue.send(messages)
      },
    }
    world.queue = counting
  }

  async publish(name: string, definition: string, templates: { [file: string]: string }): Promise<void> {
    await this.call('PUT', `/v1/workflows/${name}/draft`, { definition, templates })
    await this.call('POST', `/v1/workflows/${name}/publish`, {})
  }

  /** What one of `count` takes of all that `act` does, which answers how many timers fired in it. */
  async measured(count: number, act: () => Promise<number>): Promise<Reading> {
    const { cloud } = this.#premura
    await this.#premura.settle()
    cloud.meter.reset()
    this.#requests = 0
    this.#messages = 0
    const { ms, value: fired } = await cpuOf(act)
    const { calls, dynamodb } = cloud.meter.read()
    const left = cloud.queue.depth()
    if (left.visible + left.inFlight + left.delayed + left.dead > 0)
      throw new Error(`the queue was not empty in the end: ${JSON.stringify(left)}`)
    const sum = (prefix: string) =>
      Object.entries(calls).reduce((total, [name, n]) => (name.startsWith(prefix) ? total + n : total), 0)
    const queueSends = sum('sqs.')
    return {
      operations: {
        httpRequests: this.#requests / count,
        writeUnits: dynamodb.writeUnits / count,
        readUnits: dynamodb.readUnits / count,
        tableCalls: sum('dynamodb.') / count,
        queueSends: queueSends / count,
        ...(this.#messages !== queueSends && { messagesSent: this.#messages / count }),
        timersArmed: sum('scheduler.') / count,
        timersFired: fired / count,
        mails: (sum('sesv2.') + sum('sms-voice.') + sum('social-messaging.')) / count,
      },
      calls: Object.fromEntries(Object.entries(calls).map(([name, n]) => [name, n / count])),
      cpuMs: ms / count,
    }
  }

  async call(method: string, path: string, body?: object): Promise<void> {
    this.#requests++
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }
    const answer = await fetch(`${this.#premura.url}${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (answer.ok) return
    const { title, detail } = problemShape.parse(JSON.parse(text))
    throw new Error(`${method} ${path} answered ${answer.status}: ${detail ?? title}`)
  }
}

export async function cpuOf<T>(act: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const before = process.cpuUsage()
  const value = await act()
  const { user, system } = process.cpuUsage(before)
  return { ms: (user + system) / 1000, value }
}
