/** The cost as a table for people. */
import type { PriceName } from '../prices.ts'
import { assumed, assumptions } from './assumptions.ts'
import { type Cost, keptFor } from './cost.ts'
import type { Offer } from './elsewhere.ts'
import type { Group, PricedLine } from './model.ts'

const WIDTH = 34

export function renderCost(cost: Cost): string {
  const [full, worst] = cost.batches
  const { mails, waits, branches } = cost.journey
  const rows = (group: Group) =>
    full.lines.flatMap((line, index) => {
      const other = worst.lines[index]
      if (line.group !== group || !other) return []
      const share = `${Math.round((line.usdPerMillion / full.total) * 100)} %`
      return [
        row(
          line.name,
          amount(line),
          usd(line.usdPerMillion),
          share,
          amount(other),
          usd(other.usdPerMillion),
          usd(line.usdPerMillionFree),
        ),
      ]
    })
  const free = (groups: Group[]) =>
    full.lines.reduce((sum, line) => (groups.includes(line.group) ? sum + line.usdPerMillionFree : sum), 0)
  const sum = (name: string, key: 'running' | 'kept' | 'total', groups: Group[]) =>
    row(
      name,
      '',
      usd(full[key]),
      `${Math.round((full[key] / full.total) * 100)} %`,
      '',
      usd(worst[key]),
      usd(free(groups)),
    )
  return [
    `A million standard journeys on AWS: a purchase over HTTP, ${mails} mails, ${waits} waits, ${branches} branch`,
    `Counted from ${cost.counted.journeys} standard journeys; USD in ${cost.region}, list prices of ${cost.pricesOn}`,
    '',
    row('', 'of a', `batches of ${full.batch}`, '', 'of a', `batches of ${worst.batch}`, 'with free'),
    row('', 'journey', 'USD/million', 'share', 'journey', 'USD/million', 'tiers *'),
    'on the meter',
    ...rows('counted'),
    'worked out from it',
    ...rows('derived'),
    sum('from the purchase to the last mail', 'running', ['counted', 'derived']),
    `its rows, for ${keptFor()}`,
    ...rows('kept'),
    sum('everything but SES', 'total', ['counted', 'derived', 'kept']),
    `* batches of ${full.batch}, all of them in one month of an account that does nothing else`,
    '',
    ...goalLines(cost),
    '',
    'Beside it, for as many journeys',
    ...[...cost.ses, ...cost.texts, ...cost.orchestrators].map(offer),
    `  The orchestrators send nothing, keep nobody's history and still need an HTTP API, a table and SES.`,
    '',
    ...hearingLines(cost),
    '',
    'A month in which nothing happens',
    ...cost.monthly.map(
      ({ name, usd: amountUsd, usdFree }) =>
        `  ${name.padEnd(WIDTH + 8)}${usd(amountUsd).padStart(9)}${`${usd(usdFree)} with free tiers`.padStart(24)}`,
    ),
    '',
    ...formulaLines(cost),
    '',
    'Assumed',
    ...Object.values(assumptions).map(({ value, why }) => `  ${String(value).padStart(9)}  ${why}`),
    '',
    'Left out: data leaving AWS, what people do in the editor and the API, customers whose profile changes with the event',
    '(a write more), failures and repeats, tax. The CPU time holds the emulated services and the client that posts, which',
    'stands in for TLS, signatures and a cooler engine on Lambda.',
    '',
  ].join('\n')
}

function goalLines({ goal, batches }: Cost): string[] {
  const verdict = (reached: boolean | undefined) => (reached ? 'reached' : 'missed')
  const each = (key: 'total' | 'running', reached: boolean[]) =>
    batches
      .map((one, index) => `${usd(one[key])} in batches of ${one.batch}, ${verdict(reached[index])}`)
      .join('; ')
  const from =
    goal.runningFromBatch === null
      ? 'in no batch size'
      : `from ${goal.runningFromBatch} message${goal.runningFromBatch === 1 ? '' : 's'} a batch on`
  return [
    `Goal: everything but SES at most ${goal.usd} USD per million, the HTTP API included`,
    `  with its rows for ${keptFor()}: ${each('total', goal.reached)}`,
    `  from purchase to last mail: ${each('running', goal.reachedRunning)}; reached ${from}`,
  ]
}

function formulaLines({ batches, counted: { keptBytes } }: Cost): string[] {
  const [full] = batches
  const kilobytes = (keptBytes.event + keptBytes.journey) / 1000
  return [
    'USD per million journeys that begin with a mail, without SES',
    ...batches.map(
      ({ batch, formula }) =>
        `  ${usd(formula.start)} + ${usd(formula.mail)} × mails + ${usd(formula.wait)} × waits   in batches of ${batch}`,
    ),
    `  and ${usd(full.kept / kilobytes)} × KB of its rows, for ${keptFor()} (here ${kilobytes.toFixed(2)} KB)`,
  ]
}

function hearingLines({ batches: [full, worst] }: Cost): string[] {
  const share = assumed('sentShare')
  const inTotal =
    share === 1 ? 'in the total above' : share === 0 ? 'not in the total' : `${share} of it above`
  return [
    'Being told by SES of every mail',
    ...full.hearing.map(({ type, usdPerMillion, bus }, index) => {
      const name =
        type === 'send' ? `that it was sent (${inTotal})` : 'that it was delivered (not in the total)'
      const other = usd(worst.hearing[index]?.usdPerMillion ?? 0)
      const costs = `${usd(usdPerMillion)} in batches of ${full.batch}, ${other} in batches of ${worst.batch}`
      return `  ${name.padEnd(WIDTH + 12)}${costs}; ${usd(bus)} more if the bus bills it`
    }),
  ]
}

const offer = ({ name, usdPerMillion }: Offer) =>
  `  ${name.padEnd(WIDTH + 20)}${usd(usdPerMillion).padStart(9)}`

function row(name: string, ...cells: string[]): string {
  const widths = [16, 15, 7, 16, 15, 12]
  return `  ${name.padEnd(WIDTH)}${cells.map((cell, index) => cell.padStart(widths[index] ?? 10)).join('')}`.trimEnd()
}

const usd = (value: number) => value.toFixed(2)

const shortUnits: { [name in PriceName]?: string } = {
  writeUnits: 'units',
  readUnits: 'units',
  queueRequests: 'requests',
  timers: 'fired',
  httpRequests: 'request',
  invocations: 'requests',
  gbSeconds: 'GB-s',
  logs: 'KB',
  storage: 'KB-months',
  recovery: 'KB-months',
}

/** Only where one price is asked: a line of several has no one amount. */
function amount({ usage }: PricedLine): string {
  const used = Object.entries(usage)
  const [only] = used
  if (!only || used.length > 1) return ''
  const [name, units] = only
  const unit = Object.entries(shortUnits).find(([known]) => known === name)?.[1] ?? ''
  return `${short(/^K/.test(unit) ? units * 1e6 : units)} ${unit}`
}

const short = (value: number) => String(Number(value.toPrecision(2)))
