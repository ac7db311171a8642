import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Surroundings } from '../../cli/command.ts'
import { Api } from '../http/api.ts'
import { apology, birthday, settings, shell, type Shell } from './shell.ts'

const definition = apology['workflows/apology/workflow.yaml'] ?? ''
const url = 'http://127.0.0.1:8787'

/** A deployment in memory, and a command line that reaches it. */
async function connected(files: { [path: string]: string } = {}) {
  const api = new Api()
  const asked: string[] = []
  const around: Partial<Surroundings> = {
    env: { PREMURA_KEY: await api.key('admin') },
    fetch: async (input, init) => {
      asked.push(`${init?.method} ${String(input)}`)
      return await api.app.request(String(input), init)
    },
  }
  const local = await shell(files)
  const run: Shell['run'] = (words, more) => local.run(words, { ...around, ...more })
  return { api, asked, ...local, run }
}

describe('premura push', () => {
  test('brings settings and workflows, and then nothing more', async () => {
    const { run, api } = await connected({ ...apology, ...birthday })
    expect(await run('push')).toEqual({
      code: 0,
      out: `workflows → ${url}
  settings  changed
  apology   published version 1 (new)
  birthday  published version 1 (new)

2 workflows pushed, 0 unchanged.
`,
      err: '',
    })
    expect((await api.runtime.catalog.settings()).text).toBe(settings)
    expect(await api.runtime.catalog.list()).toMatchObject([
      { name: 'apology', state: 'live', version: 1 },
      { name: 'birthday', state: 'live', version: 1 },
    ])
    expect(await run('push')).toMatchObject({
      code: 0,
      out: `workflows → ${url}
  settings  unchanged
  apology   unchanged, version 1
  birthday  unchanged, version 1

0 workflows pushed, 2 unchanged.
`,
    })
    expect(await api.runtime.catalog.list()).toMatchObject([{ version: 1 }, { version: 1 }])
  })

  test('publishes what has changed', async () => {
    const { run, write } = await connected({ ...apology, ...birthday })
    await run('push')
    await write({
      'workflows/apology/workflow.yaml': definition
        .replace('wait: 3 days', 'wait: 4 days')
        .replace('Say sorry', 'Sorry'),
    })
    await write({
      'workflows/apology/scenarios.yaml': (apology['workflows/apology/scenarios.yaml'] ?? '').replace(
        '5 days',
        '6 days',
      ),
    })
    const { code, out } = await run('push')
    expect(code).toBe(0)
    expect(out).toContain('  apology   published version 2 (changed)\n  birthday  unchanged, version 1\n')
  })

  test('says what is odd, and pushes all the same', async () => {
    const { run, api } = await connected({
      ...apology,
      'workflows/apology/workflow.yaml': definition.replace('await: purchase', 'await: parcel.lost'),
      'workflows/apology/scenarios.yaml': '[]\n',
    })
    const { code, out } = await run('push')
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(
        /^workflows\/apology\/workflow\.yaml:13:12 {2}warning {2}Nothing is known to send `parcel\.lost`\n/,
      ),
    ])
    expect(await api.runtime.catalog.list()).toMatchObject([{ name: 'apology', version: 1 }])
  })

  test('only says what it would do, when asked', async () => {
    const { run, api, asked } = await connected(apology)
    const { code, out } = await run('push --dry-run')
    expect(code).toBe(0)
    expect(out).toContain(
      '(dry run)\n  settings  changed\n  apology   to be published (new)\n\n1 workflow to push',
    )
    expect(asked.every((line) => line.startsWith('GET '))).toBe(true)
    expect(await api.runtime.catalog.list()).toEqual([])
  })

  test('saves drafts alone, when asked, and leaves settings alone', async () => {
    const { run, api } = await connected(apology)
    const before = (await api.runtime.catalog.settings()).text
    expect((await run('push --no-publish')).out).toContain(
      '  settings  differ, left as they are\n  apology   saved as draft (new)\n',
    )
    expect(await api.runtime.catalog.list()).toMatchObject([
      { name: 'apology', state: 'draft', version: null },
    ])
    expect((await api.runtime.catalog.settings()).text).toBe(before)
    expect((await run('push --no-publish')).out).toContain('unchanged draft')
  })

  test('publishes everything again for a new layout', async () => {
    const { run, write } = await connected(apology)
    await run('push')
    await write({
      'workflows/layout.mjml':
        '<mjml><mj-body>{{ content }}<mj-section><mj-column><mj-text>{{ brand.postalAddress }} <a href="{{ links.unsubscribe }}">x</a></mj-text></mj-column></mj-section></mj-body></mjml>',
    })
    expect((await run('push')).out).toContain('  apology   published version 2 (new layout)')
    expect((await run('push')).out).toContain('unchanged, version 2')
  })

  test('does not overwrite a draft that somebody is working on', async () => {
    const { run, api, write } = await connected(apology)
    await run('push')
    const files = { definition: definition.replace('Say sorry', 'Edited in the browser'), templates: {} }
    await api.put('/v1/workflows/apology/draft', files)
    await write({ 'workflows/apology/workflow.yaml': definition.replace('Say sorry', 'Changed here') })
    const refused = await run('push')
    expect(refused.code).toBe(1)
    expect(refused.out).toContain('not overwritten: its draft was edited on the deployment')
    expect((await api.runtime.catalog.get('apology'))?.draft?.files['workflow.yaml']).toContain(
      'Edited in the browser',
    )
    expect(await run('push --force')).toMatchObject({
      code: 0,
      out: expect.stringContaining('published version 2 (forced)'),
    })
  })

  test('sends nothing when something is wrong, be it one scenario', async () => {
    const { run, write, asked } = await connected({ ...apology, ...birthday })
    await write({ 'workflows/birthday/workflow.yaml': 'workflow: birthday\n' })
    expect(await run('push')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error Nothing was pushed: \d+ errors?\./),
    })
    await write({
      ...birthday,
      'workflows/apology/workflow.yaml': definition.replace('for: 14 days', 'for: 1 day'),
    })
    expect(await run('push')).toMatchObject({
      code: 1,
      err: 'error Nothing was pushed: 1 scenario failed.\n      premura test tells why.\n\napology: comes back by herself\n',
    })
    expect(asked).toEqual([])
  })

  test('needs a key that may', async () => {
    const { run, api } = await connected(apology)
    const reading = await api.key('workflows:read')
    expect(await run(`push --key ${reading}`)).toMatchObject({
      code: 1,
      err: expect.stringContaining(
        'Make one with: premura keys create --name NAME --scope workflows:publish',
      ),
    })
    expect(await run('push', { env: {} })).toMatchObject({
      code: 1,
      err: 'error This needs an API key.\n      Name one with --key or PREMURA_KEY.\n',
    })
    expect(await run('push --key wrong')).toMatchObject({
      code: 1,
      err: expect.stringContaining('The deployment does not know this key.'),
    })
  })
})

