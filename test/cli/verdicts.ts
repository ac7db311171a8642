/** What the tables of the doctor's checks are written with. */
import { expect } from 'vitest'
import type { Finding, Reading, Scene, Verdict } from '../../cli/doctor/finding.ts'

export const prod: Scene = { stage: 'prod', app: 'premura', region: 'eu-west-1', production: true }
export const dev: Scene = { ...prod, stage: 'anna', production: false }
export const region = '--region eu-west-1'

export const read = <T>(value: T): Reading<T> => ({ kind: 'read', value })
export const absent = { kind: 'absent' } as const
export const dark = { kind: 'unread', seen: 'not known', todo: 'again' } as const

/** What one check says, without what it always says. */
export function said(findings: readonly Finding[], id: string): Verdict {
  const found = findings.filter((finding) => finding.id === id)
  expect(found, id).toHaveLength(1)
  const { status, seen, todo } = found[0] ?? { status: 'skipped', seen: 'no such check' }
  return { status, seen, ...(todo !== undefined && { todo }) }
}
