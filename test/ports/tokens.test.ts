/** The tokens port on a user pool, against one on the loopback address that errs, lies and goes away. */
import { generateKeyPairSync } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTokens } from '../../aws/tokens.ts'
import { Unavailable } from '../../aws/unavailable.ts'
import { createApp } from '../../runtime/http/app.ts'
import { createRuntime } from '../../runtime/runtime.ts'
import { memoryWorld } from '../memory-world.ts'
import { confused, published, signed, signingKey, UserPool } from './user-pool.ts'

const first = signingKey('first')
const second = signingKey('second')
const stranger = signingKey('first')
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey

let pool: UserPool
let tokens: ReturnType<typeof createTokens>
const tokensOf = (changes: Partial<Parameters<typeof createTokens>[0]> = {}) =>
  createTokens({ issuer: pool.issuer, clientId: 'web', ...changes })

beforeEach(async () => {
  // The library dates tokens with Date and rests with setTimeout: neither moves by itself here.
  vi.useFakeTimers({
    now: Date.parse('2026-03-26T10:00:00Z'),
    toFake: ['Date', 'setTimeout', 'clearTimeout'],
  })
  pool = await UserPool.open(first)
  tokens = tokensOf()
})
afterEach(async () => {
  await pool.close()
  vi.useRealTimers()
})

const header = { kid: 'first', alg: 'RS256' }
const rosa = { subject: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee', groups: ['editor'], name: 'rosa' }
/** What the HTTP app makes of it. */
const statusFor = async (token: string) => {
  const app = createApp(createRuntime({ ...memoryWorld(), tokens }))
  return (await app.request('/v1/me', { headers: { authorization: `Bearer ${token}` } })).status
}
const unavailable = (token = pool.token()) => expect(tokens.verify(token)).rejects.toThrow(Unavailable)

describe('a token of the pool', () => {
  test('says who somebody is and in which groups', async () => {
    expect(await tokens.verify(pool.token())).toEqual(rosa)
    expect(await tokens.verify(pool.token({ 'cognito:groups': undefined }))).toEqual({ ...rosa, groups: [] })
  })

  test.each([
    [{ name: 'Rosa Bianchi', email: 'rosa@example.it' }, 'Rosa Bianchi'],
    [{ email: 'rosa@example.it' }, 'rosa@example.it'],
    [{ name: ' ' }, 'rosa'],
    [{ name: 'two\nlines' }, 'rosa'],
    [{ name: 'two\u2028lines' }, 'rosa'],
    [{ name: 'x'.repeat(201) }, 'rosa'],
    [{ name: 7, email: null }, 'rosa'],
    [{ username: undefined }, undefined],
  ])('with %j is the token of %s', async (claims, name) => {
    expect((await tokens.verify(pool.token(claims)))?.name).toBe(name)
  })

  test('is good to its last second, and no longer', async () => {
    const token = pool.token()
    vi.setSystemTime(Date.parse('2026-03-26T11:00:00Z'))
    expect(await tokens.verify(token)).toEqual(rosa)
    vi.setSystemTime(Date.parse('2026-03-26T11:00:01Z'))
    expect(await tokens.verify(token)).toBeUndefined()
  })

  test('is the same for an issuer that ends in a slash', async () => {
    const issuer = `${pool.issuer}/`
    expect(await tokensOf({ issuer }).verify(pool.token({ iss: issuer }))).toEqual(rosa)
  })

  test('costs one look at the keys, however many come at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => tokens.verify(pool.token())))
    expect(all).toEqual(all.map(() => rosa))
    expect(pool.asked).toBe(1)
  })
})

