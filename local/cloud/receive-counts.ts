/** How often each message was received, on disk: what a process had in hand when it died counts as received. */
import type { Change, Store } from './store.ts'

const counts = 'qn~'
const hands = 'qh~'

/** What is counted of a message. */
export interface Counted {
  seq: string
  receiveCount: number
  /** What its last failure said. */
  reason: string
}

/** What was handed out together, and is noted in one row, so that a message which kills its consumer is counted. */
export interface Hand {
  key: string
  open: number
}

let lastHand = 0

export const emptyHand = (): Hand => ({ key: `${hands}${(++lastHand).toString(36)}`, open: 0 })

/** Notes what is handed out; the row goes when the last of it is let go. */
export function handOut(hand: Hand, messages: readonly Counted[]): Change {
  hand.open = messages.length
  const told = messages.map(({ seq, receiveCount, reason }) => ({ seq, receiveCount, reason }))
  return { type: 'put', key: hand.key, value: JSON.stringify(told) }
}

/** One message of it was handled or put back; after the last one there is nothing to remember. */
export function letGo(hand: Hand): Change[] {
  hand.open--
  return hand.open === 0 ? [{ type: 'del', key: hand.key }] : []
}

/** A row of its own, for a message that comes again. */
export const countOf = ({ seq, receiveCount, reason }: Counted): Change => ({
  type: 'put',
  key: counts + seq,
  value: JSON.stringify({ receiveCount, reason }),
})

export const forgetCount = (seq: string): Change => ({ type: 'del', key: counts + seq })

/**
 * What was counted before this process began, by message, and the writes that give each message a row of its own instead of
 * its place in a hand that is gone. `messages` is what the keys of messages begin with.
 */
export async function readCounts(
  store: Store,
  messages: string,
): Promise<{ received: Map<string, Omit<Counted, 'seq'>>; takeBack: Change[] }> {
  const received = new Map<string, Omit<Counted, 'seq'>>()
  const takeBack: Change[] = []
  await store.read({ gte: counts, lt: `${counts}\x7f` }, (key, text) => {
    received.set(key.slice(counts.length), JSON.parse(text))
    return true
  })
  await store.read({ gte: hands, lt: `${hands}\x7f` }, (key, text) => {
    const told: Counted[] = JSON.parse(text)
    for (const { seq, receiveCount, reason } of told) {
      if (store.get(messages + seq) === undefined) continue
      const before = received.get(seq)
      if (before && before.receiveCount >= receiveCount) continue
      const counted = { receiveCount, reason: reason || (before?.reason ?? '') }
      received.set(seq, counted)
      takeBack.push(countOf({ seq, ...counted }))
    }
    takeBack.push({ type: 'del', key })
    return true
  })
  return { received, takeBack }
}
