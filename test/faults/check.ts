/** A story held against all laws, the one that needs a second telling included; and a failing one made as small as it gets. */
import { type StoryOptions, type Told, tell } from './story.ts'

/** Between two moments of a script there is room for this much delay: less of it changes no journey. */
const HARMLESS_MS = 8 * 60_000

/** A second telling takes as long as the first: of those that can be compared, every third is. */
const EVERY = 3

export interface Checked extends Told {
  /** Whether it was also held against the same story without faults. */
  compared: boolean
}

export async function check(options: StoryOptions): Promise<Checked> {
  const told = await tell(options)
  const compared =
    options.seed % EVERY === 0 &&
    told.met.length > 0 &&
    told.disturbedMs <= HARMLESS_MS &&
    told.violations.length === 0
  if (!compared) return { ...told, compared }
  const calm = await tell({ ...options, calm: true })
  const names = new Set([...Object.keys(told.outcome.journeys), ...Object.keys(calm.outcome.journeys)])
  const violations = [...names].flatMap((name) => {
    const [is, should] = [told.outcome.journeys[name], calm.outcome.journeys[name]]
    if (is === should) return []
    return [
      {
        law: 'as without faults' as const,
        what: `${name} is "${is ?? 'missing'}", and without faults "${should ?? 'missing'}"`,
      },
    ]
  })
  return { ...told, violations, compared }
}

/** How often a story may be told again to find what can be left out of it. */
const MOST_TELLINGS = 300

/**
 * Leaves out what it can, fault by fault and act by act, as long as a law is broken that was. What is paused is resumed in
 * every story, or its journeys would be stuck rightly.
 */
export async function shrink(options: StoryOptions, failed: Told): Promise<Told> {
  let smallest = failed
  let without = new Set(options.without)
  const laws = new Set(failed.violations.map(({ law }) => law))
  let tellings = 0
  for (let found = true; found; ) {
    found = false
    const parts = [...smallest.met.map(({ key }) => key), ...smallest.acts]
    for (const part of parts) {
      if (without.has(part) || part.startsWith('resume ') || tellings++ > MOST_TELLINGS) continue
      const less = new Set([...without, part])
      const told = await check({ ...options, without: less })
      if (!told.violations.some(({ law }) => laws.has(law))) continue
      smallest = told
      without = less
      found = true
    }
  }
  return smallest
}

/** The command that tells a story again. */
export const replay = (seed: number, pool: number): string =>
  `npm run faults -- --replay ${seed} --pool ${pool}`

/** A story in words: when, who, what, and what went wrong. */
export function readable({ seed, shape, violations, trace, met }: Told): string {
  const lines = trace.map(({ at, who, what, fault }) => {
    const time = new Date(at).toISOString().slice(5, 23).replace('T', ' ')
    return `${time}  ${who.padEnd(12)} ${what}${fault === undefined ? '' : `  ← ${fault}`}`
  })
  return [
    `story ${seed} (${shape}) breaks ${violations.length === 1 ? 'a law' : `${violations.length} laws`}:`,
    ...violations.slice(0, 5).map(({ law, what }) => `  ${law}: ${what}`),
    `faults: ${met.map(({ key, fault }) => `${key} ${fault}`).join(', ') || 'none'}`,
    ...lines,
  ].join('\n')
}