describe('premura pull', () => {
  test('writes what was pushed, byte for byte', async () => {
    const { run, api } = await connected({ ...apology, ...birthday })
    await run('push')
    const other = await shell()
    const around: Partial<Surroundings> = {
      env: { PREMURA_KEY: await api.key('workflows:read') },
      fetch: async (input, init) => await api.app.request(String(input), init),
    }
    const { code, out } = await other.run('pull', around)
    expect(code).toBe(0)
    expect(out).toContain('written  workflows/apology/workflow.yaml')
    for (const [path, text] of Object.entries({ ...apology, ...birthday }))
      if (path.startsWith('workflows/')) expect(await other.read(path), path).toBe(text)
    expect((await other.run('validate')).code).toBe(0)
    expect((await other.run('pull', around)).out).toMatch(/^0 files written, \d+ unchanged\.\n$/)
  })

  test('keeps what differs here, unless it is forced', async () => {
    const { run, write, read } = await connected(apology)
    await run('push')
    await write({ 'workflows/apology/offer.mjml': 'mine' })
    expect(await run('pull')).toMatchObject({
      code: 1,
      out: expect.stringContaining('differs  workflows/apology/offer.mjml'),
    })
    expect(await read('workflows/apology/offer.mjml')).toBe('mine')
    expect(await run('pull --force')).toMatchObject({ code: 0 })
    expect(await read('workflows/apology/offer.mjml')).toBe(apology['workflows/apology/offer.mjml'])
  })

  test('fetches a draft', async () => {
    const { run, api, read } = await connected(apology)
    await run('push')
    await api.put('/v1/workflows/apology/draft', { definition: 'workflow: apology\n', templates: {} })
    await run('pull copy --workflow apology --draft')
    expect(await read('copy/apology/workflow.yaml')).toBe('workflow: apology\n')
    await expect(read('copy/settings.yaml')).rejects.toThrow()
  })

  test('writes nowhere else, whatever the deployment says', async () => {
    const { run, read } = await connected()
    const answer = (templates: object) => async (input: Parameters<typeof fetch>[0]) => {
      if (String(input).endsWith('/v1/settings')) return Response.json({ settings: 'a', layout: 'b' })
      const summary = { name: 'a', title: 'A', state: 'live', version: 1 }
      if (String(input).endsWith('/v1/workflows')) return Response.json({ workflows: [summary] })
      return Response.json({ ...summary, definition: 'x', templates })
    }
    for (const file of ['../../evil.mjml', '/etc/evil.mjml', '.npmrc', 'a/b.mjml', '..', 'a\\b.mjml'])
      expect(await run('pull', { fetch: answer({ [file]: 'x' }) }), file).toMatchObject({
        code: 1,
        err: expect.stringContaining('which is no name for a file here'),
      })
    await expect(read('workflows/settings.yaml')).rejects.toThrow()
  })
})

