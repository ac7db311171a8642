/** Ten thousand random journeys among simulated faults: nothing is lost, and nothing is done twice. */
import { describe, expect, test } from 'vitest'
import { check, readable, replay, shrink } from './check.ts'
import { storiesAbout } from './planted.ts'
import { Pool } from './pool.ts'
import { main } from './run.ts'
import { tell } from './story.ts'
import { addTo, emptyTally, missed } from './tally.ts'

const POOL = 160
const JOURNEYS = 10_000
/** Stories hold eight journeys each on average; more than this would mean that they hold none. */
const MOST_STORIES = 2_500
/** Each takes as long as ten in memory. */
const ADAPTED = 40
/** Stories about one fault at one point, before it counts as never met. */
const MOST_LOOKED = 100
const pool = new Pool(POOL)

test('ten thousand journeys, whatever goes wrong: no law is broken, and every fault is met at every point', async () => {
  const tally = emptyTally()
  for (let seed = 0; tally.journeys < JOURNEYS && seed < MOST_STORIES; seed++) {
    const options = { seed, pool }
    const told = await check(options)
    if (told.violations.length > 0) {
      const smallest = await shrink(options, told)
      expect.fail(`${readable(smallest)}\n\nagain: ${replay(seed, POOL)}`)
    }
    addTo(tally, told)
  }
  expect(tally.journeys).toBeGreaterThanOrEqual(JOURNEYS)
  // What is rare is looked for, in stories that are about it.
  for (const { point, fault } of missed(tally))
    for (const seed of storiesAbout({ point, fault }, MOST_LOOKED, tally.stories)) {
      const told = await check({ seed, pool })
      expect(told.violations, replay(seed, POOL)).toEqual([])
      addTo(tally, told)
      if (tally.hits[point]?.[fault]) break
    }
  expect(missed(tally)).toEqual([])
  // What is claimed of it elsewhere: a good part is read by the model, and held against a calm telling.
  expect(tally.modelled).toBeGreaterThan(JOURNEYS / 5)
  expect(tally.compared).toBeGreaterThan(tally.stories / 10)
})

test('through the real adapters and the embedded cloud a story goes as it does in memory, call by call', async () => {
  for (let seed = 0; seed < ADAPTED; seed++) {
    const told = await tell({ seed: seed * 7, pool, adapters: true })
    expect(told.violations, `story ${seed * 7} through the adapters`).toEqual([])
  }
})

describe('a story', () => {
  test.each([3, 14, 159])('number %i happens the same way every time, to the byte', async (seed) => {
    const first = await tell({ seed, pool })
    // Another pool of the same workflows, so that nothing is left over from before.
    const second = await tell({ seed, pool: new Pool(POOL) })
    expect(second.digest).toBe(first.digest)
    expect(second.trace).toEqual(first.trace)
    expect((await tell({ seed: seed + 1, pool })).digest).not.toBe(first.digest)
  })

  test('without faults breaks no law, and meets none', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { violations, met } = await tell({ seed, pool, calm: true })
      expect({ seed, violations, met }).toEqual({ seed, violations: [], met: [] })
    }
  })

  test('is told with any of its faults left out', async () => {
    const whole = await tell({ seed: 6, pool })
    expect(whole.met.length).toBeGreaterThan(1)
    const [{ key } = { key: '' }] = whole.met
    const less = await tell({ seed: 6, pool, without: new Set([key]) })
    expect(less.met.map((one) => one.key)).not.toContain(key)
  })
})

describe('npm run faults', () => {
  const run = async (...args: string[]) => {
    let out = ''
    let err = ''
    const code = await main([...args, '--pool', '20'], {
      out: (text) => {
        out += text
      },
      err: (text) => {
        err += text
      },
      isTerminal: args.includes('--table'),
    })
    return { code, out, err }
  }

  test('tells what it has seen, with a bar on a terminal', async () => {
    const { code, out, err } = await run('--runs', '3', '--table')
    expect(code).toBe(0)
    expect(out).toContain('3 stories')
    expect(out).toContain('| `table.put journey` |')
    expect(out).toContain('no law was broken')
    expect(err).toContain('3/3')
  })

  test('tells programs as JSON', async () => {
    const { out, err } = await run('--runs', '2', '--seed', '5', '--json')
    expect(JSON.parse(out)).toMatchObject({ stories: 2, firstSeed: 5, pool: 20, broken: [] })
    expect(err).toBe('')
  })

  test('tells one story again, call by call', async () => {
    const { code, out } = await run('--replay', '1')
    expect(code).toBe(0)
    expect(out).toMatch(/client\s+post order/)
  })

  test('refuses what is no number', async () => {
    await expect(run('--runs', 'many')).rejects.toThrow('--runs takes a whole number, not "many"')
  })
})
