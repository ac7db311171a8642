/** Which faults a story meets: all of them follow from its seed, and any of them can be left out. */
import type { Draw } from './draw.ts'
import { type Fault, pairs, points } from './points.ts'

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
    this.#often = focus.needs === 'trouble' ? OFTEN : often
    this.#nth = focus.needs === 'any' ? draw.one('nth', [1, 1, 1, 2, 3]) : draw.one('nth', [1, 1, 1, 1, 2])
  }

  /** What happens at this call; undefined: it goes well. `spared` says that no more may go wrong here now. */
  next(point: string, spared: boolean): { key: string; fault?: Fault } {
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
    if (point === this.focus.point && nth === this.#nth) fault = this.focus.fault
    else if (this.#draw.chance(`often ${key}`, this.#often))
      fault = known.faults[this.#draw.whole(`which ${key}`, 0, known.faults.length - 1)]
    if (fault === undefined) return { key }
    if (fault.startsWith('crash')) {
      // A process that is killed over and over never comes to anything, and that is no finding.
      if (this.#crashes === MOST_CRASHES) return { key }
      this.#crashes++
    }
    this.met.push({ key, point, fault })
    return { key, fault }
  }
}
