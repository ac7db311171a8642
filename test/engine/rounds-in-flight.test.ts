/** A journey in the rounds of a `repeat` is put onto another version: it finishes what it began, and does nothing twice. */
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { placedIn } from '../../engine/in-flight.ts'
import type { Enrollment, Input } from '../../engine/journey.ts'
import { occasionAt } from '../../engine/occasion.ts'
import type { Program, Step } from '../../engine/program.ts'
import type { Succession } from '../../engine/succession.ts'
import { law } from './law.ts'
import { contextAt, entered, frozenAdvance, local, program, send } from './world.ts'

vi.setConfig({ testTimeout: 60_000 })

const start = local('2026-03-26T16:00')
const DAY = 86_400_000

type Part = string | { times: number; every?: string; id?: string; body: string[] }

/** `a` sends, `w1` waits a day, and a repeat holds some of them. */
function flow(...parts: Part[]): Program {
  const steps: Step[] = []
  const list = (names: string[], end: string | null) => {
    for (const [index, id] of names.entries()) {
      const next = names[index + 1] ?? end
      steps.push(id.startsWith('w') ? { verb: 'wait', id, next, duration: 'P1D' } : send(id, next))
    }
  }
  for (const [index, part] of parts.entries()) {
    const follower = parts[index + 1]
    const next =
      follower === undefined ? null : typeof follower === 'string' ? follower : (follower.id ?? 'loop')
    if (typeof part === 'string') {
      list([part], next)
      continue
    }
    const { times, every = 'P7D', id = 'loop', body } = part
    steps.push({ verb: 'repeat', id, times, every, first: body[0] ?? null, next })
    list(body, id)
  }
  return program(steps)
}

interface Run {
  journey: Enrollment
  now: number
  did: string[]
}

function go(of: Program, { journey, now, did }: Run, until: (run: Run) => boolean, first?: Input): Run {
  let run = { journey, now, did: [...did] }
  let input: Input | undefined = first
  for (let moves = 0; moves < 300 && run.journey.phase !== 'ended' && (input || !until(run)); moves++) {
    const { phase, dueAt, claim } = run.journey
    const performing = phase === 'performing' && claim
    if (performing)
      run.did.push(`${occasionAt(run.journey, claim.step)} ${Math.round((run.now - start) / DAY)}`)
    else if (!input) run.now = Math.max(run.now, dueAt ?? run.now)
    const next: Input =
      input ?? (performing ? { kind: 'performed', outcome: { status: 'done' } } : { kind: 'woken' })
    input = undefined
    run = { ...run, journey: frozenAdvance(of, run.journey, next, contextAt(run.now)).enrollment }
  }
  return run
}

const begin = (of: Program): Run => {
  const journey = entered(of, contextAt(start))
  return go(of, { journey, now: start, did: [] }, ({ journey: { phase } }) => phase === 'waiting', {
    kind: 'entered',
  })
}

/** Plays one version until the journey waits at a step in a round, moves it, and plays on. */
function moved(
  from: Program,
  at: { step: string; round?: number },
  to: Program,
  map?: Succession['map'],
): Run & { placed: Enrollment | undefined } {
  const before = go(from, begin(from), ({ journey: { phase, step, round } }) => {
    return phase === 'waiting' && step === at.step && round?.index === at.round
  })
  expect(before.journey).toMatchObject({ phase: 'waiting', step: at.step })
  const succession: Succession = { to: 2, kind: 'move', at: before.now, ...(map && { map }) }
  const { journey, now } = before
  const placed = placedIn({ enrollment: journey, arriving: false }, from, to, succession, contextAt(now))
  if (!placed) return { ...before, placed: undefined }
  const run = { ...before, journey: placed.enrollment }
  const after = go(to, run, () => false, placed.arriving ? { kind: 'arrived' } : undefined)
  return { ...after, placed: placed.enrollment }
}

const weekly = flow({ times: 3, body: ['a', 'w', 'b'] })
const inSecond = { step: 'w', round: 2 }

