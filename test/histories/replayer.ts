/** The current version in a story: its own names for what every version does, and the recording of a whole story. */
import { readLibrary, publishLibrary } from '../../local/library.ts'
import { loadCustomer } from '../../runtime/customers.ts'
import { handle } from '../../runtime/handle.ts'
import { accept } from '../../runtime/ingest.ts'
import { createRuntime } from '../../runtime/runtime.ts'
import { Ticker } from '../../runtime/tick.ts'
import { work } from '../../runtime/work.ts'
import { type MemoryWorld, memoryWorld } from '../memory-world.ts'
import { everyVerb, webhookSettings } from './every-verb.ts'
import { asBase, cutOf, type History, type Recording, restore } from './history.ts'
import { journeyLine, noteMails, play, type SentMail, type Story, type Verbs } from './play.ts'

function verbsOf(world: MemoryWorld, story: Recording['story']): Verbs {
  const runtime = createRuntime(world)
  const ticker = new Ticker(runtime)
  const customers = [...new Set(story.inputs.map(({ event }) => event.customerId))]
  return {
    async post({ event, customer }, at) {
      await accept(runtime, [{ event: { ...event, at }, ...(customer && { customer }) }])
    },
    handle: (body) => handle(runtime, work.parse(JSON.parse(body))),
    async tick() {
      await ticker.tick()
    },
    async journeys() {
      const loaded = await Promise.all(customers.map((id) => loadCustomer(runtime, id)))
      return loaded
        .flatMap(({ journeys }) => journeys.map(({ enrollment }) => journeyLine(enrollment)))
        .toSorted()
    },
  }
}

/** Publishes the library in an empty deployment; what is in the table then is where every story begins. */
export async function beginning(at: string): Promise<History['base']> {
  const world = memoryWorld({ at })
  const library = readLibrary('workflows')
  const problems = await publishLibrary(createRuntime(world), {
    ...library,
    settings: library.settings + webhookSettings,
    workflows: [...library.workflows, everyVerb],
  })
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return world.table.all()
}

/** Plays a story from its beginning and keeps every moment at which it differs from the one before. */
export async function record(story: Story, base: History['base']): Promise<Recording> {
  const { world, verbs, mails } = await worldAt(story, base)
  const known = asBase(base)
  const cuts: Recording['cuts'] = []
  let last = ''
  await play(world, verbs, story, 0, (next) => {
    const cut = cutOf(world, known, next, mails.length)
    const state = JSON.stringify({ ...cut, at: 0 })
    if (state !== last) cuts.push(cut)
    last = state
  })
  return { story, cuts, mails, journeys: await verbs.journeys() }
}

/** Goes on from a moment of a recorded story, and answers what is sent from then on and where it ends. */
export async function goOn({ story, cuts }: Recording, base: History['base'], at: number) {
  const cut = cuts[at]
  if (!cut) throw new RangeError(`there is no moment ${at}`)
  const { world, verbs, mails } = await worldAt(story, [])
  await restore(world, base, cut)
  await play(world, verbs, story, cut.next)
  return { mails, journeys: await verbs.journeys(), cut }
}

async function worldAt(story: Recording['story'], base: History['base']) {
  const world = memoryWorld({ at: story.from })
  for (const row of base) await world.table.put(row, { kind: 'any' })
  const mails: SentMail[] = []
  noteMails(world, mails)
  return { world, verbs: verbsOf(world, story), mails }
}
