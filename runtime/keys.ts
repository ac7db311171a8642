/** API keys: shown once, kept as a hash, known to this process for a minute at most. */
import { createHash, timingSafeEqual } from 'node:crypto'
import * as z from 'zod'
import type { Instant } from '../engine/model.ts'
import { Conflict } from './errors.ts'
import type { Row } from './ports.ts'
import type { Runtime } from './runtime.ts'

export const scopes = [
  'events:write',
  'customers:read',
  'customers:write',
  'workflows:read',
  'workflows:write',
  'workflows:publish',
  'reports:read',
  'admin',
] as const

export type Scope = (typeof scopes)[number]

const storedKey = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  createdAt: z.number(),
  lastFour: z.string(),
  hash: z.string(),
  /** A key that was rotated opens nothing from here on. */
  expiresAt: z.number().exactOptional(),
})
type StoredKey = z.infer<typeof storedKey>

/** A key as it may be shown. */
export type ApiKey = Omit<StoredKey, 'hash'>

/** A revoked key stops within this time everywhere. Counted on the process's own clock, which nobody can turn. */
const freshMs = 60_000

/** The listing, by id; the row that lets a request in stands under its hash. */
const listPk = 'A'
const keyPk = (hash: string): string => `A#${hash}`
const keySk = '!'

/** One cache a runtime: what it holds is gone with it. */
const caches = new WeakMap<Runtime, Map<string, { key: StoredKey; readAtMs: number }>>()

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** Makes a key; its secret is in this answer and nowhere else. */
export async function createKey(
  runtime: Runtime,
  wanted: { name: string; scopes: Scope[] },
): Promise<ApiKey & { secret: string }> {
  const { ids, clock } = runtime.world
  const secret = `prm_${ids.secret()}`
  const key = { id: ids.next('key_'), ...wanted, createdAt: clock.now(), lastFour: secret.slice(-4) }
  await store(runtime, { ...key, hash: hashOf(secret) })
  return { ...key, secret }
}

/**
 * Makes sure that a secret chosen elsewhere (the bootstrap admin key) is a key with these scopes.
 *
 * @throws {Error} for one that no request could be let in with
 */
export async function ensureKey(runtime: Runtime, secret: string, wanted: Scope[]): Promise<ApiKey> {
  if (looksLikeToken(secret))
    throw new Error('An API key must not have the form of a JWT (a.b.c): choose another secret.')
  const hash = hashOf(secret)
  const row = await runtime.world.table.get(keyPk(hash), keySk)
  const known = row && keyOf(row)
  if (known && known.expiresAt === undefined && wanted.every((scope) => known.scopes.includes(scope)))
    return shown(known)
  const key: StoredKey = {
    id: known?.id ?? `key_${hash.slice(0, 16)}`,
    name: known?.name ?? 'bootstrap',
    scopes: [...wanted],
    createdAt: known?.createdAt ?? runtime.world.clock.now(),
    lastFour: secret.length >= 16 ? secret.slice(-4) : '',
    hash,
  }
  await store(runtime, key)
  cacheOf(runtime).delete(hash)
  return shown(key)
}

/**
 * Makes a new key with the name and the scopes of another, which goes on working until the grace has passed, so that
 * whoever uses it has time to change over. Undefined: there is no such key, or its time is up.
 */
export async function rotateKey(
  runtime: Runtime,
  id: string,
  graceMs: number,
): Promise<{ key: ApiKey & { secret: string }; former: ApiKey } | undefined> {
  const now = runtime.world.clock.now()
  const row = await runtime.world.table.get(listPk, id)
  const old = row && keyOf(row)
  if (!old || isOver(old, now)) return undefined
  // The new one first: a crash in between leaves two keys that work, never none.
  const key = await createKey(runtime, { name: old.name, scopes: old.scopes })
  const former = await endAt(runtime, id, now + graceMs)
  if (former) return { key, former }
  // Revoked meanwhile: what was to replace it goes with it.
  await revokeKey(runtime, key.id)
  return undefined
}

const TRIES = 5

