/** The outside of a burst as it is called from here, while it lives in a process of its own: none of its memory is ours. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import type { Outside } from '../../test/runtime/burst-outside.ts'

export const calls = [
  ...(['get', 'query', 'put', 'delete', 'add', 'scan'] as const),
  ...(['begin', 'enqueue', 'arm', 'next', 'quota', 'deliver', 'figures'] as const),
] as const satisfies (keyof Outside)[]

type Call = keyof Outside
type Answer<C extends Call> = Awaited<ReturnType<Outside[C]>>

const answer = z.object({ id: z.number(), value: z.unknown(), error: z.string().optional() })

export function outsideApart(): { outside: Outside; end(): void } {
  const child = fork(fileURLToPath(new URL('./outside-process.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
    // Rows hold bytes and what is undefined.
    serialization: 'advanced',
  })
  const asked = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let next = 0
  child.on('message', (message) => {
    const { id, value, error } = answer.parse(message)
    const waiting = asked.get(id)
    asked.delete(id)
    if (error === undefined) waiting?.resolve(value)
    else waiting?.reject(new Error(error))
  })
  child.once('exit', (code) => {
    for (const { reject } of asked.values()) reject(new Error(`the outside ended with ${code}`))
    asked.clear()
  })

  async function ask<C extends Call>(name: C, ...args: Parameters<Outside[C]>): Promise<Answer<C>> {
    const id = next++
    const value = await new Promise<unknown>((resolve, reject) => {
      asked.set(id, { resolve, reject })
      child.send({ id, name, args })
    })
    if (!isAnswerOf(name, value)) throw new Error(`${name} answered nothing`)
    return value
  }
  const outside: Outside = {
    get: (...args) => ask('get', ...args),
    query: (...args) => ask('query', ...args),
    put: (...args) => ask('put', ...args),
    delete: (...args) => ask('delete', ...args),
    add: (...args) => ask('add', ...args),
    scan: (...args) => ask('scan', ...args),
    begin: (...args) => ask('begin', ...args),
    enqueue: (...args) => ask('enqueue', ...args),
    arm: (...args) => ask('arm', ...args),
    next: (...args) => ask('next', ...args),
    quota: (...args) => ask('quota', ...args),
    deliver: (...args) => ask('deliver', ...args),
    figures: (...args) => ask('figures', ...args),
  }
  return { outside, end: () => child.disconnect() }
}

/** The other process runs the same code: what it answers is what was called. Only these answer nothing. */
const silent: readonly Call[] = ['get', 'enqueue', 'arm']
const isAnswerOf = <C extends Call>(name: C, value: unknown): value is Answer<C> =>
  value !== undefined || silent.includes(name)
