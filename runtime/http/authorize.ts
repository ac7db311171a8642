/** Lets a request in, or says why not and whom to ask. */
import { type Caller, callerByKey, callerByToken } from '../caller.ts'
import { allows, looksLikeToken, type Scope } from '../keys.ts'
import { roleFor } from '../roles.ts'
import type { Runtime } from '../runtime.ts'
import type { Asked } from './asked.ts'
import { Problem } from './problem.ts'
import { spendRequest } from './rate.ts'

/** What a route asks for; `any`: to be known is enough. */
export type Needed = Scope | 'any'

const realm = 'Bearer realm="premura"'

/** How long to leave sign-in alone when its keys are not to be had. */
const retryAfterSeconds = '10'

/** @throws Problem 401, 403, 429 for too many requests, or 503 when a token cannot be checked now. */
export async function authorize(runtime: Runtime, request: Asked, needed: Needed): Promise<Caller> {
  const caller = await callerOf(runtime, request.headers.get('authorization'))
  spendRequest(runtime, caller)
  if (caller.kind === 'person' && caller.groups.length === 0)
    throw refused(
      needed,
      `You are signed in, but in no group that opens anything here: ask an admin for the group ${groupFor(needed)}.`,
      { group: groupFor(needed) },
    )
  if (needed === 'any' || allows(caller, needed)) return caller
  if (caller.kind === 'key') throw refused(needed, `This needs a key with the scope ${needed}.`)
  const group = roleFor(needed)
  throw refused(
    needed,
    `This needs the scope ${needed}, which the group ${group} gives. You are in ${caller.groups.join(', ')}: ask an admin for ${group}.`,
    { group },
  )
}

async function callerOf(runtime: Runtime, header: string | null): Promise<Caller> {
  const credential = /^bearer +(\S+) *$/i.exec(header ?? '')?.[1]
  if (credential === undefined) {
    const orToken = runtime.world.tokens ? ', or the access token of somebody who is signed in' : ''
    throw unknown(`Send an API key as "Authorization: Bearer KEY"${orToken}.`)
  }
  if (looksLikeToken(credential)) return await person(runtime, credential)
  const caller = await callerByKey(runtime, credential)
  if (!caller) throw unknown('The API key is not known.')
  return caller
}

async function person(runtime: Runtime, token: string): Promise<Caller> {
  const { tokens } = runtime.world
  if (!tokens)
    throw unknown('Nobody can sign in here, so tokens are not taken: send an API key.', 'invalid_token')
  const caller = await callerByToken(tokens, token).catch((error: unknown) => {
    throw uncertain(runtime, error)
  })
  if (!caller) throw unknown('The token is not valid here, or no longer: sign in again.', 'invalid_token')
  return caller
}

const groupFor = (needed: Needed) => (needed === 'any' ? 'viewer' : roleFor(needed))

function unknown(why: string, error?: string): Problem {
  const challenge = error === undefined ? realm : `${realm}, error="${error}"`
  return new Problem(401, why, { headers: { 'www-authenticate': challenge } })
}

function refused(needed: Needed, why: string, members: { group?: string } = {}): Problem {
  if (needed === 'any') return new Problem(403, why, { members })
  return new Problem(403, why, {
    members: { scope: needed, ...members },
    headers: { 'www-authenticate': `${realm}, error="insufficient_scope", scope="${needed}"` },
  })
}

/** It may be a good token: whoever has it must not be signed out because somebody else is down. */
function uncertain({ world }: Runtime, error: unknown): Problem {
  world.log('error', 'tokens.unavailable', { error: error instanceof Error ? error.name : 'unknown' })
  return new Problem(
    503,
    'The token cannot be checked now. It may well be good: try again in some seconds.',
    {
      headers: { 'retry-after': retryAfterSeconds },
    },
  )
}
