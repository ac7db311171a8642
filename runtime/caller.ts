/** Who is calling: an API key, or a person with a token of the user pool. */
import { findKey, type Scope } from './keys.ts'
import { type Role, rolesIn, scopesOf } from './roles.ts'
import type { Tokens } from './ports.ts'
import type { Runtime } from './runtime.ts'

export type Caller =
  | { kind: 'key'; id: string; name: string; scopes: readonly Scope[] }
  /** `name` is what is written down when the person does something. */
  | { kind: 'person'; id: string; name: string; scopes: readonly Scope[]; groups: readonly Role[] }

/** Undefined: there is no such key. */
export async function callerByKey(runtime: Runtime, secret: string): Promise<Caller | undefined> {
  const key = await findKey(runtime, secret)
  return key && { kind: 'key', id: key.id, name: key.name, scopes: key.scopes }
}

/** Undefined: the token proves nothing. Throws when that cannot be said now. */
export async function callerByToken(tokens: Tokens, token: string): Promise<Caller | undefined> {
  const person = await tokens.verify(token)
  if (!person) return undefined
  const groups = rolesIn(person.groups)
  const { subject: id, name = id } = person
  return { kind: 'person', id, name, scopes: scopesOf(groups), groups }
}
