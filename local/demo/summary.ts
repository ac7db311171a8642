/** What came of three months of care, as a table that a person reads. The same seed gives the same text to the byte. */
import { dayOf, sumOf } from '../../runtime/figures.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { ENDS_AT, STARTS_AT } from './shop.ts'

export async function summary(runtime: Runtime, people: number): Promise<string> {
  const { catalog, figures } = runtime
  const { settings } = await catalog.settings()
  const [from, to] = [dayOf(STARTS_AT), dayOf(ENDS_AT)]
  const names = (await catalog.list()).map(({ name }) => name)
  const rows: string[][] = []
  const gates = new Map<string, number>()
  for (const name of names) {
    const counts = await figures.workflow(name, from, to)
    const entered = counts.entered ?? 0
    const ended = sumOf(counts, 'ended.')
    const messages = sumOf(counts, 'sent.')
    for (const [counter, n] of Object.entries(counts))
      if (counter.startsWith('gate.')) gates.set(counter.slice(5), (gates.get(counter.slice(5)) ?? 0) + n)
    rows.push([
      name,
      ...[entered, entered - ended, messages, counts.converted ?? 0].map(String),
      money((counts.revenueCents ?? 0) / 100),
    ])
  }
  const kpis = await figures.kpis(names, from, to)
  const turn = '2027-03-01'
  const early = await figures.kpis(names, from, '2027-02-28')
  const late = await figures.kpis(names, turn, to)
  const { csat, recovered } = kpis
  const held = [...gates].map(([gate, n]) => `${n} ${REASONS[gate] ?? gate}`).join(', ')
  return [
    `${settings.brand.name}: ${people} customers from ${from} to ${to}`,
    '',
    ...table([['workflow', 'journeys', 'under way', 'messages', 'converted', 'revenue'], ...rows]),
    '',
    `journeys     ${kpis.journeys}, of which ${kpis.converted} reached their goal`,
    `messages     ${kpis.messages}${held ? `; not sent: ${held}` : ''}`,
    `CSAT         ${share(csat.satisfied)} satisfied of ${csat.answers} answers, ${csat.average?.toFixed(2) ?? '–'} on average`,
    `             ${share(early.csat.satisfied)} until February, ${share(late.csat.satisfied)} since March`,
    `recovered    ${recovered.recovered} of ${recovered.badRatings} came back after a bad rating (${share(recovered.rate)})`,
    `revenue      ${money(kpis.revenue)} from goals`,
    '',
  ].join('\n')
}

const REASONS: { [gate: string]: string } = {
  consent: 'for want of consent',
  cap: 'over the frequency cap',
  suppression: 'to suppressed addresses',
  address: 'without an address',
  'quiet-hours': 'moved out of quiet hours',
}

const share = (ratio: number | null) => (ratio === null ? '–' : `${(ratio * 100).toFixed(1)} %`)
const money = (amount: number) => `€ ${amount.toFixed(2).replace(/\B(?=(\d{3})+(?!\d))/g, ',')}`

/** The first column to the left, figures to the right. */
function table(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('   ')
      .trimEnd(),
  )
}
