/** Who was erased: nothing from before comes back, and what was accepted afterwards is worked on as of somebody new. */
import type { Enrollment } from '../../engine/journey.ts'
import { isAbout } from './failures.ts'
import type { Law } from './laws.ts'
import { kindOf } from './ports.ts'
import type { Asked } from './script.ts'

/** What is wrong with what is held of those who were erased. */
export function whoIsErased(law: Law, journeys: readonly Enrollment[]): string[] {
  const { deployment, sim, script } = law
  // Whoever goes on after others have taken over may write when all is over.
  if (deployment.hasty && sim.plan.met.some(({ fault }) => fault === 'stalled')) return []
  return [...script.erased].flatMap((customerId) => {
    const erasure = script.asked.find((one) => one.kind === 'erase' && one.customerId === customerId)
    return erasure ? whoseErasure(law, erasure, journeys).map((what) => `${customerId}: ${what}`) : []
  })
}

function whoseErasure(
  { deployment, script, refuses }: Law,
  erasure: Asked,
  journeys: readonly Enrollment[],
): string[] {
  const { customerId } = erasure
  const { table } = deployment.outside
  const wrong: string[] = []
  const about = script.asked.filter((one) => one.customerId === customerId && one.kind !== 'erase')
  const rows = table.under(`C#${customerId}`)
  const has = (id: string) => rows.some(({ sk }) => sk === `E#${id}`)
  const profiles = about.filter(({ kind, to }) => kind === 'change' && to >= erasure.from)
  // Refused is whoever was known, and until somebody has written a profile for them.
  const refused = refuses && erasure.held === true
  const refusedUntil = Math.min(...profiles.map(({ to }) => to))
  // What is asked for while the erasure is, is before it or after it.
  const overlaps = profiles.some(({ from }) => from <= erasure.to) || (refuses && !refused)
  const gone = refused ? profiles.length === 0 : about.every(({ to }) => to < erasure.from)
  if (gone) {
    const left = table
      .all()
      .filter(
        ({ pk, sk, body }) =>
          pk === `C#${customerId}` ||
          sk.endsWith(`#${customerId}`) ||
          (pk.startsWith('T') && body === customerId) ||
          (['U', 'X', 'X!closed'].includes(pk) && isAbout(body, customerId)),
      )
    if (left.length > 0) wrong.push(`${left.map(({ pk, sk }) => `${pk} ${sk}`).join(', ')} is left`)
  }
  // The customer's group stands behind a message that nobody could finish.
  const unfinished = [...deployment.outside.givenUp, ...deployment.outside.queue.letters.known.keys()].some(
    (id) => kindOf(deployment.outside.queue.known.get(id) ?? '') === 'erase',
  )
  for (const id of new Set(about.flatMap((one) => one.id ?? []))) {
    const posts = about.filter((one) => one.id === id)
    if (posts.every(({ to }) => to < erasure.from) && has(id))
      wrong.push(`${id} was accepted before the erasure was asked for, and is back`)
    // A repeat within minutes of what was accepted before is a repeat to the queue.
    const countsFrom = refused ? Math.max(erasure.to, refusedUntil) : erasure.to
    if (posts.every(({ from }) => from > countsFrom) && !has(id) && !unfinished && !overlaps)
      wrong.push(`${id} was accepted after the erasure was answered, and is nowhere`)
  }
  for (const { workflow, key, entry } of journeys.filter((one) => one.customerId === customerId))
    if (!has(entry.id)) wrong.push(`${workflow}/${key} began with ${entry.id}, of which nothing is held`)
  for (const { sk } of rows) {
    const [, workflow, key, run] = sk.startsWith('E#emit:') ? sk.split(':') : []
    const begun = journeys.some(
      (one) =>
        one.customerId === customerId &&
        one.workflow === workflow &&
        one.key === key &&
        String(one.run) === run,
    )
    if (workflow !== undefined && !begun)
      wrong.push(`${sk} was emitted by a journey of which nothing is held`)
  }
  return wrong
}