describe('premura keys', () => {
  test('makes a key that works, lists it without its secret, and revokes it', async () => {
    const { run, api } = await connected()
    const made = await run('keys create --name shop --scope events:write,customers:read')
    expect(made).toMatchObject({
      code: 0,
      err: expect.stringContaining('the only time that the key is shown'),
    })
    const secret = made.out.trim()
    expect((await api.post('/v1/events', { type: 'a.b', customerId: 'x' }, { key: secret })).status).toBe(202)

    const { out } = await run('keys list')
    expect(out).toMatch(/^key_\S+ +shop +events:write customers:read +…\S{4} +2026-03-26$/m)
    expect(out).not.toContain(secret)
    const id = /^(key_\S+) +shop/m.exec(out)?.[1]
    expect(await run(`keys revoke ${id}`)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`revoked ${id}`),
    })
    expect((await run('keys list')).out).not.toContain('shop')
    expect(await run(`keys revoke ${id}`)).toMatchObject({
      code: 1,
      err: 'error There is no such key. (404)\n',
    })
  })

  test('replaces a key while the old one goes on working', async () => {
    const { run, api } = await connected()
    const old = (await run('keys create --name shop --scope events:write')).out.trim()
    const id = /^(key_\S+) +shop/m.exec((await run('keys list')).out)?.[1]
    const rotated = await run(`keys rotate ${id} --grace PT2H`)
    expect(rotated).toMatchObject({ code: 0, err: expect.stringContaining('works until 2026-03-26T12:00Z') })
    const event = { type: 'a.b', customerId: 'x' }
    for (const key of [old, rotated.out.trim()])
      expect((await api.post('/v1/events', event, { key })).status).toBe(202)
    expect((await run('keys list')).out).toMatch(
      /^key_\S+ +shop +events:write +…\S{4} +2026-03-26 +until 2026-03-26T12:00Z$/m,
    )
  })

  test.each([
    ['keys rotate', 'Name the id of one key.'],
    ['keys create --scope events:write', 'Say what the key is for with --name NAME.'],
    ['keys create --name shop', 'Say what it may do with --scope SCOPE.'],
    ['keys create --name shop --scope event:write', 'Did you mean events:write?'],
    ['keys revoke', 'Name the id of one key.'],
    ['keys lsit', 'Did you mean premura keys list?'],
  ])('%s: %s', async (line, message) => {
    const { run, asked } = await connected()
    expect(await run(line)).toMatchObject({ code: 2, err: expect.stringContaining(message) })
    expect(asked).toEqual([])
  })
})

