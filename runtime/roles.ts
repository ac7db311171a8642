/** What people may do: the groups of a user pool, each with the scopes that it gives. */
import { type Scope, scopes } from './keys.ts'

const viewer = ['customers:read', 'workflows:read', 'reports:read'] as const
const editor = [...viewer, 'workflows:write', 'customers:write'] as const
const publisher = [...editor, 'workflows:publish'] as const

/** From the least to the most; a group of the pool that is not here opens nothing. */
const roles = { viewer, editor, publisher, admin: ['admin'] } as const satisfies {
  [role: string]: readonly Scope[]
}

export type Role = keyof typeof roles

const names: readonly Role[] = ['viewer', 'editor', 'publisher', 'admin']

/** Those of the groups that mean something here, from the least to the most. */
export function rolesIn(groups: readonly string[]): Role[] {
  return names.filter((role) => groups.includes(role))
}

/** What all of the roles open together, in the order of the scopes. */
export function scopesOf(held: readonly Role[]): Scope[] {
  const given: readonly Scope[] = held.flatMap((role) => roles[role])
  return scopes.filter((scope) => given.includes(scope))
}

/** The least that somebody has to be for this scope. */
export function roleFor(scope: Scope): Role {
  return names.find((role) => scopesOf([role]).includes(scope)) ?? 'admin'
}
