/** Everything that is told of the cost, in one object: what the report prints and `--json` writes. */
import { pricesOn, region } from '../prices.ts'
import { assumed, assumptions } from './assumptions.ts'
import type { Counted } from './count.ts'
import { type Hearing, hearing, type Offer, orchestrators, sesPlans, textOffers } from './elsewhere.ts'
import { type Formula, formulaOf } from './formula.ts'
import { GOAL_USD, linesOf, monthly, type PricedLine, priced, totalOf } from './model.ts'

export interface BatchCost {
  batch: number
  lines: PricedLine[]
  /** Counted and derived: from the purchase to the last mail. */
  running: number
  /** What keeping its rows adds afterwards. */
  kept: number
  total: number
  hearing: Hearing[]
  formula: Formula
}

export interface Cost {
  pricesOn: string
  region: string
  journey: { mails: number; waits: number; branches: number }
  counted: Counted
  /** Full batches first, then the worst case. */
  batches: [BatchCost, BatchCost]
  goal: {
    usd: number
    /** Of everything, what keeping adds included, in full batches and in the worst case. */
    reached: boolean[]
    /** The same without what keeping adds. */
    reachedRunning: boolean[]
    /** From how many messages a batch on it is reached without keeping; null: not at all. */
    runningFromBatch: number | null
  }
  monthly: { name: string; usd: number; usdFree: number }[]
  ses: Offer[]
  texts: Offer[]
  orchestrators: Offer[]
  assumptions: typeof assumptions
}

const FULL = 10
const WORST = 1

/** The branch of the standard journey on the way of a purchase that has tips of its own. */
const BRANCHES = 1

export function costOfCounted(counted: Counted): Cost {
  const of = (batch: number): BatchCost => {
    const lines = priced(linesOf(counted, batch))
    const running = totalOf(lines, 'counted', 'derived')
    const kept = totalOf(lines, 'kept')
    return {
      batch,
      lines,
      running,
      kept,
      total: running + kept,
      hearing: hearing(counted, batch),
      formula: formulaOf(counted, batch),
    }
  }
  const batches: [BatchCost, BatchCost] = [of(FULL), of(WORST)]
  const sizes = Array.from({ length: FULL }, (_, index) => index + 1)
  const { mails, timersFired: waits } = counted.journey
  return {
    pricesOn,
    region,
    journey: { mails, waits, branches: BRANCHES },
    counted,
    batches,
    goal: {
      usd: GOAL_USD,
      reached: batches.map(({ total }) => total <= GOAL_USD),
      reachedRunning: batches.map(({ running }) => running <= GOAL_USD),
      runningFromBatch: sizes.find((batch) => of(batch).running <= GOAL_USD) ?? null,
    },
    monthly: monthly().map(({ name, usd, usdFree }) => ({ name, usd, usdFree })),
    ses: sesPlans(mails),
    texts: textOffers(mails),
    orchestrators: orchestrators(mails, waits, BRANCHES),
    assumptions,
  }
}

/** For how long rows are counted, in words. */
export const keptFor = () => `${assumed('keptDays')} days`