/** Sets the end of a key, unless it has an earlier one. Undefined: it was revoked, and stays so. */
async function endAt(runtime: Runtime, id: string, endsAt: Instant): Promise<ApiKey | undefined> {
  const { table } = runtime.world
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const listed = await table.get(listPk, id)
    const row = listed && (await table.get(keyPk(keyOf(listed).hash), keySk))
    if (!row) {
      if (listed) await table.delete(listPk, id)
      return undefined
    }
    const old = keyOf(row)
    const former = { ...old, expiresAt: Math.min(endsAt, old.expiresAt ?? Number.POSITIVE_INFINITY) }
    // The row that opens comes first, on the condition that it still stands. Keys of before there were revisions have none.
    const { rev } = row
    const [list, opens] = rowsOf(former, (rev ?? 0) + 1)
    const { ok } = await table.put(opens, rev === undefined ? { kind: 'any' } : { kind: 'rev', rev })
    if (!ok) continue
    await table.put(list, { kind: 'any' })
    cacheOf(runtime).delete(old.hash)
    // A revocation takes the row that opens away first: the listing that was just written is of nothing then.
    if (await table.get(opens.pk, opens.sk)) return shown(former)
  }
  throw new Conflict('the key is being changed by too many at once')
}

/** Whose key this is; undefined for one that does not exist or no longer does. */
export async function findKey(runtime: Runtime, secret: string): Promise<ApiKey | undefined> {
  const hash = hashOf(secret)
  const cache = cacheOf(runtime)
  const nowMs = runtime.world.clock.monotonicMs()
  const held = cache.get(hash)
  if (held && nowMs - held.readAtMs < freshMs)
    return isOver(held.key, runtime.world.clock.now()) ? undefined : shown(held.key)
  cache.delete(hash)
  const row = await runtime.world.table.get(keyPk(hash), keySk)
  const key = row && keyOf(row)
  if (!key || !timingSafeEqual(Buffer.from(key.hash), Buffer.from(hash))) return undefined
  if (isOver(key, runtime.world.clock.now())) return undefined
  cache.set(hash, { key, readAtMs: nowMs })
  return shown(key)
}

/** Oldest first; those whose time is up are not told. */
export async function listKeys(runtime: Runtime): Promise<ApiKey[]> {
  const now = runtime.world.clock.now()
  const keys: ApiKey[] = []
  let cursor: string | undefined
  do {
    const page = await runtime.world.table.query(listPk, { ...(cursor !== undefined && { cursor }) })
    keys.push(
      ...page.rows
        .map(keyOf)
        .filter((key) => !isOver(key, now))
        .map(shown),
    )
    cursor = page.cursor
  } while (cursor !== undefined)
  return keys.sort((left, right) => left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1))
}

/** False: there is no such key. Revoking in two steps, the one that counts first. */
export async function revokeKey(runtime: Runtime, id: string): Promise<boolean> {
  const row = await runtime.world.table.get(listPk, id)
  if (!row) return false
  const { hash } = keyOf(row)
  await runtime.world.table.delete(keyPk(hash), keySk)
  await runtime.world.table.delete(listPk, id)
  cacheOf(runtime).delete(hash)
  return true
}

/** Do these scopes open what needs `needed`? An admin may do everything. */
export function allows({ scopes: held }: { scopes: readonly Scope[] }, needed: Scope): boolean {
  return held.includes(needed) || held.includes('admin')
}

/**
 * Tells a JWT from a key by its form alone: three parts between dots, the first of which is a JSON object. A key that
 * is made has no dot, and a chosen one with this form is refused.
 */
export function looksLikeToken(credential: string): boolean {
  const [header = ''] = /^[\w-]+\.[\w-]*\.[\w-]*$/.test(credential) ? credential.split('.') : []
  return Buffer.from(header, 'base64url').toString().startsWith('{')
}

// The listing first: a crash in between leaves a key that is shown and opens nothing, never one that opens unseen.
async function store(runtime: Runtime, key: StoredKey): Promise<void> {
  for (const row of rowsOf(key, 1)) await runtime.world.table.put(row, { kind: 'any' })
}

function rowsOf(key: StoredKey, rev: number): [listed: Row, opens: Row] {
  const { expiresAt } = key
  const row = { rev, body: JSON.stringify(key), ...(expiresAt !== undefined && { expiresAt }) }
  return [
    { pk: listPk, sk: key.id, ...row },
    { pk: keyPk(key.hash), sk: keySk, ...row },
  ]
}

const keyOf = (row: Row): StoredKey => storedKey.parse(JSON.parse(row.body ?? '{}'))

const isOver = ({ expiresAt }: StoredKey, now: Instant): boolean =>
  expiresAt !== undefined && expiresAt <= now

const shown = ({ hash: _, ...key }: StoredKey): ApiKey => key

function cacheOf(runtime: Runtime): Map<string, { key: StoredKey; readAtMs: Instant }> {
  const cache = caches.get(runtime) ?? new Map<string, { key: StoredKey; readAtMs: Instant }>()
  caches.set(runtime, cache)
  return cache
}