describe('a person of the deployment', () => {
  let world: Awaited<ReturnType<typeof connected>>
  beforeEach(async () => {
    world = await connected(apology)
    await world.run('push')
    await world.api.put('/v1/customers/anna', { email: 'anna@example.it', firstName: 'Anna', locale: 'it' })
    await world.api.post('/v1/events', {
      id: 'r-1',
      type: 'csat.rated',
      customerId: 'anna',
      data: { score: 5, ticketId: 'T-1' },
    })
    await world.api.settle()
  })

  test('is answered why they did not enter', async () => {
    const { code, out } = await world.run('explain apology --id anna --event r-1')
    expect(code).toBe(0)
    expect(out).toMatch(/Anna/)
    expect(out).toContain('trigger.when → not-matched')
    expect(out).toContain('event.score 5')
    const { out: json } = await world.run('explain workflows/apology --id anna --json')
    expect(JSON.parse(json)).toMatchObject({ answer: expect.any(String), because: expect.any(Array) })
  })

  test('is exported to a file that is theirs alone, once', async () => {
    const { run, read, cwd } = world
    expect(await run('export anna --out anna-all.json')).toMatchObject({ code: 0 })
    expect(JSON.parse(await read('anna-all.json'))).toMatchObject({
      customerId: 'anna',
      profile: { firstName: 'Anna' },
    })
    expect((await stat(join(cwd, 'anna-all.json'))).mode & 0o777).toBe(0o600)
    expect(await run('export anna --out anna-all.json')).toMatchObject({
      code: 1,
      err: 'error anna-all.json exists already.\n',
    })
    expect(JSON.parse((await run('export anna')).out)).toMatchObject({ customerId: 'anna' })
    expect(await run('export nobody')).toMatchObject({
      code: 1,
      err: 'error There is no such customer. (404)\n',
    })
  })

  test('is erased by somebody who is sure', async () => {
    const { run, api } = world
    expect(await run('erase anna')).toMatchObject({ code: 2, err: expect.stringContaining('Say --yes') })
    expect(await run('erase anna', { ask: async () => 'y' })).toMatchObject({
      code: 1,
      err: 'error Nothing was erased.\n',
    })
    expect((await api.get('/v1/customers/anna')).status).toBe(200)
    expect(await run('erase anna', { ask: async () => 'anna' })).toMatchObject({ code: 0 })
    expect((await api.get('/v1/customers/anna')).status).toBe(404)
    expect(await run('erase anna --yes')).toMatchObject({ code: 1 })
  })
})

describe('a deployment', () => {
  const refusing = async () => {
    throw new TypeError('fetch failed', {
      cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    })
  }

  test('that does not answer is named', async () => {
    const { run } = await connected()
    expect(await run('keys list', { fetch: refusing })).toMatchObject({
      code: 1,
      err: `error No deployment answers at ${url} (Nobody listens there).\n      Start one with npm start, or name another with --url or PREMURA_URL.\n`,
    })
  })

  test('is the one of --url, else of PREMURA_URL', async () => {
    const { run, asked, api } = await connected()
    const env = { PREMURA_KEY: await api.key('admin'), PREMURA_URL: 'https://care.example.com/' }
    await run('keys list', { env })
    await run('keys list --url https://other.example.com/base', { env })
    expect(asked).toEqual([
      'GET https://care.example.com/v1/keys',
      'GET https://other.example.com/base/v1/keys',
    ])
  })

  test.each([
    'care.example.com',
    'ftp://care.example.com',
    'https://user@care.example.com',
    'https://care.example.com/?a=1',
  ])('%s is no address of one', async (address) => {
    const { run, asked } = await connected()
    expect(await run(`keys list --url ${address}`)).toMatchObject({ code: 2 })
    expect(asked).toEqual([])
  })

  test('that is far away gets the key unencrypted only with a warning', async () => {
    const { run } = await connected()
    const warning = 'warning The key travels to care.example.com unencrypted: use https.\n'
    expect((await run('keys list --url http://care.example.com')).err).toBe(warning)
    for (const near of [
      'http://127.0.0.1:1',
      'http://localhost:1',
      'http://[::1]:1',
      'https://care.example.com',
    ])
      expect((await run(`keys list --url ${near}`)).err, near).toBe('')
  })

  test('that is something else is not believed', async () => {
    const { run } = await connected()
    for (const answer of ['<html>', '{"keys":[{"id":1}]}', ''])
      expect(await run('keys list', { fetch: async () => new Response(answer) })).toMatchObject({
        code: 1,
        err: expect.stringContaining(
          'with something else than expected.\n      Is it Premura, in this version?',
        ),
      })
    expect(
      await run('keys list', { fetch: async () => new Response('<h1>Bad gateway', { status: 502 }) }),
    ).toMatchObject({
      code: 1,
      err: 'error GET /v1/keys was refused (502)\n',
    })
  })

  test('cannot move the cursor', async () => {
    const { run } = await connected()
    const keys = [{ id: 'k', name: '\u001B[2J', scopes: [], createdAt: '2026-01-01', lastFour: 'abcd' }]
    const { out } = await run('keys list', { fetch: async () => Response.json({ keys }) })
    expect(out).toContain('␛[2J')
    expect(out).not.toContain('\u001B')
  })
})
