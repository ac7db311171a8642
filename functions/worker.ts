/** SQS → runtime: the work queue's consumer. A message that fails comes again; no message fails for another's fault. */
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import {
  withClaims,
  withDoubts,
  withLinks,
  withMailPace,
  withQueue,
  withSender,
  withTable,
  withTextPace,
  withTexts,
  withTimers,
  withWebhooks,
} from '../aws/world.ts'
import { framesOf } from '../runtime/errors.ts'
import { bury } from '../runtime/failures.ts'
import { handle } from '../runtime/handle.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { type Work, work } from '../runtime/work.ts'
import { onAws } from './on-aws.ts'

/**
 * After so many receives a message is a failure, written down here with its reason. Where that could not be done, it is a
 * dead letter of the queue's: the number is its `maxReceiveCount`, too.
 */
export const LAST_TRY = 5

/**
 * What one message may take when everything it asks is slow and its mail waits for its turn: with less time left none is begun, because an invocation
 * that is cut off gives its whole batch back and leaves the mail in hand in doubt.
 */
const LONGEST_MS = 18_000

type Perform = (runtime: Runtime, work: Work) => Promise<void>

/** Groups side by side, each strictly in order: the first failure of a group fails the rest of it and nobody else. */
export const worker =
  (runtime: Runtime, perform: Perform = handle) =>
  async (event: SQSEvent, context?: Pick<Context, 'getRemainingTimeInMillis'>): Promise<SQSBatchResponse> => {
    const late = () => context !== undefined && context.getRemainingTimeInMillis() < LONGEST_MS
    const groups = new Map<string, SQSRecord[]>()
    for (const record of event.Records) {
      const group = record.attributes.MessageGroupId ?? record.messageId
      groups.set(group, [...(groups.get(group) ?? []), record])
    }
    const failed = await Promise.all(
      [...groups.values()].map((records) => handleInOrder(runtime, perform, records, late)),
    )
    try {
      await runtime.figures.flushIfDue()
    } catch (error) {
      // The work is done and must not come again for the sake of a counter, which the daily sweep recounts.
      runtime.world.log('warn', 'figures.unwritten', { error: nameOf(error) })
    }
    return { batchItemFailures: failed.flat().map((itemIdentifier) => ({ itemIdentifier })) }
  }

async function handleInOrder(
  runtime: Runtime,
  perform: Perform,
  records: SQSRecord[],
  late: () => boolean,
): Promise<string[]> {
  const failed: string[] = []
  for (const [index, record] of records.entries()) {
    const message = read(record)
    const tries = Number(record.attributes.ApproximateReceiveCount)
    if (!message) {
      // Nobody wrote this: it goes to the dead letters alone, what stands behind it has waited for nothing.
      runtime.world.log('error', 'work.unreadable', { id: record.messageId })
      if (tries < LAST_TRY || !(await giveUp(runtime, record, NOT_OURS))) failed.push(record.messageId)
      continue
    }
    const rest = () => [...failed, ...records.slice(index).map(({ messageId }) => messageId)]
    // On its last try a message is begun all the same: put back now, it would be dead without having been tried.
    if (tries < LAST_TRY && late()) return rest()
    try {
      await perform(runtime, message)
    } catch (error) {
      const facts = {
        kind: message.kind,
        id: record.messageId,
        tries,
        error: nameOf(error),
        at: placeOf(error),
      }
      runtime.world.log('error', 'work.failed', facts)
      // What fails with it is received again with it, and would become a dead letter with it without ever being tried.
      if (tries < LAST_TRY) return rest()
      if (!(await giveUp(runtime, record, error))) failed.push(record.messageId)
    }
  }
  return failed
}

const NOT_OURS = new Error('It is none of the messages that Premura writes, or its text was damaged.')

/** Writes down what failed for the last time. False: it could not be, and the queue's dead letters are to keep it. */
async function giveUp(runtime: Runtime, record: SQSRecord, error: unknown): Promise<boolean> {
  const { messageId, body, attributes } = record
  const tries = Number(attributes.ApproximateReceiveCount)
  try {
    const kept = await bury(runtime, {
      messageId,
      group: attributes.MessageGroupId ?? messageId,
      body,
      receivedAt: Number(attributes.SentTimestamp),
      deadAt: runtime.world.clock.now(),
      tries,
      reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    })
    if (kept === 'buried') runtime.world.log('error', 'work.dead', { id: messageId, tries, from: 'worker' })
    return true
  } catch (trouble) {
    runtime.world.log('error', 'work.unburied', { id: messageId, error: nameOf(trouble) })
    return false
  }
}

function read(record: SQSRecord): Work | undefined {
  try {
    return work.parse(JSON.parse(record.body))
  } catch {
    return undefined
  }
}

/** Names and places only: the text of an error may quote a customer. */
const nameOf = (error: unknown) => (error instanceof Error ? error.name : typeof error)
const placeOf = (error: unknown) => (error instanceof Error ? framesOf(error, 1)[0] : undefined)

export const handler = await onAws(
  'worker',
  [
    withTable,
    withQueue,
    withTimers,
    withSender,
    withTexts,
    withWebhooks,
    withLinks,
    withClaims,
    withDoubts,
    withMailPace,
    withTextPace,
  ],
  worker,
)
