/** Links in mails are bound: to what they are for, whom, until when, and the mailbox; opening one changes nothing. */
import fc from 'fast-check'
import { readFile } from 'node:fs/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { linkPath } from '../../runtime/links.ts'
import type { Api } from '../http/api.ts'
import { careApi, closeTicket, linkIn } from '../http/care.ts'

let api: Api
beforeEach(async () => {
  api = await careApi()
  await api.put('/v1/customers/bea', { email: 'bea@example.it' })
  await closeTicket(api)
})

const purposes = ['r', 'u', 'p'] as const
const open = (path: string, method = 'GET') => api.call(method, path, { key: null })
const fill = { score: '5', shown: 'offers', on: 'offers' }
const held = () => JSON.stringify([api.world.table.all(), api.world.queue.messages, api.world.timers])
const consent = async () => (await api.get('/v1/customers/anna')).json.consent

describe('a link', () => {
  it.each(purposes)('/%s with any character changed opens nothing and changes nothing', async (purpose) => {
    const path = linkIn(api, purpose)
    const before = held()
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 3, max: path.length - 1 }),
        fc.constantFrom(...'ABCXYZabcxyz0189-_.~=%2'),
        async (at, character) => {
          fc.pre(path[at] !== character)
          const changed = path.slice(0, at) + character + path.slice(at + 1)
          expect([400, 404]).toContain((await open(changed)).status)
          expect([400, 404]).toContain((await api.form(changed, fill)).status)
        },
      ),
      { numRuns: 120 },
    )
    expect(held()).toBe(before)
  })

  it('is for its purpose alone', async () => {
    const before = held()
    for (const purpose of purposes)
      for (const other of ['r', 'u', 'p', 'o']) {
        if (other === purpose) continue
        const path = linkIn(api, purpose).replace(`/${purpose}/`, `/${other}/`)
        expect((await open(path)).status).toBe(404)
        expect((await api.form(path, fill)).status).toBe(404)
      }
    expect(held()).toBe(before)
  })

  it('says nothing of another person, whose name is put into it', async () => {
    for (const purpose of purposes) {
      const [text = '', mac = ''] = linkIn(api, purpose).slice(3).split('.')
      const claims = Buffer.from(text, 'base64url').toString().replace('"anna"', '"bea"')
      const forged = `/${purpose}/${Buffer.from(claims).toString('base64url')}.${mac}`
      expect(claims).toContain('bea')
      expect((await api.form(forged, fill)).status).toBe(404)
    }
    expect((await api.get('/v1/customers/bea')).json.consent).toBeUndefined()
  })

  it.each([
    ['r', 90],
    ['u', 730],
    ['p', 730],
  ] as const)('/%s ends after %d days', async (purpose, days) => {
    const path = linkIn(api, purpose)
    api.world.clock.advance(days * 24 * 3_600_000 - 1)
    expect((await open(path)).status).toBe(200)
    api.world.clock.advance(1)
    const before = held()
    expect((await open(path)).status).toBe(410)
    expect((await api.form(path, fill)).status).toBe(410)
    expect(held()).toBe(before)
  })

  it('that is opened, by a person or by a scanner, changes nothing', async () => {
    const before = held()
    for (const purpose of purposes)
      for (const method of ['GET', 'HEAD'])
        for (const query of ['', '?score=5', '?on=offers&shown=offers&none=1', '?List-Unsubscribe=One-Click'])
          expect((await open(linkIn(api, purpose) + query, method)).status).toBe(200)
    expect(held()).toBe(before)
  })

  it.each(['runtime/links.ts', 'runtime/keys.ts'])('%s compares in constant time', async (file) => {
    const text = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8')
    expect(text).toContain('timingSafeEqual(')
    expect(text).not.toMatch(/\b(?:mac|hash|secret)\b\s*[!=]==?\s/)
  })
})

describe('a mailbox that belongs to somebody else by now', () => {
  it('neither shows nor changes what the person wants to hear', async () => {
    const path = linkIn(api, 'p')
    expect((await open(path)).status).toBe(200)
    await api.patch('/v1/customers/anna', { email: 'anna.new@example.it' })
    const before = held()
    expect((await open(path)).status).toBe(410)
    expect((await api.form(path, { shown: 'offers', on: 'offers' })).status).toBe(410)
    expect((await api.form(path, { none: '1', shown: 'service' })).status).toBe(410)
    expect(held()).toBe(before)
    await api.patch('/v1/customers/anna', { email: ' Anna@EXAMPLE.it'.trim() })
    expect((await open(path)).status, 'the same mailbox, written otherwise').toBe(200)
  })

  it('can still leave the topic that it is written on, and is led no further', async () => {
    const path = linkIn(api, 'u')
    expect((await open(path)).text).toMatch(/href="\/p\//)
    await api.patch('/v1/customers/anna', { email: 'anna.new@example.it' })
    expect((await open(path)).text).not.toMatch(/href="\/p\//)
    const left = await api.form(path, { 'List-Unsubscribe': 'One-Click' })
    expect(left.status).toBe(200)
    expect(left.text).not.toMatch(/href="\/p\//)
    expect(await consent()).toEqual({ service: false })
  })

  it('is not let in by a change that happens at that very moment', async () => {
    const path = linkIn(api, 'p')
    const { table } = api.world
    const get = table.get.bind(table)
    let reads = 0
    table.get = async (pk, sk) => {
      const row = await get(pk, sk)
      if (pk === 'C#anna' && sk === '!' && ++reads === 1) {
        table.get = get
        await api.patch('/v1/customers/anna', { email: 'anna.new@example.it' })
      }
      return row
    }
    expect((await api.form(path, { shown: 'offers', on: 'offers' })).status).toBe(410)
    expect(await consent()).toBeUndefined()
  })

  it('is not mistaken for the present one by a link that names none', async () => {
    const expiresAt = api.world.clock.now() + 1000
    const { linkSecret } = api.world.config
    for (const address of [undefined, '', 'x'])
      expect(
        (
          await open(
            linkPath(linkSecret, {
              purpose: 'p',
              customerId: 'anna',
              expiresAt,
              ...(address !== undefined && { address }),
            }),
          )
        ).status,
      ).toBe(410)
  })
})
