/** The tokens port on a Cognito user pool: access tokens, checked with the keys that the pool publishes. */
import { SimpleJwksCache, SimplePenaltyBox, type Jwks } from 'aws-jwt-verify/jwk'
import { JwtBaseError, WaitPeriodNotYetEndedJwkError } from 'aws-jwt-verify/error'
import { JwtVerifier } from 'aws-jwt-verify/jwt-verifier'
import * as z from 'zod'
import type { Tokens } from '../runtime/ports.ts'
import { readBounded } from './jwks-fetch.ts'
import { Unavailable } from './unavailable.ts'

export interface TokensOptions {
  /** `https://cognito-idp.REGION.amazonaws.com/POOL`, as it stands in the tokens; http on the loopback address alone. */
  issuer: string
  /** The app client that the tokens were made for. */
  clientId: string
  fetch?: typeof fetch
  /** For one look at the pool's keys, from the first byte to the last. */
  timeoutMs?: number
}

/** The pool is asked again at most this often for a key that it did not have, or did not give. */
const restSeconds = 10

/** @throws {Error} for an issuer whose keys somebody on the way could swap */
export function createTokens({
  issuer,
  clientId,
  fetch: ask = fetch,
  timeoutMs = 2_000,
}: TokensOptions): Tokens {
  requireTrusted(issuer)
  const keys = new PoolKeys(issuer, (uri) => readBounded(ask, uri, timeoutMs))
  const verifier = JwtVerifier.create(
    // Access tokens have no audience; whom they were made for is in `client_id`.
    { issuer, audience: null, jwksUri: `${issuer.replace(/\/+$/, '')}/.well-known/jwks.json` },
    { jwksCache: keys },
  )
  const claims = claimsFor(clientId)
  return {
    async verify(token) {
      if (!isCanonical(token)) return undefined
      try {
        const { data } = claims.safeParse(await verifier.verify(token))
        if (!data) return undefined
        const name = data.name ?? data.email ?? data.username
        return { subject: data.sub, groups: data['cognito:groups'], ...(name !== undefined && { name }) }
      } catch (error) {
        if (error instanceof WaitPeriodNotYetEndedJwkError && keys.failed) throw keys.failed
        // The library's word for whatever is wrong with a token; the rest is about the keys.
        if (error instanceof JwtBaseError) return undefined
        throw error
      }
    },
  }
}

/** The pool's keys, kept for as long as this process lives. */
class PoolKeys extends SimpleJwksCache {
  /** Why the last look at them failed; undefined when it did not. */
  failed: Unavailable | undefined
  readonly #issuer: string

  constructor(issuer: string, read: (uri: string) => Promise<ArrayBuffer>) {
    super({ fetcher: { fetch: read }, penaltyBox: new SimplePenaltyBox({ waitSeconds: restSeconds }) })
    this.#issuer = issuer
  }

  /** Nothing is fetched for a token that could not be the pool's, whatever its key. */
  override async getJwk(...[uri, token]: Parameters<SimpleJwksCache['getJwk']>) {
    // Cognito signs with RS256 and nothing else; whoever makes a token up would like to choose.
    if (token.header.alg !== 'RS256' || token.payload.iss !== this.#issuer) throw new Foreign()
    const key = await super.getJwk(uri, token)
    if (key.kty !== 'RSA') throw new Foreign()
    return key
  }

  override async getJwks(uri: string): Promise<Jwks> {
    try {
      const jwks = await super.getJwks(uri)
      this.failed = undefined
      return jwks
    } catch (error) {
      this.failed = new Unavailable('jwks.fetch', error)
      this.penaltyBox.registerFailedAttempt(uri, '')
      throw this.failed
    }
  }
}

class Foreign extends JwtBaseError {}

/** A display name that somebody chose, if it can be shown in a line. */
const shown = z
  .string()
  .trim()
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u)
  .optional()
  .catch(undefined)

const claimsFor = (clientId: string) =>
  z.object({
    sub: z.string().min(1),
    client_id: z.literal(clientId),
    token_use: z.literal('access'),
    // The library looks at it only where there is one.
    exp: z.number(),
    'cognito:groups': z.array(z.string()).default([]),
    // Cognito writes down the username; the others are there when the pool's own trigger adds them.
    name: shown,
    email: shown,
    username: shown,
  })

/**
 * The last character of a signature carries bits that decode to nothing, and decoders take what they do not know for
 * nothing: one signature would have many spellings.
 */
function isCanonical(token: string): boolean {
  const signature = token.slice(token.lastIndexOf('.') + 1)
  return Buffer.from(signature, 'base64url').toString('base64url') === signature
}

function requireTrusted(issuer: string): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  if (url?.protocol === 'https:') return
  if (url?.protocol === 'http:' && /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname))
    return
  throw new Error(
    `The issuer of tokens is ${issuer}: expected an https URL (http only on the loopback address), or anybody on the way could let themselves in.`,
  )
}
