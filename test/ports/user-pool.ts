/** A user pool on the loopback address: it publishes keys as it is told to, and signs what real ones would and would not. */
import { createHmac, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'

interface SigningKey {
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
}

export function signingKey(kid: string): SigningKey {
  return { kid, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }
}

export const published = ({ kid, publicKey }: SigningKey) => ({
  ...publicKey.export({ format: 'jwk' }),
  kid,
  alg: 'RS256',
  use: 'sig',
})

interface Claims {
  [name: string]: unknown
}

const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A token as it is told to be, also one that no pool would sign. */
export function signed(key: SigningKey, header: unknown, payload: unknown, hash = 'RSA-SHA256'): string {
  const input = `${part(header)}.${part(payload)}`
  return `${input}.${createSign(hash).update(input).sign(key.privateKey, 'base64url')}`
}

/** What somebody makes who knows the public key alone, and hopes that it is taken for a shared secret. */
export function confused(secret: string | Buffer, header: unknown, payload: unknown): string {
  const input = `${part(header)}.${part(payload)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

export class UserPool {
  readonly issuer: string
  /** How often it was asked for its keys. */
  asked = 0
  /** What it answers with; its keys unless a test says otherwise. */
  answer: RequestListener = (_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ keys: this.keys }))
  }
  keys: unknown[]
  readonly key: SigningKey
  readonly #server: Server

  private constructor(server: Server, key: SigningKey) {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the pool listens nowhere')
    this.issuer = `http://127.0.0.1:${address.port}/eu-west-1_test`
    this.#server = server
    this.key = key
    this.keys = [published(key)]
    server.on('request', (request, response) => {
      this.asked++
      if (request.url?.startsWith('/eu-west-1_test/.well-known/jwks.json')) this.answer(request, response)
      else response.writeHead(404).end()
    })
  }

  static async open(key: SigningKey): Promise<UserPool> {
    const server = createServer()
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    return new UserPool(server, key)
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  /** What the pool writes into an access token for rosa, good for an hour. */
  claims(changes: Claims = {}): Claims {
    const nowSeconds = Math.floor(Date.now() / 1000)
    return {
      sub: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
      iss: this.issuer,
      client_id: 'web',
      token_use: 'access',
      scope: 'openid',
      auth_time: nowSeconds,
      iat: nowSeconds,
      exp: nowSeconds + 3600,
      jti: '11111111-2222-4333-8444-555555555555',
      username: 'rosa',
      'cognito:groups': ['editor'],
      ...changes,
    }
  }

  /** An access token; a claim that is undefined is left out. */
  token(changes: Claims = {}, key = this.key): string {
    return signed(key, { kid: key.kid, alg: 'RS256' }, this.claims(changes))
  }
}
