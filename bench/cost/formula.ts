/**
 * The cost of any journey by its mails and waits, for those who plan a workflow of their own. What the commit protocol
 * writes and reads is known without running it; the test compares this with what is counted.
 */
import type { Operations } from './count.ts'
import { cpuShareOf, linesOf, type Measured, priced, totalOf } from './model.ts'

export interface Formula {
  batch: number
  /** USD per million journeys: `start + mail × mails + wait × waits`. */
  start: number
  mail: number
  wait: number
}

/**
 * A journey that begins with a mail, from an event of a known customer: the event's row, one write before each mail and
 * one after it; the waits ride along. Each message reads the customer once.
 */
export function operationsOf(mails: number, waits: number): Operations {
  const messages = 1 + waits
  const writes = 1 + 2 * mails
  return {
    httpRequests: 1,
    writeUnits: writes,
    readUnits: messages,
    tableCalls: writes + messages,
    queueSends: 1,
    timersArmed: waits,
    timersFired: waits,
    mails,
  }
}

/** Of what is counted and derived; what is kept depends on how much an event carries, and is told apart. */
export function formulaOf(measured: Measured, batch: number): Formula {
  const cpuShare = cpuShareOf(measured.journey, measured.cpuMs)
  const usd = (m: number, w: number) => {
    const cpuMs = cpuShare * (1 + m + w)
    const lines = priced(linesOf({ ...measured, journey: operationsOf(m, w), cpuMs }, batch))
    return totalOf(lines, 'counted', 'derived')
  }
  // Straight lines through points that exist: without a mail there is no journey to speak of.
  const mail = usd(2, 0) - usd(1, 0)
  const wait = usd(1, 1) - usd(1, 0)
  return { batch, start: usd(1, 0) - mail, mail, wait }
}

export function costBy({ start, mail, wait }: Formula, mails: number, waits: number): number {
  return start + mail * mails + wait * waits
}
