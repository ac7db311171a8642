/** What many stories came to: how often each point was passed, and hit by each kind of fault. */
import type { Checked } from './check.ts'
import { type Fault, faults, pairs, points } from './points.ts'

export interface Tally {
  stories: number
  journeys: number
  /** Journeys that the model read, step by step. */
  modelled: number
  /** Stories held against the same story without faults. */
  compared: number
  faults: number
  calls: number
  passed: { [point: string]: number }
  /** point → fault → times. */
  hits: { [point: string]: { [fault in Fault]?: number } }
}

export const emptyTally = (): Tally => ({
  stories: 0,
  journeys: 0,
  modelled: 0,
  compared: 0,
  faults: 0,
  calls: 0,
  passed: {},
  hits: {},
})

export function addTo(tally: Tally, told: Checked): void {
  tally.stories++
  tally.journeys += told.journeys
  tally.modelled += told.modelled
  tally.compared += told.compared ? 1 : 0
  tally.faults += told.met.length
  for (const [point, times] of told.passed) {
    tally.passed[point] = (tally.passed[point] ?? 0) + times
    tally.calls += times
  }
  for (const { point, fault } of told.met) {
    const hits = tally.hits[point] ?? {}
    hits[fault] = (hits[fault] ?? 0) + 1
    tally.hits[point] = hits
  }
}

/** Pairs of point and fault that no story met. */
export function missed({ hits }: Tally): { point: string; fault: Fault }[] {
  return pairs
    .filter(({ point, fault }) => !hits[point]?.[fault])
    .map(({ point, fault }) => ({ point, fault }))
}

/** A table for people, in Markdown: a line a point, a column a fault. */
export function tableOf(tally: Tally): string {
  const shown = faults.filter((fault) => Object.values(points).some((point) => point.faults.includes(fault)))
  const cell = (point: string, fault: Fault) =>
    points[point]?.faults.includes(fault) ? String(tally.hits[point]?.[fault] ?? 0) : ''
  return [
    `| point | passed | ${shown.join(' | ')} |`,
    `|---|---|${shown.map(() => '---|').join('')}`,
    ...Object.keys(points).map(
      (point) =>
        `| \`${point}\` | ${tally.passed[point] ?? 0} | ${shown.map((fault) => cell(point, fault)).join(' | ')} |`,
    ),
  ].join('\n')
}
