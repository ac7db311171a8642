/** Workflows that the real compiler has compiled and the real publish has published, each once for many stories. */
import type { Row } from '../../runtime/ports.ts'
import { memoryWorld } from '../memory-world.ts'
import { Draw } from './draw.ts'
import { definitionOf, growTree, type Tree } from './grammar.ts'
import { publish, saveDraft, saveSettings, createRuntime } from './product.ts'
import type { Feature } from './points.ts'

export interface Published {
  tree: Tree
  /** Its own partition and its line in the list of workflows. */
  rows: Row[]
}

const SETTINGS = `
brand: { name: Example, url: https://example.com, color: "#1f4e5f" }
postalAddress: 1 Example Street
senders: { default: { from: Example <care@example.com> } }
defaultLocale: en
defaultTimezone: Europe/Rome
topics:
  service: { title: { en: Orders }, basis: service }
  offers: { title: { en: Offers }, basis: consent, optIn: double, cap: { max: 2, within: 3 days }, quietHours: { from: "21:10", to: "08:10" } }
webhooks: { shop: { url: https://shop.example.com/hook } }
`

const mail = (more: string) => `---
subject: "About {{ customer.id }}"
---
<mjml><mj-body><mj-section><mj-column><mj-text>${more} {{ brand.postalAddress }}
<a href="{{ links.unsubscribe }}">no more</a></mj-text></mj-column></mj-section></mj-body></mjml>
`
const approved = `---
template: about_you
language: en
parameters: ["{{ customer.id }}"]
---
Hello {{ customer.id }}
`
const scores = [1, 2, 3, 4, 5].map((score) => `<a href="{{ survey.link(${score}) }}">${score}</a>`).join('')

/** Long before any story begins. */
const PUBLISHED_AT = '2026-04-01T00:00:00Z'

/** Grows as stories draw from it; whatever is drawn has been compiled once. */
export class Pool {
  readonly size: number
  readonly trees: readonly Tree[]
  readonly #published = new Map<string, Promise<Published>>()
  readonly #byFeature = new Map<Feature, Tree[]>()

  constructor(size: number, seed = 'pool') {
    this.size = size
    this.trees = Array.from({ length: size }, (_, index) =>
      growTree(new Draw(`${seed} ${index}`), `w${index}`),
    )
    for (const tree of this.trees)
      for (const feature of tree.features)
        this.#byFeature.set(feature, [...(this.#byFeature.get(feature) ?? []), tree])
  }

  /** Some tree with this feature; any where no workflow has it, because the script does. */
  pick(draw: Draw, name: string, feature: Feature = 'any'): Tree {
    const [first, ...others] = this.#byFeature.get(feature) ?? this.trees
    if (!first) throw new Error('the pool is empty')
    return draw.one(name, [first, ...others])
  }

  published(tree: Tree): Promise<Published> {
    const known = this.#published.get(tree.name)
    if (known) return known
    const made = compile(tree)
    this.#published.set(tree.name, made)
    return made
  }
}

const settings = new Map<string, Promise<Row[]>>()

/** The settings as a row, read once by the real code. `more`: lines of a story's own. */
export function settingsRows(more = ''): Promise<Row[]> {
  const known = settings.get(more)
  if (known) return known
  const made = (async () => {
    const world = memoryWorld({ at: PUBLISHED_AT })
    await mustSave(createRuntime(world), more)
    return world.table.all()
  })()
  settings.set(more, made)
  return made
}

async function mustSave(runtime: ReturnType<typeof createRuntime>, more = ''): Promise<void> {
  const issues = await saveSettings(runtime, SETTINGS + more)
  if (issues.length > 0) throw new Error(`the settings of the stories: ${issues[0]?.message}`)
}

async function compile(tree: Tree): Promise<Published> {
  const world = memoryWorld({ at: PUBLISHED_AT })
  const runtime = createRuntime(world)
  await mustSave(runtime)
  const definition = JSON.stringify(definitionOf(tree))
  const used = (name: string, text: string) => (definition.includes(`"${name}"`) ? text : undefined)
  const files = {
    'workflow.yaml': definition,
    'mail.mjml': used('mail', mail('Hello')),
    'visit.mjml': used('visit', mail('<a href="{{ appointment.link }}">answer</a>')),
    'rate.mjml': used('rate', mail(scores)),
    'text.txt': used('text', 'Hello {{ customer.id }}'),
    'approved.txt': used('approved', approved),
  }
  const given = Object.entries(files).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]))
  await saveDraft(runtime, tree.name, Object.fromEntries(given))
  const result = await publish(runtime, tree.name)
  if (!result.ok) throw new Error(`${definition}\n${result.issues.map(({ message }) => message).join('\n')}`)
  return { tree, rows: world.table.all().filter(({ pk }) => pk !== 'W!') }
}
