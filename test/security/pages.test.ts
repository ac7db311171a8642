/** What a browser is told with every answer: run nothing, load nothing, stand in no frame, remember nothing, tell nobody. */
import { load } from 'cheerio'
import { beforeEach, describe, expect, it } from 'vitest'
import { routes } from '../../runtime/http/app.ts'
import type { Api } from '../http/api.ts'
import { careApi, closeTicket, linkIn } from '../http/care.ts'
import { openCareShop } from '../local/shop.ts'

let api: Api
beforeEach(async () => {
  api = await careApi()
  await closeTicket(api)
})

const directives = (policy: string | null) =>
  new Map(
    (policy ?? '').split(';').map((one): [string, string] => {
      const [name = '', ...values] = one.trim().split(/\s+/)
      return [name, values.join(' ')]
    }),
  )

/** @param open what is the same for everybody may be kept, and read by the pages of others */
function expectNothingKept(headers: Headers, open = false): void {
  expect(headers.get('set-cookie')).toBeNull()
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('cache-control')).toBe(open ? 'public, max-age=3600' : 'no-store')
  expect(headers.get('access-control-allow-origin')).toBe(open ? '*' : null)
}

describe('a page behind a link', () => {
  it.each([
    ['r', ''],
    ['r', '?score=4'],
    ['u', ''],
    ['p', ''],
    ['forged', ''],
    ['expired', ''],
  ])('%s%s runs no script, stands in no frame and passes nothing on', async (kind, query) => {
    const path = kind === 'r' || kind === 'u' || kind === 'p' ? linkIn(api, kind) : `${linkIn(api, 'u')}`
    if (kind === 'expired') api.world.clock.advance(800 * 24 * 3_600_000)
    const target = kind === 'forged' ? `${path}x` : path + query
    for (const answer of [
      await api.get(target, { key: null }),
      await api.form(target, { comment: '<script>' }),
    ]) {
      const { headers, text } = answer
      expectNothingKept(headers)
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('x-frame-options')).toBe('DENY')
      const policy = directives(headers.get('content-security-policy'))
      expect(policy.get('default-src')).toBe("'none'")
      expect(policy.get('frame-ancestors')).toBe("'none'")
      expect(policy.get('base-uri')).toBe("'none'")
      expect(policy.get('form-action')).toBe("'self'")
      expect(policy.get('style-src')).toMatch(/^'sha256-[^']+'$/)
      expect(policy.has('script-src')).toBe(false)
      const $ = load(text)
      expect($('script, iframe, object, embed, link, base, img, [src]').length).toBe(0)
      const attributes = $('*')
        .toArray()
        .flatMap((one) => ('attribs' in one ? Object.keys(one.attribs) : []))
      expect(attributes.filter((name) => /^on|^style$|^formaction$/.test(name))).toEqual([])
    }
  })
})

it('an answer of the API is no page, whatever it says', async () => {
  for (const { method, path } of routes) {
    const target = path.replace(/\{\w+\}/g, 'anna')
    for (const key of [undefined, null]) {
      const { headers } = await api.call(method, target, key === null ? { key } : {})
      expectNothingKept(headers, path.startsWith('/v1/schema/'))
      expect(headers.get('content-type') ?? 'none').toMatch(/^(?:application\/(?:problem\+)?json|none)$/)
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
      expect(headers.get('referrer-policy')).toBe('no-referrer')
    }
  }
})

it('the mailbox of this machine shows mails in a frame that runs nothing, and hands their source out as a download', async () => {
  const shop = await openCareShop()
  await shop.purchase('O-1', 'anna')
  await shop.settle()
  const page = await shop.call('GET', '/')
  const policy = directives(page.headers.get('content-security-policy'))
  expect(policy.get('script-src')).toBe("'self'")
  expect(policy.get('frame-ancestors')).toBe("'none'")
  expect(policy.get('form-action')).toBe("'none'")
  expectNothingKept(page.headers)
  const sandbox = load(page.text)('iframe').attr('sandbox') ?? 'none'
  expect(sandbox).not.toMatch(/allow-scripts|allow-same-origin|allow-forms|allow-top-navigation/)
  const [mail] = await shop.mails()
  const { headers } = await shop.call('GET', `/local/messages/${mail?.id}.eml`)
  expect(headers.get('content-disposition')).toMatch(/^attachment; filename="[\w.-]+\.eml"$/)
  expectNothingKept(headers)
})
