/** Plays a story on a runtime in memory, from its beginning or from where a recorded one was cut. */
import type { JsonObject } from '../../engine/model.ts'
import type { MemoryWorld } from '../memory-world.ts'

export interface Story {
  name: string
  /** When the workflows are published, and the first moment of the story. */
  from: string
  until: string
  /** Whether dates are looked for, which is done every hour here. */
  ticks?: boolean
  inputs: Input[]
}

export interface Input {
  at: string
  event: { id: string; type: string; customerId: string; data: JsonObject }
  /** Fields of the profile that come with it. */
  customer?: JsonObject
}

/** What a version of Premura does, whatever its own names for it. */
export interface Verbs {
  post(input: Input, at: number): Promise<void>
  handle(body: string): Promise<void>
  tick(): Promise<void>
  /** Whose journeys there are and what became of them, as far as no version may differ about it. */
  journeys(): Promise<string[]>
}

/** One line of {@link Verbs.journeys}. */
export const journeyLine = (journey: {
  customerId: string
  workflow: string
  key: string
  run: number
  phase: string
  step: string | null
  reason?: string | undefined
  converted?: object | undefined
}): string => {
  const { customerId, workflow, key, run, phase, step, reason, converted } = journey
  return JSON.stringify([
    customerId,
    workflow,
    key,
    run,
    phase,
    step,
    reason ?? null,
    converted !== undefined,
  ])
}

export interface SentMail {
  at: string
  to: string
  subject: string
  workflow: string
  step: string
}

const hourMs = 3_600_000

/** Notes what is sent and when, in front of what the world answers. */
export function noteMails(world: MemoryWorld, mails: SentMail[]): void {
  const { answer } = world.sender
  world.sender.answer = (mail) => {
    const at = new Date(world.clock.now()).toISOString()
    const { workflow, step } = mail.tags
    mails.push({ at, to: mail.to, subject: mail.subject, workflow, step })
    return answer(mail)
  }
}

/**
 * Goes on from the input numbered `next` until the story ends.
 * @param handled after every message: a moment at which a process may be replaced by one of a later version
 */
export async function play(
  world: MemoryWorld,
  verbs: Verbs,
  story: Story,
  next = 0,
  handled: (next: number) => void = () => {},
): Promise<void> {
  const { clock, timers, queue } = world
  const until = Date.parse(story.until)
  const drain = async () => {
    for (let message = queue.take(); message; message = queue.take()) {
      await verbs.handle(message.body)
      handled(next)
    }
  }
  await drain()
  for (;;) {
    const now = clock.now()
    const input = story.inputs[next]
    const inputAt = input ? Math.max(now, Date.parse(input.at)) : Number.POSITIVE_INFINITY
    const timerAt = Math.max(now, timers.nextAt() ?? Number.POSITIVE_INFINITY)
    const tickAt = story.ticks ? (Math.floor(now / hourMs) + 1) * hourMs : Number.POSITIVE_INFINITY
    const at = Math.min(inputAt, timerAt, tickAt)
    if (at > until) return
    clock.set(at)
    if (input && inputAt === at) {
      next++
      await verbs.post(input, at)
    } else if (timerAt === at) {
      for (const { name, group, body } of timers.takeDue(at))
        await queue.send([{ group, body, dedupId: name }])
    } else await verbs.tick()
    await drain()
  }
}
