/** May the journeys under way be moved onto a new version? Nobody may stand on a step that it does not have. */
import type { Program } from '../engine/program.ts'
import { pendingFor, stepIn, type Succession } from '../engine/succession.ts'
import type { Runtime } from './runtime.ts'
import type { WorkflowSummary } from './summaries.ts'
import { countUnderWay, type Standing } from './under-way.ts'

export interface MoveRefusal {
  /** What is wrong with the map, by its entry. */
  map: { step: string; message: string }[]
  /** On steps that are gone. */
  stranded: Standing[]
}

/**
 * Undefined: they may. Counts the journeys, so that it costs what that costs.
 *
 * @throws {Uncounted}
 */
export async function refusalToMove(
  runtime: Runtime,
  before: WorkflowSummary,
  program: Program,
  map: NonNullable<Succession['map']>,
): Promise<MoveRefusal | undefined> {
  const { name, version: live, successions } = before
  const { standing } = await countUnderWay(runtime, name)
  const programs = new Map<number, Program>()
  for (const version of new Set([...standing.map((one) => one.version), ...(live === null ? [] : [live])])) {
    const found = await runtime.catalog.program(name, version)
    if (found) programs.set(version, found)
  }
  const refusal: MoveRefusal = { map: [], stranded: [] }
  for (const [step, target] of Object.entries(map)) {
    if (!Object.hasOwn(program.steps, target))
      refusal.map.push({ step, message: `The new version has no step "${target}".` })
    else if (![...programs.values()].some(({ steps }) => Object.hasOwn(steps, step)))
      refusal.map.push({ step, message: `No version that is live or under way has a step "${step}".` })
  }
  for (const one of standing) {
    const step = await after(runtime, name, successions, one)
    if (step !== undefined && stepIn(program, map, step) === undefined) refusal.stranded.push(one)
  }
  return refusal.map.length + refusal.stranded.length > 0 ? refusal : undefined
}

/** Where a journey will stand once what earlier publishes have said has been done; undefined: it will have ended. */
async function after(
  runtime: Runtime,
  name: string,
  successions: readonly Succession[],
  { version, step }: Standing,
): Promise<string | undefined> {
  let stands = step
  for (const { kind, to, map } of pendingFor(successions, version)) {
    if (kind === 'end') return undefined
    const program = await runtime.catalog.program(name, to)
    stands = (program && stepIn(program, map, stands)) ?? stands
  }
  return stands
}
