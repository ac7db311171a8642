/** Messages that fail for good, and marks of doubts: who looks after them in a story, and what must be written of them. */
import * as z from 'zod'
import type { Row } from '../../runtime/ports.ts'
import type { Deployment, Product } from './deployment.ts'
import type { Violation } from './laws.ts'
import type { Simulation } from './simulation.ts'
import type { StoryTable } from './store.ts'

const told = z.object({ id: z.string(), kind: z.string(), customerId: z.string().optional() })
const readTold = ({ body = '' }: Row) => told.parse(JSON.parse(body))
const readName = z.object({ customerId: z.string(), workflow: z.string(), key: z.string(), run: z.number() })

/** Whether the row of a list tells of this customer. That erasing somebody failed is told until it is done. */
export function isAbout(body: string | undefined, customerId: string): boolean {
  const { kind, customerId: of } = told.partial().parse(JSON.parse(body ?? '{}'))
  return of === customerId && kind !== 'erase'
}

/** Somebody replays whatever has failed; now and then two people do so at once. True: there was something. */
export function replayFailures(sim: Simulation, deployment: Deployment, product: Product): boolean {
  const open = deployment.outside.table.under('X').map(readTold)
  for (const { id } of open) {
    const replay = (name: string) =>
      deployment.request(name, (runtime) => product.replayFailure(runtime, id, { by: 'somebody' }))
    replay(`replay ${id}`)
    if (sim.draw.chance(`replay twice ${id}`, 0.3)) replay(`replay ${id} again`)
  }
  return open.length > 0
}

/** Whoever looks through all doubts; what is marked and over is seen through then, and gone. */
export function readDoubts(deployment: Deployment, product: Product, then: () => void): void {
  deployment.request(
    'list the doubts',
    async (runtime) => {
      for (let cursor: string | undefined, pages = 0; pages === 0 || cursor !== undefined; pages++) {
        const page = await product.listDoubts(runtime, { limit: 10, ...(cursor !== undefined && { cursor }) })
        cursor = page.cursor
      }
    },
    then,
  )
}

/** What is wrong with what is written of those that failed: each once, with its reason, and replayed by now. */
export function failuresAbout(
  { outside: { table, queue, givenUp } }: Deployment,
  product: Product,
  erased: ReadonlySet<string>,
): string[] {
  const wrong: string[] = []
  const rows = table.all().filter(({ pk, sk }) => (pk.startsWith('C#') || pk === 'X!') && sk.startsWith('X#'))
  const failures = rows.map(product.failureFrom)
  const closed = table.under('X!closed').map(readTold)
  for (const { id } of table.under('X').map(readTold)) wrong.push(`${id} is still open`)
  for (const { id, reason, state, tries } of failures) {
    if (reason === '') wrong.push(`${id} has no reason`)
    if (tries < 5) wrong.push(`${id} was given up after ${tries} tries`)
    if (state !== 'replayed') wrong.push(`${id} was replayed, and is ${state}`)
    if (closed.filter((one) => one.id === id).length !== 1)
      wrong.push(`${id} is not on the list of what is closed`)
  }
  for (const { id } of closed)
    if (!failures.some((one) => one.id === id)) wrong.push(`${id} is on the list, and nowhere else`)
  // What the worker gave up is known by the queue's id alone; the row's name follows from it.
  for (const id of new Set([...givenUp, ...queue.letters.known.keys()])) {
    const body = queue.known.get(id)
    if (body === undefined || [...erased].some((one) => body.includes(`"customerId":"${one}"`))) continue
    const times = failures.filter(
      ({ message, id: name }) => message === body && name.endsWith(product.digest(id).slice(0, 20)),
    ).length
    if (times !== 1) wrong.push(`${body} failed for good, and is written down ${times} times`)
  }
  return wrong
}

/** At every write: a doubt has its mark before it is one, and as long as it is. */
export function watchDoubts(
  { outside: { table } }: Deployment,
  product: Product,
  erased: ReadonlySet<string>,
  seen: Violation[],
): void {
  const doubts = (customerId: string) =>
    table.under(`C#${customerId}`).filter(({ sk, body = '' }) => sk.startsWith('#') && IN_DOUBT.test(body))
  const marked = (row: Row) => {
    const { customerId, workflow, key, run, claim } = product.journeyFrom(row).enrollment
    return (
      claim === undefined ||
      claim.command.kind !== 'send' ||
      table.under('U').some(({ sk, body = '' }) => {
        const name = readName.parse(JSON.parse(body))
        return (
          name.customerId === customerId &&
          name.workflow === workflow &&
          name.key === key &&
          name.run === run &&
          sk.startsWith(claim.at.toString(36).padStart(9, '0'))
        )
      })
    )
  }
  const check = (customerId: string) => {
    if (erased.has(customerId)) return
    for (const row of doubts(customerId))
      if (!marked(row))
        seen.push({ law: 'doubts are listed', what: `${row.pk} ${row.sk} is in doubt, and not marked` })
  }
  table.watchers.push(({ pk, sk, body = '' }) => {
    if (pk === 'U') check(readName.parse(JSON.parse(body)).customerId)
    else if (pk.startsWith('C#') && sk.startsWith('#') && IN_DOUBT.test(body)) check(pk.slice(2))
  })
}

const report = z.object({
  kind: z.literal('feedback'),
  customerId: z.string(),
  workflow: z.string(),
  key: z.string(),
  run: z.number(),
  step: z.string(),
  type: z.string(),
})

/** Whatever the provider reports of a message proves that it had it: nobody is in doubt about it any more. */
export function watchReports(
  deployment: Deployment,
  product: Pick<Product, 'journeyFrom'>,
  seen: Violation[],
): void {
  // Whoever was thought dead may write a doubt down after the report.
  if (deployment.hasty) return
  deployment.onDone = (body, from) => {
    const about = report.safeParse(JSON.parse(body)).data
    if (!about) return
    for (const row of deployment.outside.table.under(`C#${about.customerId}`)) {
      if (!row.sk.startsWith('#') || !IN_DOUBT.test(row.body ?? '')) continue
      const { workflow, key, run, claim, round } = product.journeyFrom(row).enrollment
      if (workflow !== about.workflow || key !== about.key || run !== about.run || !claim) continue
      const occasion = round && round.index > 1 ? `${claim.step}~${round.index}` : claim.step
      // A try that began later than the report came is not what it tells of.
      if (occasion !== about.step || claim.at > from) continue
      const what = `${row.pk} ${row.sk} is in doubt about ${occasion}, of which there was a report: ${about.type}`
      seen.push({ law: 'reports settle doubts', what })
    }
  }
}

/** At every write: what an await lets through is no event that one of the same journey has let through before. */
export function watchAwaits(
  table: StoryTable,
  product: Pick<Product, 'journeyFrom'>,
  seen: Violation[],
): void {
  const through = new Map<string, string[]>()
  table.watchers.push((row) => {
    if (!row.pk.startsWith('C#') || !row.sk.startsWith('#') || !row.body?.includes(',"w":[')) return
    const { enteredAt, entry, awaited } = product.journeyFrom(row).enrollment
    if (!awaited) return
    // Who is erased and comes again has the same journeys again, under the same names.
    const name = [row.pk, row.sk, enteredAt, entry.id].join(' ')
    const ids = through.get(name) ?? []
    if (ids.at(-1) === awaited.id) return
    if (ids.includes(awaited.id))
      seen.push({ law: 'journeys go as the workflow says', what: `${name} took ${awaited.id} twice` })
    through.set(name, [...ids, awaited.id])
  })
}

const IN_DOUBT = /"p":"d"/