describe('what proves nothing', () => {
  const pem = first.publicKey.export({ type: 'spki', format: 'pem' })
  const modulus = Buffer.from(String(published(first).n), 'base64url')
  const bare = (token: string) => token.slice(0, token.lastIndexOf('.'))
  const claims = (changes: { [name: string]: unknown } = {}) => pool.claims(changes)

  const bad: { [what: string]: () => string } = {
    'has expired': () => pool.token({ exp: Date.now() / 1000 - 1 }),
    'never expires': () => pool.token({ exp: undefined }),
    'expires at a text': () => pool.token({ exp: '4102444800' }),
    'is not good yet': () => pool.token({ nbf: Date.now() / 1000 + 60 }),
    'is another pool’s': () => pool.token({ iss: `${pool.issuer}2` }),
    'names no issuer': () => pool.token({ iss: undefined }),
    'was made for another client': () => pool.token({ client_id: 'other' }),
    'was made for several clients': () => pool.token({ client_id: ['web'] }),
    'was made for no client': () => pool.token({ client_id: undefined, aud: 'web' }),
    'is an id token': () => pool.token({ token_use: 'id', aud: 'web' }),
    'does not say what it is for': () => pool.token({ token_use: undefined }),
    'is nobody’s': () => pool.token({ sub: undefined }),
    'is the empty name’s': () => pool.token({ sub: '' }),
    'has a text for groups': () => pool.token({ 'cognito:groups': 'admin' }),
    'has numbers for groups': () => pool.token({ 'cognito:groups': [1] }),
    'was signed by another key of the same name': () => pool.token({}, stranger),
    'was signed for other claims': () => {
      const [, , signature] = pool.token().split('.')
      return `${bare(pool.token({ 'cognito:groups': ['admin'] }))}.${signature}`
    },
    'is not signed (none)': () => `${bare(signed(first, { ...header, alg: 'none' }, claims()))}.`,
    'is signed although it says none': () => signed(first, { ...header, alg: 'none' }, claims()),
    'says nOnE': () => signed(first, { ...header, alg: 'nOnE' }, claims()),
    'does not say how it is signed': () => signed(first, { kid: 'first' }, claims()),
    'takes the public key for a secret (PEM)': () => confused(pem, { ...header, alg: 'HS256' }, claims()),
    'takes the public key for a secret (modulus)': () =>
      confused(modulus, { ...header, alg: 'HS256' }, claims()),
    'hides its secret behind RS256': () => confused(pem, header, claims()),
    'is signed with RS512': () => signed(first, { ...header, alg: 'RS512' }, claims(), 'RSA-SHA512'),
    'says ES256': () => signed(first, { ...header, alg: 'ES256' }, claims()),
    'says EdDSA': () => signed(first, { ...header, alg: 'EdDSA' }, claims()),
    'says toString': () => signed(first, { ...header, alg: 'toString' }, claims()),
    'names no key': () => signed(first, { alg: 'RS256' }, claims()),
    'names a number for a key': () => signed(first, { alg: 'RS256', kid: 1 }, claims()),
    'brings its own key': () =>
      signed(stranger, { alg: 'RS256', kid: 'own', jwk: published(stranger) }, claims()),
    'names a key of another kind': () => signed(first, { alg: 'RS256', kid: 'elliptic' }, claims()),
    'names a key for secrets': () => signed(second, { alg: 'RS256', kid: 'second' }, claims()),
    'has a header that is no JSON': () => signed(first, '{', claims()),
    'has a header that is a list': () => signed(first, [header], claims()),
    'has claims that are no JSON': () => signed(first, header, '{'),
    'has claims that are a list': () => signed(first, header, [claims()]),
    'has claims of endless depth': () => signed(first, header, `{"a":${'['.repeat(6000)}`),
    'has two parts': () => bare(pool.token()),
    'has four parts': () => `${pool.token()}.x`,
    'has a padded signature': () => `${pool.token()}==`,
    'is no base64': () => pool.token().replace('.', '.%'),
    'is empty': () => '',
    'is two dots': () => '..',
  }

  test.each(Object.entries(bad))('a token that %s', async (_, token) => {
    pool.keys.push(
      { ...elliptic.export({ format: 'jwk' }), kid: 'elliptic' },
      { ...published(second), use: 'enc' },
    )
    expect(await tokens.verify(token())).toBeUndefined()
    expect(await statusFor(token())).toBe(401)
    expect(await statusFor(pool.token())).toBe(200)
  })

  test('is not worth a look at the keys when another pool or algorithm is named', async () => {
    await tokens.verify(pool.token({ iss: 'https://example.com' }))
    await tokens.verify(signed(first, { ...header, alg: 'HS256' }, claims()))
    expect(pool.asked).toBe(0)
  })

  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const flipped = (token: string, at: number, to: string) =>
    `${token.slice(0, at)}${to}${token.slice(at + 1)}`

  test('is a token of whose signature any one character was changed', async () => {
    const token = pool.token()
    const start = token.lastIndexOf('.') + 1
    const change = fc.record({
      at: fc.integer({ min: start, max: token.length - 1 }),
      to: fc.constantFrom(...alphabet, '+', '/', '=', '.', ' ', 'é'),
    })
    await fc.assert(
      fc.asyncProperty(change, async ({ at, to }) => {
        fc.pre(token[at] !== to)
        expect(await tokens.verify(flipped(token, at, to))).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })

  test('is a token of whose signature the last character was changed, which has bits to spare', async () => {
    const token = pool.token()
    const verified = []
    for (const to of alphabet)
      if (await tokens.verify(flipped(token, token.length - 1, to))) verified.push(to)
    expect(verified).toEqual([token.at(-1)])
  })
})

describe('the keys of the pool', () => {
  test('may change: a new one is fetched when a token names it, and an old one is forgotten', async () => {
    await tokens.verify(pool.token())
    pool.keys = [published(second)]
    expect(await tokens.verify(pool.token({}, second))).toEqual(rosa)
    expect(pool.asked).toBe(2)
    expect(await tokens.verify(pool.token())).toBeUndefined()
  })

  test('are not asked for again and again because of tokens with made-up ones', async () => {
    await tokens.verify(pool.token())
    for (const kid of ['a', 'b', 'c', 'a'])
      expect(await tokens.verify(signed(stranger, { alg: 'RS256', kid }, pool.claims()))).toBeUndefined()
    expect(pool.asked).toBe(2)
    expect(await tokens.verify(pool.token())).toEqual(rosa)
    vi.advanceTimersByTime(10_000)
    pool.keys.push(published(second))
    expect(await tokens.verify(pool.token({}, second))).toEqual(rosa)
    expect(pool.asked).toBe(3)
  })

  const end = (status: number, body: string) => {
    return (response: ServerResponse) => void response.writeHead(status).end(body)
  }
  const broken = (changes: { [name: string]: unknown }) =>
    JSON.stringify({ keys: [{ ...published(first), ...changes }] })
  const refusals: { [what: string]: (response: ServerResponse) => void } = {
    'breaks the connection': (response) => response.destroy(),
    'answers 500': end(500, 'oops'),
    'answers 500, with keys': (response) =>
      void response.writeHead(500).end(JSON.stringify({ keys: pool.keys })),
    'answers 404': end(404, '{}'),
    'answers 204': end(204, ''),
    'answers nothing': end(200, ''),
    'answers a page': end(200, '<!doctype html>'),
    'answers no keys': end(200, '{}'),
    'answers a text for keys': end(200, '{"keys":"none"}'),
    'answers bytes that are no text': (response) => void response.end(Buffer.from([0xff, 0xfe])),
    'answers a key without a kind': end(200, broken({ kty: undefined })),
    'answers a key with a number for a modulus': end(200, broken({ n: 5 })),
    'stops in the middle': (response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('{"keys":[')
      setImmediate(() => response.destroy())
    },
  }

  test.each(Object.entries(refusals))('are not to be had from a pool that %s', async (_, refuse) => {
    pool.answer = (_, response) => refuse(response)
    await unavailable()
    expect(await statusFor(pool.token())).toBe(503)
  })

  test('are the pool’s own, and not those of where it leads', async () => {
    const { answer } = pool
    pool.answer = (request, response) => {
      if (request.url?.endsWith('?again')) answer(request, response)
      else response.writeHead(302, { location: '?again' }).end()
    }
    await unavailable()
    expect(pool.asked).toBe(1)
  })

  test('are not to be had from a pool that is not there', async () => {
    await pool.close()
    await unavailable()
    pool = await UserPool.open(first)
  })

  test('are asked for again after a rest, so that a pool that is down is left alone', async () => {
    const { answer } = pool
    pool.answer = (_, response) => void response.writeHead(503).end()
    for (let times = 0; times < 5; times++) await unavailable()
    expect(pool.asked).toBe(1)
    pool.answer = answer
    vi.advanceTimersByTime(9_999)
    await unavailable()
    vi.advanceTimersByTime(1)
    expect(await tokens.verify(pool.token())).toEqual(rosa)
    expect(pool.asked).toBe(2)
    // The failure is over: a made-up key is a bad token again, also while the pool is left alone because of it.
    for (let times = 0; times < 2; times++)
      expect(await tokens.verify(pool.token({}, second))).toBeUndefined()
  })

  test('go on being believed while the pool is down, and a new one may or may not be good', async () => {
    await tokens.verify(pool.token())
    pool.answer = (_, response) => response.destroy()
    await unavailable(pool.token({}, second))
    await unavailable(pool.token({}, second))
    expect(await tokens.verify(pool.token())).toEqual(rosa)
    expect(pool.asked).toBe(2)
  })

  test('are given up when the answer does not end', async () => {
    let sent = 0
    let left = () => {}
    const closed = new Promise<void>((resolve) => {
      left = resolve
    })
    pool.answer = (_, response) => {
      response.on('close', left)
      // Far more than the limit and than what waits on the way, and still not for ever.
      const more = () => {
        while (sent < 64 && !response.destroyed) {
          sent++
          if (!response.write(Buffer.alloc(1024 * 1024, ' '))) return void response.once('drain', more)
        }
        response.end()
      }
      more()
    }
    await expect(tokens.verify(pool.token())).rejects.toThrow(/more than 65536 bytes/)
    await closed
    expect(sent).toBeLessThan(64)
  })

  test.each(['says nothing', 'begins and says nothing more'])(
    'are given up in time when the pool %s',
    async (how) => {
      pool.answer = (_, response) => {
        if (how.startsWith('begins')) response.writeHead(200).write('{"keys":[')
      }
      tokens = tokensOf({ timeoutMs: 20 })
      await expect(tokens.verify(pool.token())).rejects.toThrow(/TimeoutError/)
    },
  )

  test('are fetched with the fetch that is handed in', async () => {
    const asked: string[] = []
    tokens = tokensOf({
      issuer: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_test',
      fetch: async (input) => {
        asked.push(String(input))
        return Response.json({ keys: pool.keys })
      },
    })
    const iss = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_test'
    expect(await tokens.verify(pool.token({ iss }))).toEqual(rosa)
    expect(asked).toEqual([`${iss}/.well-known/jwks.json`])
  })
})

describe('an issuer', () => {
  test.each([
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_test',
    'http://localhost:9229/local_x',
    'http://pool.localhost:4566',
    'http://127.0.0.2:80',
    'http://[::1]:4566/pool',
  ])('may be %s', (issuer) => {
    expect(() => createTokens({ issuer, clientId: 'web' })).not.toThrow()
  })

  test.each([
    'http://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_test',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://notlocalhost',
    'http://10.0.0.1',
    'ftp://localhost',
    'localhost:9229',
    'eu-west-1_test',
    '',
  ])('may not be %j', (issuer) => {
    expect(() => createTokens({ issuer, clientId: 'web' })).toThrow(/expected an https URL/)
  })
})
