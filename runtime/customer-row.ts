/** A customer's profile as a row: what is known of them, the addresses not to write to, and what the last changes were. */
import * as z from 'zod'
import type { Customer, Instant, Suppression } from '../engine/model.ts'
import { consentsFrom, packConsents, packedConsents } from './consent-marks.ts'
import type { Became } from './becoming.ts'
import type { Row } from './ports.ts'

export interface Stored {
  customer: Customer
  rev: number
  mergedIntake?: string
  became?: Became
  /** They had been erased before this profile was made, and then. */
  erasedAt?: Instant
}

const profileBody = z.object({
  p: z.record(z.string(), z.json()),
  s: z.array(z.tuple([z.string(), z.enum(['bounce', 'complaint', 'opt-out']), z.number()])).optional(),
  m: z.string().optional(),
  o: packedConsents.optional(),
  b: z.record(z.string(), z.tuple([z.number(), z.number()])).optional(),
  g: z.number().optional(),
})

export function parseProfile(id: string, row: Row): Stored {
  const { p, s, m, b, o, g } = profileBody.parse(JSON.parse(row.body ?? '{}'))
  const suppressions = (s ?? []).map(([address, reason, at]): Suppression => ({ address, reason, at }))
  const customer = { profile: { ...p, id }, suppressions, ...(o && { consents: consentsFrom(o) }) }
  return {
    customer,
    rev: row.rev ?? 0,
    ...(m !== undefined && { mergedIntake: m }),
    ...(b && { became: b }),
    ...(g !== undefined && { erasedAt: g }),
  }
}

export function pack(
  { profile, suppressions, consents }: Customer,
  {
    mergedIntake,
    became,
    erasedAt,
  }: {
    mergedIntake?: string | undefined
    became?: Became | undefined
    erasedAt?: Instant | undefined
  } = {},
): string {
  const { id: _, ...attributes } = profile
  return JSON.stringify({
    p: attributes,
    ...(suppressions.length > 0 && {
      s: suppressions.map(({ address, reason, at }) => [address, reason, at]),
    }),
    ...(mergedIntake !== undefined && { m: mergedIntake }),
    ...(became && { b: became }),
    ...(erasedAt !== undefined && { g: erasedAt }),
    ...(consents && { o: packConsents(consents) }),
  })
}
