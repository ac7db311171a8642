/** `premura push --in-flight`: what becomes of the journeys under way, said, counted and confirmed before it happens. */
import * as z from 'zod'
import { type Call, Failure, type Options, UsageError } from './command.ts'
import { type Deployment, type Refused, segment } from './deployment.ts'
import { counted, paint } from './terminal.ts'

const kinds = ['stay', 'move', 'end'] as const

export interface InFlight {
  inFlight: (typeof kinds)[number]
  map?: { [step: string]: string }
}

export const inFlightOptions: Options = {
  'in-flight': {
    type: 'string',
    value: 'WHAT',
    help: 'what becomes of the journeys under way: stay (in their version), move (to the new one), end',
  },
  map: {
    type: 'string',
    multiple: true,
    value: 'OLD=NEW',
    help: 'with move: the step where those who stand on another are to stand; may be repeated',
  },
  yes: { type: 'boolean', help: 'move or end them without asking' },
}

const underWayShape = z.object({
  countedAt: z.string(),
  versions: z.array(
    z.object({
      version: z.number(),
      steps: z.array(z.object({ step: z.string(), journeys: z.number() })),
    }),
  ),
})

export function readInFlight(call: Call): InFlight {
  const wanted = call.text('in-flight') ?? 'stay'
  const inFlight = kinds.find((kind) => kind === wanted)
  if (!inFlight) throw new UsageError(`--in-flight is not ${wanted}.`, `It is one of ${kinds.join(', ')}.`)
  const pairs = call.texts('map').map((text) => {
    const [old, step, ...more] = text.split('=')
    if (!old || !step || more.length > 0)
      throw new UsageError(`--map is not ${text}.`, 'It names two steps: --map OLD=NEW')
    return [old, step] as const
  })
  if (pairs.length === 0) return { inFlight }
  if (inFlight !== 'move') throw new UsageError('--map goes with --in-flight move.')
  return { inFlight, map: Object.fromEntries(pairs) }
}

/** Shows where journeys stand in the workflows that are to be published, and asks whether to go on. */
export async function confirmInFlight(
  { inFlight, map }: InFlight,
  names: readonly string[],
  deployment: Deployment,
  call: Call,
): Promise<void> {
  if (map && names.length > 1)
    throw new UsageError(
      `--map names steps of one workflow, and ${names.length} would be published: ${names.join(', ')}.`,
      'Name the folder of one.',
    )
  if (inFlight === 'stay') return
  let journeys = 0
  for (const name of names) {
    const path = `/v1/workflows/${segment(name)}/under-way`
    const { value } = await deployment.ask('GET', path, underWayShape)
    const all = value.versions.flatMap(({ steps }) => steps).reduce((sum, one) => sum + one.journeys, 0)
    journeys += all
    call.say(
      `  ${name}: ${counted(all, 'journey')} under way, ${inFlight === 'move' ? 'to be moved to the new version' : paint.yellow('to be ended')}`,
    )
    for (const { version, steps } of value.versions)
      for (const { step, journeys: here } of steps)
        call.say(`    version ${version}  ${step}${arrow(map, step)}  ${here}`)
  }
  if (journeys === 0 || call.flag('yes') || call.flag('dry-run')) return
  const { ask } = call.around
  if (!ask) throw new UsageError('Nobody is there to be asked.', 'Say --yes if you are sure.')
  const verb = inFlight === 'move' ? 'Move' : 'End'
  const answer = await ask(`${verb} ${counted(journeys, 'journey')} at ${deployment.url}? (yes/no) `)
  if (!/^y(es)?$/i.test(answer.trim())) throw new Failure('Nothing was pushed.')
}

/** Undefined: it was refused for something else. */
export function strandedFailure(name: string, refused: Refused): Failure | undefined {
  const stranded = z.array(z.unknown()).safeParse(refused.problem.stranded)
  if (!stranded.success) return undefined
  return new Failure(
    `${name}: ${refused.message}`,
    'Say where they are to stand with --map OLD=NEW, or leave them in their version with --in-flight stay.',
    (refused.problem.errors ?? []).map(({ message }) => message).join('\n') || undefined,
  )
}

const arrow = (map: InFlight['map'], step: string): string =>
  map && Object.hasOwn(map, step) ? ` → ${map[step]}` : ''
