/**
 * What somebody would write who wants to stop the process: workflows, mails, conditions, files, values. Run by itself, in a
 * process with little memory that `bombs.test.ts` starts, it plays each against the HTTP app and tells what came of it.
 */
import { Api } from '../http/api.ts'

type Files = { [file: string]: string }
interface Answered {
  status: number
  text: string
}

export interface Told {
  name: string
  status: number
  characters: number
  ms: number
  /** The end of the answer, for whoever reads a failure. */
  tail: string
}

const mail = (body: string, subject = 'x') =>
  `---\nsubject: ${JSON.stringify(subject)}\n---\n<mj-section><mj-column><mj-text>${body}</mj-text></mj-column></mj-section>\n`
const head = 'workflow: w\ntopic: service\ntrigger: { event: a.b }\nenroll: { per: event.nr }\n'
const again = (step: string, times = 100) =>
  `steps:\n  - repeat: ${times} times\n    every: 1 hour\n    steps:\n      - ${step}\n`
const hundred = 'x'.repeat(100)
/** A few doublings away from what is too large. */
const x = 'abc'.repeat(1000)
const data = {
  text: 'abcdefghij'.repeat(1000),
  list: Array.from({ length: 1000 }, (_, nr) => nr),
  digits: '9'.repeat(8000),
  tags: '<script'.repeat(1000),
  blanks: `${' '.repeat(8000)}x`,
}

/** Played with `simulate`, and saved, published and run by events. */
const workflows: { [name: string]: { steps: string; files?: Files; hours?: number } } = {
  'a text that doubles': { steps: again('set: { x: customer.x + customer.x }') },
  'a list that doubles': { steps: again('set: { x: "[customer.x, customer.x]" }') },
  'a map that doubles': { steps: again(`set: { x: '{"a": customer.x, "b": customer.x}' }`) },
  'many attributes that grow': {
    steps: `steps:\n${Array.from({ length: 90 }, (_, nr) => `  - set: { x${nr}: event.text + event.text + event.text }\n`).join('')}`,
  },
  'events that feed themselves': {
    steps: 'steps:\n  - emit: a.b\n    data: { nr: event.nr + 1, text: event.text }\n',
  },
  'data that outgrows the queue': {
    steps:
      'steps:\n  - emit: a.b\n    data: { nr: event.nr + 1, text: event.text + event.text + event.text }\n',
  },
  'a hundred large mails': {
    steps: again('send: a'),
    files: { 'a.mjml': mail('{% for i in (1..40) %}{{ event.text }}{% endfor %}') },
  },
  'a hundred slow mails': {
    steps: again('send: a'),
    files: {
      'a.mjml': mail(
        '{% for i in (1..300) %}{% for j in (1..300) %}{% if event.text contains "zz" %}x{% endif %}{% endfor %}{% endfor %}',
      ),
    },
    hours: 0,
  },
  'a title without an end': {
    steps: `steps:\n  - task: t\n    queue: q\n    title: "{% for i in (1..99999999) %}x{% endfor %}"\n`,
  },
  'cuts that count through a text': {
    steps: 'steps:\n  - send: a\n',
    files: {
      'a.mjml': mail('{{ event.digits | slice: event.digits }}{{ event.text | slice: 0, event.digits }}'),
    },
  },
  'tags that are never closed, taken out': {
    steps: 'steps:\n  - send: a\n',
    files: {
      'a.mjml': mail('{{ event.tags | strip_html }}{{ event.blanks | rstrip | squish | strip_newlines }}'),
    },
  },
  'pieces of pieces': {
    steps: `steps:\n  - if: 'event.list.map(i, event.text + event.text + event.text + event.text + event.text + event.text).join("").split("").size() > 3'\n    then:\n      - stop: x\n`,
  },
  'a separator between all of them': {
    steps: `steps:\n  - set: { x: 'event.list.map(i, "a").join(event.text)' }\n`,
  },
  'a list of lists of one list': {
    steps: `steps:\n  - set: { x: 'event.list.map(i, event.list)' }\n`,
  },
  'waits of no time': { steps: again('wait: 0 minutes') },
}

