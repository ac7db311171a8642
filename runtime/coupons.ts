/**
 * Coupon codes: from a pool that was loaded beforehand, or made by a pattern. One code, one holder, never twice, and the
 * same step of the same journey always gets the same code, however often a crash makes it ask.
 *
 * After a restore nobody can tell which of the free codes were given away in the span that was lost. What is loaded from
 * then on lies under the restore point, apart from what was there before, so that setting the others aside writes no row.
 */
import { createHash } from 'node:crypto'
import type { CouponCommand, Enrollment, Performed } from '../engine/journey.ts'
import type { Instant } from '../engine/model.ts'
import { occasionAt } from '../engine/occasion.ts'
import { couponSk, customerPk } from './keys-of-rows.ts'
import { marksOf } from './links.ts'
import { codesGoodSince } from './lost-spans.ts'
import type { Runtime } from './runtime.ts'

/** No letters or digits that people confuse when they read a code aloud or type it. */
const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ'
const DIGITS = '23456789'
const TRIES = 20

const poolPk = (pool: string) => `P#${pool}`
const FREE = 'free'
/** Those loaded after a restore, in the order of their restore points, behind those that were never in doubt. */
const shelf = (since: Instant | undefined) =>
  since === undefined ? FREE : `${FREE}@${String(since).padStart(15, '0')}`
const freeSk = (code: string, since?: Instant) => `${shelf(since)}#${code}`
const codeIn = (sk: string) => sk.slice(sk.indexOf('#') + 1)
const usedSk = (code: string) => `used#${code}`

/**
 * Adds codes to a pool; codes that it holds or ever gave out are left as they are. Whoever loads one that a restore has set
 * aside says that it is good. Answers how many were new.
 */
export async function loadPool(runtime: Runtime, pool: string, codes: string[]): Promise<number> {
  const { table } = runtime.world
  const since = codesGoodSince(await runtime.restores.list())
  let added = 0
  for (const code of new Set(codes)) {
    if (await table.get(poolPk(pool), usedSk(code))) continue
    const result = await table.put({ pk: poolPk(pool), sk: freeSk(code, since) }, { kind: 'absent' })
    if (result.ok) added++
    if (since !== undefined) await table.delete(poolPk(pool), freeSk(code))
  }
  return added
}

export async function holdCoupon(
  runtime: Runtime,
  enrollment: Enrollment,
  command: CouponCommand,
): Promise<Performed> {
  const { customerId, workflow, key, run } = enrollment
  const { table } = runtime.world
  const name = occasionAt(enrollment, command.name)
  const holder = `${customerId}#${workflow}#${key}#${run}#${name}`
  const sk = couponSk(workflow, key, run, name)
  const place = { pk: customerPk(customerId), sk }
  const held = await table.get(place.pk, place.sk)
  if ('pool' in command.source) {
    const code = await takeFromPool(runtime, command.source.pool, holder, place, held?.body)
    if (code !== undefined) return { status: 'done', code }
    return { status: 'refused', reason: `the pool ${command.source.pool} is empty` }
  }
  if (held?.body) return { status: 'done', code: held.body }
  const code = await makeByPattern(runtime, `${workflow}.${command.name}`, command.source.pattern, holder)
  if (code === undefined) return { status: 'refused', reason: 'no code is left for the pattern' }
  await table.put({ ...place, body: code }, { kind: 'any' })
  return { status: 'done', code }
}

/**
 * The code is noted with the customer before it is claimed: whoever comes back after a crash asks for the same one again.
 * Without the note it would take another, and the first, which nobody has, would be used up.
 */
async function takeFromPool(
  runtime: Runtime,
  pool: string,
  holder: string,
  place: { pk: string; sk: string },
  noted: string | undefined,
): Promise<string | undefined> {
  const { table } = runtime.world
  const since = await runtime.restores.codesGoodSince()
  const take = async (code: string, ...places: string[]): Promise<boolean> => {
    const mine = await claim(runtime, pool, code, holder)
    // Whoever holds it, it is not free any more.
    for (const sk of places) await table.delete(poolPk(pool), sk)
    return mine
  }
  // One that was noted before a restore, and claimed in the span that was lost, is theirs.
  const places = noted === undefined ? [] : [...new Set([freeSk(noted), freeSk(noted, since)])]
  if (noted !== undefined && (await take(noted, ...places))) return noted
  // Journeys start looking at different places, so that many at once do not fight for the same code.
  const start = createHash('sha256').update(holder).digest('hex').slice(0, 4).toUpperCase()
  let last = noted
  // `$` follows `#`, and `A` follows `@`.
  const near = { from: freeSk(start, since), to: `${shelf(since)}$`, limit: TRIES }
  const anywhere = { from: freeSk('', since), to: `${FREE}A`, limit: TRIES }
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const after = await table.query(poolPk(pool), near)
    const rows = after.rows.length > 0 ? after.rows : (await table.query(poolPk(pool), anywhere)).rows
    if (rows.length === 0) break
    for (const { sk } of rows) {
      last = codeIn(sk)
      await table.put({ ...place, body: last }, { kind: 'any' })
      if (await take(last, sk)) return last
    }
  }
  if (last !== undefined) await table.delete(place.pk, place.sk)
  return undefined
}

async function makeByPattern(
  runtime: Runtime,
  pool: string,
  pattern: string,
  holder: string,
): Promise<string | undefined> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const bytes = createHash('sha256').update(`${attempt}\n${holder}`).digest()
    let used = 0
    const code = pattern.replace(/[?#]/g, (place) => {
      const alphabet = place === '?' ? LETTERS : DIGITS
      return alphabet.charAt((bytes[used++ % bytes.length] ?? 0) % alphabet.length)
    })
    if (await claim(runtime, `~${pool}`, code, holder)) return code
  }
  return undefined
}

async function claim(runtime: Runtime, pool: string, code: string, holder: string): Promise<boolean> {
  // Only the holder is to know the row again. Whoever is erased leaves a code that is used, and no word of by whom.
  const marks = marksOf(runtime.world.config, 'coupon', holder)
  const row = { pk: poolPk(pool), sk: usedSk(code), body: marks[0] ?? '' }
  const result = await runtime.world.table.put(row, { kind: 'absent' })
  return result.ok || marks.includes(result.conflict?.body ?? '')
}
