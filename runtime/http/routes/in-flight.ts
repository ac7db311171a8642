/** The journeys under way, when a version is published: what may be said of them, why not, and where they stand. */
import * as z from 'zod'
import type { Caller } from '../../caller.ts'
import { isUncounted } from '../../errors.ts'
import type { MoveRefusal } from '../../move-check.ts'
import type { PublishOptions } from '../../publishing.ts'
import { readSummary } from '../../summaries.ts'
import { countUnderWay } from '../../under-way.ts'
import { isoTime } from '../instants.ts'
import { invalid, must, pathText, Problem } from '../problem.ts'
import { plain, type Route, route } from '../route.ts'
import { workflowName } from '../workflow-input.ts'

export const inFlightInput = {
  inFlight: z
    .enum(['stay', 'move', 'end'], 'Must be stay, move or end.')
    .default('stay')
    .describe('What happens to the journeys under way in earlier versions.'),
  map: z
    .record(z.string().max(200), z.string(must('Must be the id of a step.')).max(200))
    .refine((map) => Object.keys(map).length <= 200, 'Must not have more than 200 entries.')
    .optional()
    .describe('With move: old step → new step, where they are not called the same.'),
}

const underWayOutput = z.object({
  countedAt: z.string(),
  versions: z.array(
    z.object({
      version: z.int(),
      steps: z.array(z.object({ step: z.string(), journeys: z.int() })),
    }),
  ),
})

export const underWayRoute: Route = route({
  ...plain,
  method: 'GET',
  path: '/v1/workflows/{name}/under-way',
  scope: 'workflows:read',
  summary: 'How many journeys stand on which step of which version',
  description:
    'Counts the journeys, which reads the whole table; one that is too large to be counted in a request is answered with the count of the night.',
  params: z.object({ name: workflowName }),
  answers: { 200: { description: 'Versions with journeys under way.', schema: underWayOutput } },
  async handle({ runtime, params: { name } }) {
    if (!(await readSummary(runtime, name))) throw new Problem(404, 'There is no such workflow.')
    const { countedAt, standing } = await counting(() => countUnderWay(runtime, name))
    const versions = [...new Set(standing.map(({ version }) => version))].map((version) => ({
      version,
      steps: standing
        .filter((one) => one.version === version)
        .map(({ step, journeys }) => ({ step, journeys })),
    }))
    return { json: { countedAt: isoTime(countedAt), versions } }
  },
})

/** What a publish is told of the journeys under way, and who tells it. */
export function optionsOf(
  { inFlight, map }: { inFlight: 'stay' | 'move' | 'end'; map?: { [step: string]: string } | undefined },
  caller: Caller,
): PublishOptions {
  if (map !== undefined && inFlight !== 'move')
    throw invalid([{ path: 'map', message: 'Goes with inFlight "move" alone; leave it out.' }])
  return { inFlight, by: caller.name, ...(map !== undefined && { map }) }
}

/** Whatever counts the journeys may find them too many. */
export async function counting<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isUncounted(error)) throw new Problem(503, error.message)
    throw error
  }
}

/** Says of every step where somebody stands what it needs, so that one look is enough to write the map. */
export function refusedMove({ map, stranded }: MoveRefusal): Problem {
  const errors = [
    ...map.map(({ step, message }) => ({ path: pathText(['map', step]), message })),
    ...stranded.map(({ version, step, journeys }) => ({
      path: pathText(['map', step]),
      message: `${journeys === 1 ? '1 journey stands' : `${journeys} journeys stand`} on step "${step}" of version ${version}, which the new version does not have: name the step where ${journeys === 1 ? 'it is' : 'they are'} to stand.`,
    })),
  ]
  const detail =
    stranded.length > 0
      ? 'Customers stand on steps that are gone, so nothing was published.'
      : 'The map names steps that are not there, so nothing was published.'
  return new Problem(422, detail, { errors, members: { stranded } })
}
