/** What stands beside the total: SES itself, and the same journey run by AWS's own orchestrators. */
import { costOf } from '../prices.ts'
import { assumed } from './assumptions.ts'
import type { ReportType } from './count.ts'
import { MILLION, type Measured, reportUsage, usdOf } from './model.ts'

export interface Offer {
  name: string
  usdPerMillion: number
}

/** Up to ten million mails a month; larger senders pay less for each. */
export function sesPlans(mails: number): Offer[] {
  const all = mails * MILLION
  return [
    { name: 'SES a la carte (no plan)', usdPerMillion: costOf('mailsAlaCarte', all) },
    { name: 'SES Essentials (where new accounts start)', usdPerMillion: costOf('mailsEssentials', all) },
    { name: 'SES Pro, with its monthly fee', usdPerMillion: costOf('mailsPro', all) + costOf('planPro', 1) },
  ]
}

/** Where a journey sends texts of one part in place of its mails: what it costs beside is the same. */
export function textOffers(texts: number): Offer[] {
  const all = texts * MILLION
  return [
    { name: 'SMS to the US in place of mails, one part each', usdPerMillion: costOf('smsToUs', all) },
    { name: 'SMS to Spain in place of mails, one part each', usdPerMillion: costOf('smsToSpain', all) },
  ]
}

/** In and out, and each mail, wait and branch is a transition; with a durable mark before and after each mail, two more. */
export function transitionsOf(mails: number, waits: number, branches: number, marked: boolean): number {
  return 2 + mails + waits + branches + (marked ? 2 * mails : 0)
}

/** The start, each mail and each wait; with the claim as a step of its own, one more for each mail. */
export function durableOperationsOf(mails: number, waits: number, marked: boolean): number {
  return 1 + mails + waits + (marked ? mails : 0)
}

export function orchestrators(mails: number, waits: number, branches: number): Offer[] {
  const stepFunctions = (marked: boolean) =>
    costOf('transitions', transitionsOf(mails, waits, branches, marked) * MILLION)
  const durable = (marked: boolean) => {
    const operations = durableOperationsOf(mails, waits, marked) * MILLION
    const gb = (operations * assumed('durableBytes')) / 1e9
    const months = assumed('durableKeptDays') / assumed('daysOfMonth')
    return (
      costOf('durableOperations', operations) +
      costOf('durableWritten', gb) +
      costOf('durableKept', gb * months)
    )
  }
  return [
    { name: 'Step Functions Standard', usdPerMillion: stepFunctions(false) },
    { name: 'Step Functions Standard, marks around each mail', usdPerMillion: stepFunctions(true) },
    { name: 'Lambda durable functions, without Lambda itself', usdPerMillion: durable(false) },
    { name: 'Lambda durable functions, a claim before each mail', usdPerMillion: durable(true) },
  ]
}

export interface Hearing {
  type: ReportType
  /** For each mail of a million journeys. */
  usdPerMillion: number
  /** On top of it, if the bus bills SES's events. */
  bus: number
}

/** What it costs to be told of every mail that it was sent, or delivered. */
export function hearing(measured: Measured, batch: number): Hearing[] {
  const events = measured.journey.mails * MILLION
  const types: ReportType[] = ['send', 'delivery']
  return types.map((type) => ({
    type,
    usdPerMillion: usdOf(reportUsage(measured, type, batch)) * events,
    bus: costOf('busEvents', events),
  }))
}