/** Expressions that must be refused, or come to an end like any other. */
const conditions: { [name: string]: string } = {
  'a loop in a loop': '[1,2,3].map(a, [1,2,3].map(b, [1,2,3].map(c, a * b * c))).size() > 0',
  'a regular expression': 'event.text.matches("^(a+)+$")',
  'a deep text': `${'('.repeat(2000)}true${')'.repeat(2000)}`,
  'a long chain': Array.from({ length: 5000 }, () => 'true').join(' && '),
  'a long list': `event.nr in [${Array.from({ length: 5000 }, (_, nr) => nr).join(',')}]`,
  'a long text': `event.text == "${'a'.repeat(50_000)}"`,
  'an integer beyond all': '9999999999999999999999999999 > 1',
  'the prototype': 'event.constructor.constructor("return process")().exit() == 1',
  'the prototype, put together': 'event["const" + "ructor"]["prototype"] != 1',
  'a function of the library': 'cel.bind(a, event.text + event.text, a == "x")',
  'many ternaries': `${'true ? '.repeat(500)}true${' : false'.repeat(500)}`,
  'many minus signs': `${'-'.repeat(1999)}1 < 0`,
  'many negations': `${'!'.repeat(1999)}true`,
  'many indexes': `event${'["a"]'.repeat(390)} == 1`,
}

/** Liquid that must not be published, or say nothing when it is. */
const liquids: { [name: string]: string } = {
  'itself, included': '{% include "a" %}{% render "a" %}',
  'a layout': '{% layout "/etc/passwd" %}{% block a %}{% endblock %}',
  'the prototype': '{{ customer.constructor.constructor }}{{ event.__proto__ }}',
  'deep blocks': '{% if true %}'.repeat(5000) + '{% endif %}'.repeat(5000),
  'many mails’ worth': '{{ event.a }}'.repeat(700),
  'three loops': `${'{% for i in (1..1000) %}'.repeat(3)}x${'{% endfor %}'.repeat(3)}`,
  'many filters': `{{ event.text ${'| append: event.text '.repeat(5000)}}}`,
  'many variables': '{{ event.a }}'.repeat(10_000),
  'an open tag': `{{ ${'a'.repeat(100_000)}`,
  'many open tags': '{{'.repeat(50_000),
  'a raw block': '{% raw %}{{ x }}{% endraw %}',
  'deep elements': '<div>'.repeat(20_000),
  'attributes without an end': `<a ${'b="'.repeat(20_001)}`,
}

const files: { [name: string]: string } = {
  'an alias bomb': `a: &a [${hundred}]\n${Array.from({ length: 25 }, (_, nr) => `${'b'.repeat(nr + 1)}: &n${nr} [${Array(9).fill(nr === 0 ? '*a' : `*n${nr - 1}`)}]`).join('\n')}`,
  'merge keys': `a: &a { x: 1 }\n${Array.from({ length: 500 }, (_, nr) => `b${nr}: { <<: *a, y: ${nr} }`).join('\n')}`,
  'the same key again and again': 'workflow: w\n'.repeat(10_000),
  'brackets without an end': '['.repeat(100_000),
  'braces without an end': '{a: '.repeat(50_000),
  'lines further and further to the right': Array.from(
    { length: 700 },
    (_, nr) => `${' '.repeat(nr)}a:`,
  ).join('\n'),
  'one scalar': `title: ${'x'.repeat(190_000)}`,
  'one number': `workflow: w\ntitle: ${'9'.repeat(190_000)}`,
  'many documents': '---\na: 1\n'.repeat(20_000),
  'many anchors': Array.from({ length: 20_000 }, (_, nr) => `- &a${nr} x`).join('\n'),
  'many tags': '- !!js/function "x"\n'.repeat(8000),
  'a tag that makes a program': 'workflow: !!js/function "function () { process.exit(1) }"',
  'many complex keys': '? [a, b]\n: x\n'.repeat(8000),
  'many comments': '# x\n'.repeat(45_000),
  'keys of the prototype': '__proto__: { workflow: w }\nconstructor: { prototype: { x: 1 } }\n',
}

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
const bodies: { [name: string]: string } = {
  'objects in objects': `{"type":"a.b","customerId":"x","data":${deep(20_000)}}`,
  'lists in lists': `{"type":"a.b","customerId":"x","data":{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`,
  'lists without an end': '['.repeat(1_000_000),
  'a number of many digits': `{"type":"a.b","customerId":"x","data":{"a":${'9'.repeat(60_000)}}}`,
  'many members': `{"type":"a.b","customerId":"x","data":{${Array.from({ length: 60_000 }, (_, nr) => `"a${nr}":1`).join(',')}}}`,
  'many members of one hash': `{"type":"a.b","customerId":"x","data":{${Array.from({ length: 40_000 }, (_, nr) => `"${nr}":1`).join(',')}}}`,
  'many events that are none': `{"events":[${Array(500).fill('{}').join(',')}]}`,
  'more events than are taken': `{"events":[${Array(20_000).fill('{}').join(',')}]}`,
  escapes: `{"type":"${'\\u0000'.repeat(100_000)}","customerId":"x"}`,
  'the prototype':
    '{"type":"a.b","customerId":"x","data":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}',
}

const events = Array.from({ length: 5 }, (_, nr) => ({
  after: 'PT1S',
  event: 'a.b',
  id: `e${nr}`,
  data: { nr, ...data },
}))

