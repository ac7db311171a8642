/** Webhooks lead out, never in: no spelling of an address, no name and no answer of another system reaches what stands inside. */
import { createServer } from 'node:http'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isPublic } from '../../aws/addresses.ts'
import { createWebhooks } from '../../aws/webhooks.ts'
import { withWebhooks } from '../../aws/world.ts'

const call = (url: string) => ({ url, headers: [], body: '{}' })
const looked: string[] = []
/** A name server that answers what it is told to. */
const answering = (...addresses: string[]) =>
  createWebhooks({
    allowLoopback: false,
    timeoutMs: 500,
    lookup: async (host) => {
      looked.push(host)
      return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    },
  })

/** Ends of the ranges that IANA keeps for other purposes, and what stands in them. */
const inside4 = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '239.255.255.255'],
  ['240.0.0.0', '255.255.255.255'],
] as const
const inside6 = [
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:169.254.169.254',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::1',
  'fc00::1',
  'fd00:ec2::254',
  'fd12:3456::1',
  'fe80::1',
  'fec0::1',
  'ff02::1',
]

const number = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
const dotted = (value: number) =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
const public4 = (address: string) => isPublic({ address, family: 4 })

describe('an address', () => {
  it.each(inside4)('from %s to %s is inside, and its neighbors need not be', (from, to) => {
    fc.assert(
      fc.property(fc.integer({ min: number(from), max: number(to) }), (value) => !public4(dotted(value))),
      { examples: [[number(from)], [number(to)]] },
    )
  })

  it('of the public internet is none of these', () => {
    for (const address of [
      '1.1.1.1',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '126.255.255.255',
    ])
      expect([address, public4(address)]).toEqual([address, true])
    for (const address of [
      '128.0.0.0',
      '169.253.255.255',
      '169.255.0.0',
      '172.15.255.255',
      '172.32.0.0',
      '223.255.255.255',
    ])
      expect([address, public4(address)]).toEqual([address, true])
    for (const address of ['2606:4700::1111', '2a00:1450:4001::1'])
      expect([address, isPublic({ address, family: 6 })]).toEqual([address, true])
  })

  it('that carries one from inside is inside, too', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
        const [high = '', low = ''] = [value >>> 16, value & 0xffff].map((part) => part.toString(16))
        for (const address of [
          `::ffff:${dotted(value)}`,
          `::ffff:${high}:${low}`,
          `::${dotted(value)}`,
          `64:ff9b::${high}:${low}`,
          `2002:${high}:${low}::1`,
        ])
          expect(isPublic({ address, family: 6 }), address).toBe(false)
      }),
    )
  })

  it.each(inside6)('%s is inside', (address) => {
    expect(isPublic({ address, family: 6 })).toBe(false)
  })
})

describe('a webhook', () => {
  const metadata = [
    '169.254.169.254',
    '2852039166',
    '0xa9fea9fe',
    '0xa9.0xfe.0xa9.0xfe',
    '0251.0376.0251.0376',
    '169.254.43518',
  ]
  const loopback = [
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '017700000001',
    '127.1',
    '0',
    '127.0.0.1.',
    '１２７.0.0.1',
  ]
  const others = [
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[fd00:ec2::254]',
    '[0:0:0:0:0:0:0:1]',
    '10.0.0.1',
    '192.168.1.1',
  ]

  it.each([...metadata, ...loopback, ...others])('to %s is refused without a call', async (host) => {
    looked.length = 0
    const webhooks = answering('1.1.1.1')
    for (const url of [
      `https://${host}/`,
      `https://${host}:8443/x`,
      `https://user:pass@${host}/`,
      `http://${host}/`,
    ])
      expect((await webhooks.call(call(url))).status, url).toBe('refused')
    expect(looked, 'an address is no name to be looked up').toEqual([])
  })

  it('to a name is refused as soon as one of its addresses is inside', async () => {
    for (const address of [...inside4.flat(), ...inside6])
      expect((await answering('1.1.1.1', address).call(call('https://a.example/'))).status, address).toBe(
        'refused',
      )
  })

  it.each([
    'file:///etc/passwd',
    'ftp://a.example/',
    'gopher://a.example/',
    'data:text/html,x',
    'http://a.example/',
    '//a.example',
    '',
  ])('to %j is refused', async (url) => {
    expect((await answering('1.1.1.1').call(call(url))).status).toBe('refused')
  })

  it('on AWS calls nothing on its own machine', async () => {
    const { webhooks } = await withWebhooks(
      {},
      {
        clock: { now: () => 0, monotonicMs: () => 0 },
        ids: { next: () => '', secret: () => '' },
        log: () => undefined,
      },
    )
    expect((await webhooks?.call(call('http://127.0.0.1:9/')))?.status).toBe('refused')
    expect((await webhooks?.call(call('https://localhost:9/')))?.status).toBe('refused')
  })
})

describe('another system', () => {
  let url = ''
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const status = Number(request.url?.slice(1))
    response.writeHead(status, { location: `${url}/secret` }).end('{"a":1}')
  })
  beforeAll(async () => {
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const address = server.address()
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  })
  afterAll(() => void server.close())

  it.each([301, 302, 303, 307, 308])('that answers %s sends nobody anywhere', async (status) => {
    const near = createWebhooks({ allowLoopback: true, timeoutMs: 2000 })
    expect(await near.call(call(`${url}/${status}`))).toMatchObject({ status: 'answered', code: status })
    expect(asked).not.toContain('/secret')
  })

  it('is called at the address that was checked, though its name leads elsewhere the next time', async () => {
    const { port } = new URL(url)
    const answers = ['127.0.0.1', '169.254.169.254', '10.0.0.1']
    const rebinding = createWebhooks({
      allowLoopback: true,
      timeoutMs: 2000,
      lookup: async () => [{ address: answers.shift() ?? '10.0.0.1', family: 4 }],
    })
    expect(await rebinding.call(call(`http://rebound.example:${port}/200`))).toMatchObject({ code: 200 })
    expect(answers, 'it is looked up once a call').toEqual(['169.254.169.254', '10.0.0.1'])
    expect((await rebinding.call(call(`http://rebound.example:${port}/200`))).status).toBe('refused')
  })
})
