/**
 * What the queues hold of messages that nobody could finish: where a process died of one each time, there was no one left
 * to write the failure down. They are written down here, and only then taken out, so that doing it again is harmless.
 */
import { bury, countOpenFailures, customerOf, workIn } from './failures.ts'
import { digest, groupOf } from './ingest.ts'
import type { DeadLetter, DeadLetterQueue } from './ports.ts'
import type { Runtime } from './runtime.ts'

export interface DeadLetterReport {
  /** Taken out of the dead letters just now. */
  taken: number
  /** Wake-ups that could not be delivered, and are in the queue again. */
  rearmed: number
  /** Failures that wait for somebody, the list's first thousand counted. */
  open: number
}

/** Ten letters each: what is left comes with the next quarter of an hour. */
const MOST_BATCHES = 50
const MOST_COUNTED = 1_000

const UNTOLD =
  'Nobody could say why: the worker stopped each time while it had this message in hand (out of time or memory, perhaps), or could not write the failure down.'

/** Empties the dead letters into failures, and gives undelivered wake-ups back to the queue. */
export async function emptyDeadLetters(runtime: Runtime): Promise<DeadLetterReport> {
  const { deadLetters } = runtime.world
  const report: DeadLetterReport = { taken: 0, rearmed: 0, open: 0 }
  if (deadLetters) {
    await empty(deadLetters.work, async (letter) => {
      await buryLetter(runtime, letter, UNTOLD)
      report.taken++
    })
    await empty(deadLetters.timers, async (letter) => {
      if (await giveBack(runtime, letter)) report.rearmed++
      else report.taken++
    })
  }
  report.open = await countOpenFailures(runtime, MOST_COUNTED)
  return report
}

/** One that cannot be settled keeps nobody else; what went wrong is thrown once the rest is done. */
async function empty(from: DeadLetterQueue, settle: (letter: DeadLetter) => Promise<void>): Promise<void> {
  const troubles: unknown[] = []
  for (let batch = 0; batch < MOST_BATCHES; batch++) {
    const letters = await from.receive()
    const before = troubles.length
    for (const letter of letters) {
      try {
        await settle(letter)
        await from.delete(letter)
      } catch (error) {
        troubles.push(error)
      }
    }
    // All of them in vain: it is the table or the queue, or these come first each time.
    if (troubles.length - before === letters.length) break
  }
  if (troubles.length > 0) throw troubles[0]
}

async function buryLetter(runtime: Runtime, letter: DeadLetter, reason: string): Promise<void> {
  const { id, group, body, deadAt, tries } = letter
  const buried = await bury(runtime, {
    messageId: id,
    group: group ?? digest(id),
    body,
    receivedAt: letter.receivedAt,
    deadAt,
    tries,
    reason: letter.reason ?? reason,
  })
  if (buried === 'buried') runtime.world.log('error', 'work.dead', { id, tries, from: 'dead-letters' })
}

/** A wake-up that comes late changes nothing that it should not. False: it is none of ours, and a failure now. */
async function giveBack(runtime: Runtime, letter: DeadLetter): Promise<boolean> {
  const about = workIn(letter.body)
  const customerId = about && customerOf(about)
  if (customerId === undefined) {
    await buryLetter(runtime, letter, 'EventBridge Scheduler could not deliver it, and gave no reason.')
    return false
  }
  const message = { group: groupOf(customerId), body: letter.body, dedupId: digest(`late\n${letter.id}`) }
  await runtime.world.queue.send([message])
  return true
}