async function play(tell: (told: Told) => void): Promise<void> {
  const attempt = async (name: string, act: (api: Api) => Promise<Answered>) => {
    const api = new Api()
    // Patience is measured on a clock that runs five times as fast, so that nobody waits for it to end.
    api.world.clock.monotonicMs = () => performance.now() * 5
    await api.put('/v1/settings', {
      settings:
        'brand: { name: A, url: "https://a.example" }\nsenders: { default: { from: "a@a.example" } }\ntaskQueues: [q]\n',
    })
    await api.put('/v1/customers/anna', { email: 'anna@example.it', x })
    const began = performance.now()
    const { status, text } = await act(api)
    const ms = Math.round(performance.now() - began)
    tell({ name, status, characters: text.length, ms, tail: text.slice(-300) })
  }

  for (const [name, { steps, files: templates = {}, hours = 8 }] of Object.entries(workflows)) {
    const definition = head + steps
    const customer = { email: 'anna@example.it', x }
    const files = { definition, templates }
    await attempt(`simulate: ${name}`, (api) =>
      api.post('/v1/workflows/w/simulate', { ...files, customer, events }),
    )
    await attempt(`run: ${name}`, async (api) => {
      await api.put('/v1/workflows/w/draft', files)
      const published = await api.post('/v1/workflows/w/publish')
      for (const { id, event, data } of events)
        await api.post('/v1/events', { id, type: event, customerId: 'anna', data })
      await api.settle()
      // Enough rounds to grow too large, where nothing stops it.
      await api.until(api.world.clock.now() + hours * 3_600_000)
      const largest = Math.max(...api.world.table.all().map((row) => JSON.stringify(row).length))
      if (largest > 400_000) return { status: 599, text: `a row of ${largest} characters` }
      return published.status === 200 ? await api.get('/v1/customers/anna/export') : published
    })
    await attempt(`scenarios: ${name}`, async (api) => {
      const given = JSON.stringify([
        { at: '2026-03-26T10:00', event: 'a.b', data: { nr: 1, text: data.text } },
      ])
      const scenarios = Array.from(
        { length: 8 },
        (_, nr) =>
          `- scenario: s${nr}\n  customer: { email: a@b.it, x: ${x} }\n  given: ${given}\n  expect: [{ ends: completed }]\n`,
      ).join('')
      await api.put('/v1/workflows/w/draft', { ...files, scenarios })
      return await api.post('/v1/workflows/w/publish')
    })
  }
  for (const [name, condition] of Object.entries(conditions))
    await attempt(`condition: ${name}`, (api) =>
      api.post('/v1/workflows/w/simulate', {
        definition: `${head}steps:\n  - if: ${JSON.stringify(condition)}\n    then:\n      - stop: reached\n`,
        customer: { email: 'a@b.it' },
        events,
      }),
    )
  for (const [name, liquid] of Object.entries(liquids))
    await attempt(`liquid: ${name}`, (api) =>
      api.post('/v1/workflows/w/simulate', {
        definition: `${head}steps:\n  - send: a\n`,
        templates: { 'a.mjml': mail(liquid) },
        customer: { email: 'a@b.it' },
        events,
      }),
    )
  for (const [name, text] of Object.entries(files)) {
    await attempt(`file: ${name}`, (api) =>
      api.put('/v1/workflows/w/draft', text, { type: 'application/yaml' }),
    )
    await attempt(`settings: ${name}`, (api) => api.put('/v1/settings', { settings: text }))
    await attempt(`scenario file: ${name}`, async (api) => {
      const definition = `${head}steps:\n  - stop: x\n`
      await api.put('/v1/workflows/w/draft', { definition, scenarios: text })
      return await api.post('/v1/workflows/w/publish')
    })
    await attempt(`head of a mail: ${name}`, (api) =>
      api.put('/v1/workflows/w/draft', {
        definition: `${head}steps:\n  - send: a\n`,
        templates: { 'a.mjml': `---\n${text}\n---\n<mj-section></mj-section>` },
      }),
    )
  }
  for (const [name, body] of Object.entries(bodies))
    for (const [method, path] of [
      ['POST', '/v1/events'],
      ['PUT', '/v1/customers/anna'],
      ['PUT', '/v1/workflows/w/draft'],
      ['POST', '/v1/workflows/w/simulate'],
      ['POST', '/v1/pools/p'],
    ] as const)
      await attempt(`body of ${method} ${path}: ${name}`, (api) => api.call(method, path, { body }))
}

if (process.argv[2] === 'play') {
  await play((told) => process.stdout.write(`${JSON.stringify(told)}\n`))
  process.stdout.write(
    `${JSON.stringify({ peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024), polluted: 'polluted' in {} })}\n`,
  )
}