/** [what changes, from, where it stands, to, map, what is done in all] */
const cases: [string, Program, { step: string; round?: number }, Program, Succession['map'], string][] = [
  ['nothing', weekly, inSecond, weekly, undefined, 'a 0, b 1, a~2 7, b~2 8, a~3 14, b~3 15'],
  [
    'more rounds',
    weekly,
    inSecond,
    flow({ times: 4, body: ['a', 'w', 'b'] }),
    undefined,
    'a 0, b 1, a~2 7, b~2 8, a~3 14, b~3 15, a~4 21, b~4 22',
  ],
  [
    'as many rounds as are begun',
    weekly,
    inSecond,
    flow({ times: 2, body: ['a', 'w', 'b'] }, 'c'),
    undefined,
    'a 0, b 1, a~2 7, b~2 8, c~end 8',
  ],
  [
    'fewer rounds than are begun',
    weekly,
    inSecond,
    flow({ times: 1, body: ['a', 'w', 'b'] }, 'c'),
    undefined,
    'a 0, b 1, a~2 7, b~2 8, c~end 8',
  ],
  [
    'a shorter time between rounds',
    weekly,
    inSecond,
    flow({ times: 3, every: 'P2D', body: ['a', 'w', 'b'] }),
    undefined,
    'a 0, b 1, a~2 7, b~2 8, a~3 9, b~3 10',
  ],
  [
    'another name of the repeat',
    weekly,
    inSecond,
    flow({ times: 3, id: 'again', body: ['a', 'w', 'b'] }),
    undefined,
    'a 0, b 1, a~2 7, b~2 8, a~3 14, b~3 15',
  ],
  [
    'other names within',
    weekly,
    inSecond,
    flow({ times: 3, body: ['c', 'w2', 'd'] }),
    { w: 'w2' },
    'a 0, b 1, a~2 7, d~2 8, c~3 14, d~3 15',
  ],
  [
    'the repeat is gone, and its steps are there once',
    weekly,
    inSecond,
    flow('a', 'w', 'b'),
    undefined,
    'a 0, b 1, a~2 7, b~2 8',
  ],
  [
    'a step goes out of the repeat, to stand before it',
    weekly,
    inSecond,
    flow('w', { times: 3, body: ['a', 'b'] }),
    undefined,
    'a 0, b 1, a~2 7, a~3 14, b~3 14',
  ],
  [
    'a step goes out of the repeat, to stand behind it',
    weekly,
    inSecond,
    flow({ times: 3, body: ['a', 'b'] }, 'w', 'c'),
    undefined,
    'a 0, b 1, a~2 7, c~2 8',
  ],
  [
    'the same under another name',
    weekly,
    inSecond,
    flow('w', { times: 3, id: 'again', body: ['a', 'b'] }),
    undefined,
    'a 0, b 1, a~2 7, a~3 14, b~3 14',
  ],
  [
    'a step comes into the repeat: it is in the first round',
    flow('a', 'w', 'b'),
    { step: 'w' },
    flow('a', { times: 2, body: ['w', 'b'] }),
    undefined,
    'a 0, b 1, b~2 8',
  ],
  [
    'a repeat around all of it',
    flow('a', 'w', 'b'),
    { step: 'w' },
    weekly,
    undefined,
    'a 0, b 1, a~2 7, b~2 8, a~3 14, b~3 15',
  ],
  [
    'into the rounds of something else',
    flow({ times: 2, body: ['a', 'w'] }, { times: 2, id: 'other', body: ['c', 'w2'] }),
    { step: 'w', round: 2 },
    flow({ times: 2, body: ['a', 'w'] }, { times: 2, id: 'other', body: ['c', 'w2'] }),
    { w: 'w2' },
    'a 0, a~2 7, c~2 14',
  ],
  [
    'between two rounds, a shorter time between them',
    weekly,
    { step: 'loop', round: 1 },
    flow({ times: 3, every: 'P2D', body: ['a', 'w', 'b'] }),
    undefined,
    'a 0, b 1, a~2 2, b~2 3, a~3 4, b~3 5',
  ],
  [
    'between two rounds, one round and no more',
    weekly,
    { step: 'loop', round: 1 },
    flow({ times: 1, body: ['a', 'w', 'b'] }, 'c'),
    undefined,
    'a 0, b 1, c~end 1',
  ],
  [
    'between two rounds, another name',
    weekly,
    { step: 'loop', round: 1 },
    flow({ times: 2, id: 'again', body: ['a', 'w', 'b'] }),
    { loop: 'again' },
    'a 0, b 1, a~2 7, b~2 8',
  ],
]

describe('a journey goes on in its round', () => {
  test.each(cases)('%s', (_, from, at, to, map, expected) => {
    const { did, journey } = moved(from, at, to, map)
    expect(did.join(', ')).toBe(expected.replaceAll('~end', ''))
    expect(journey).toMatchObject({ phase: 'ended', reason: 'completed' })
  })

  test('and stays where it is when its step is gone', () => {
    expect(moved(weekly, inSecond, flow({ times: 3, body: ['a', 'b'] })).placed).toBeUndefined()
  })
})

test('whatever becomes of the repeat, nothing has the same name twice, and it ends', () => {
  const times = fc.integer({ min: 1, max: 4 })
  const body = fc.subarray(['a', 'w', 'b', 'w2', 'c'], { minLength: 1 })
  const id = fc.constantFrom('loop', 'again')
  const every = fc.constantFrom('P1D', 'P7D')
  const repeat = fc.record({ times, every, id, body })
  const shape = fc.tuple(repeat, fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }))
  const made = shape.map(([one, before, after]) => {
    const inside = new Set(one.body)
    const rest = ['a', 'w', 'b', 'w2', 'c'].filter((name) => !inside.has(name))
    return flow(...rest.slice(0, before), one, ...rest.slice(before, before + after))
  })
  let movedAtAll = 0
  law(
    fc.property(made, made, fc.nat(30), (from, to, waits) => {
      let left = waits
      const resting = ({ journey: { phase } }: Run) => phase === 'waiting' && left-- <= 0
      const before = go(from, begin(from), resting)
      if (before.journey.phase !== 'waiting' || !before.journey.round) return
      const placed = placedIn(
        { enrollment: before.journey, arriving: false },
        from,
        to,
        { to: 2, kind: 'move', at: before.now },
        contextAt(before.now),
      )
      if (!placed) return
      movedAtAll++
      const run = { ...before, journey: placed.enrollment }
      const after = go(to, run, () => false, placed.arriving ? { kind: 'arrived' } : undefined)
      expect(after.journey.phase).toBe('ended')
      // What a version puts outside of the rounds is done once more there, as any step is that is put further down.
      const told = after.did
        .map((one) => one.split(' ')[0] ?? '')
        .filter((name) => [from, to].every((of) => !outside(of, name.split('~')[0] ?? '')))
      expect(new Set(told).size, told.join()).toBe(told.length)
    }),
    400,
  )
  expect(movedAtAll).toBeGreaterThan(50)
})

const outside = ({ steps }: Program, id: string): boolean => {
  const repeat = Object.values(steps).find(({ verb }) => verb === 'repeat')
  if (repeat?.verb !== 'repeat') return true
  for (let at = repeat.first, seen = 0; at !== null && at !== repeat.id && seen < 20; seen++) {
    if (at === id) return false
    at = steps[at]?.next ?? null
  }
  return true
}
