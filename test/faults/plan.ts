/** Which faults a story meets: all of them follow from its seed, and any of them can be left out. */
import type { Draw } from './draw.ts'
import { type Fault, type Feature, pairs, points } from './points.ts'

export interface Met {
  /** `table.put journey#3`: the third call of this kind. */
  key: string
  point: string
  fault: Fault
}

export interface PlanOptions {
  /** Faults that are left out, by key. */
  without?: ReadonlySet<string>
  /** Nothing goes wrong. */
  calm?: boolean
}

/** Where a point is passed only when something went wrong before. */
const OFTEN = 0.05
const MOST_CRASHES = 15

/** What fails each time a message is tried, so that it fails for good. */
interface Doom {
  /** The first message that is tried is 1. */
  message: number
  points: RegExp
  fault: Fault
}
/** The worker can still write down that the message failed. */
const TOLD: readonly [Doom, ...Doom[]] = [
  { message: 1, points: /^table\.query customer$/, fault: 'unavailable' },
  { message: 1, points: /^table\.put (journey|event)$/, fault: 'throttled' },
  { message: 1, points: /^timers\.arm/, fault: 'unavailable' },
  { message: 1, points: /^queue\.send/, fault: 'refused' },
]
/** Nobody can, and the queue's dead letters keep it. */
const UNTOLD: readonly [Doom, ...Doom[]] = [
  { message: 1, points: /^table\./, fault: 'unavailable' },
  { message: 1, points: /^table\.query customer$/, fault: 'crash-before' },
]

export class Plan {
  /** What has gone wrong so far, in order. */
  readonly met: Met[] = []
  /** How often each point was passed. */
  readonly passed = new Map<string, number>()
  /** The pair that this story is about. */
  readonly focus: (typeof pairs)[number]
  /** A call that is not among the points. */
  unnamed: string | undefined
  /** No more faults from here on. */
  over: boolean
  /** A message of this story fails for good. */
  readonly doom: Doom | undefined
  readonly #draw: Draw
  readonly #without: ReadonlySet<string>
  readonly #often: number
  readonly #nth: number
  #crashes = 0

  constructor(draw: Draw, seed: number, { without = new Set(), calm = false }: PlanOptions) {
    const focus = pairs[seed % pairs.length]
    if (!focus) throw new Error('there are no points')
    this.focus = focus
    this.over = calm
    this.#draw = draw
    this.#without = without
    const often = draw.weighted('often', [
      [0, 2],
      [0.004, 3],
      [0.015, 3],
      [0.05, 1],
    ])
    // Late for another reason, a journey says nothing of its timer.
    const alone = focus.needs === 'timer' && draw.chance('alone', 0.8)
    this.#often = focus.needs === 'trouble' ? OFTEN : alone ? 0 : often
    this.doom = calm ? undefined : doomOf(draw, focus)
    this.#nth = focus.needs === 'any' ? draw.one('nth', [1, 1, 1, 2, 3]) : draw.one('nth', [1, 1, 1, 1, 2])
  }

  /**
   * What happens at this call; undefined: it goes well. `spared` says that no more may go wrong here now; `meant` is what the
   * script wants to go wrong.
   */
  next(
    point: string,
    spared: boolean,
    { doomed = false, meant }: { doomed?: boolean; meant?: Fault | undefined } = {},
  ): { key: string; fault?: Fault } {
    const known = points[point]
    if (!known) {
      this.unnamed ??= point
      return { key: point }
    }
    const nth = (this.passed.get(point) ?? 0) + 1
    this.passed.set(point, nth)
    const key = `${point}#${nth}`
    if (this.over || spared || this.#without.has(key)) return { key }
    let fault: Fault | undefined
    if (doomed && this.doom?.points.test(point)) fault = this.doom.fault
    else if (meant !== undefined) fault = meant
    else if (point === 'timers.fire' && nth === 1 && this.focus.needs === 'undelivered') fault = 'undelivered'
    else if (point === this.focus.point && nth === this.#nth) fault = this.focus.fault
    else if (this.#draw.chance(`often ${key}`, this.#often))
      fault = known.faults[this.#draw.whole(`which ${key}`, 0, known.faults.length - 1)]
    if (fault === undefined) return { key }
    if (fault.startsWith('crash') && !doomed) {
      // A process that is killed over and over never comes to anything, and that is no finding.
      if (this.#crashes === MOST_CRASHES) return { key }
      this.#crashes++
    }
    this.met.push({ key, point, fault })
    return { key, fault }
  }
}

function doomOf(draw: Draw, { needs, point }: { needs: Feature; point: string }): Doom | undefined {
  if (needs !== 'death' && !draw.chance('doomed', 0.08)) return undefined
  const untold = needs === 'death' ? point.startsWith('letters') : draw.chance('untold', 0.4)
  const doom = needs === 'death' && !untold ? TOLD[0] : draw.one('doom', untold ? UNTOLD : TOLD)
  return { ...doom, message: draw.whole('doomed message', 1, 12) }
}
