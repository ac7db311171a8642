import { describe, expect, test } from 'vitest'
import { apology, birthday, settings, shell } from './shell.ts'

const definition = apology['workflows/apology/workflow.yaml'] ?? ''
const misspelt = { 'workflows/apology/workflow.yaml': definition.replace('send: sorry', 'sedn: sorry') }

describe('premura validate', () => {
  test('says that nothing is wrong', async () => {
    const { run } = await shell({ ...apology, ...birthday })
    expect(await run('validate')).toEqual({ code: 0, out: '2 workflows checked: nothing wrong.\n', err: '' })
  })

  test('shows where what is wrong stands, and what was meant', async () => {
    const { run } = await shell({ ...apology, ...birthday, ...misspelt })
    expect(await run('validate')).toEqual({
      code: 1,
      out: `workflows/apology/workflow.yaml:10:5  error  \`sedn\` is not a verb
  10 │   - sedn: sorry
     │     ^
       Did you mean \`send\`?

2 workflows checked: 1 error.
`,
      err: '',
    })
  })

  test('knows the events that the other workflows of the library say, also where one alone is asked about', async () => {
    const waiting = {
      'workflows/waiting/workflow.yaml':
        'workflow: waiting\ntopic: service\ntrigger: { event: purchase }\nsteps:\n  - await: gift.sent\n    for: 3 days\n    then: [{ stop: yes }]\n',
    }
    const sending = {
      'workflows/sending/workflow.yaml':
        'workflow: sending\ntopic: service\ntrigger: { event: purchase }\nsteps:\n  - emit: gift.sent\n',
    }
    const alone = await shell({ ...waiting, 'workflows/settings.yaml': settings })
    expect(await alone.run('validate workflows/waiting')).toEqual({
      code: 0,
      out: `workflows/waiting/workflow.yaml:5:12  warning  Nothing is known to send \`gift.sent\`
  5 │   - await: gift.sent
    │            ^
      If your systems send it, list it under \`events\` in settings.yaml; or correct it.

1 workflow checked: 1 warning.
`,
      err: '',
    })
    const { run } = await shell({ ...waiting, ...sending, 'workflows/settings.yaml': settings })
    expect((await run('validate workflows/waiting')).out).toBe('1 workflow checked: nothing wrong.\n')
    expect((await run('validate')).out).toBe('2 workflows checked: nothing wrong.\n')
  })

  test('tells machines the same', async () => {
    const { run } = await shell({ ...apology, ...misspelt })
    const { code, out } = await run('validate --json')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toEqual({
      ok: false,
      workflows: [{ name: 'apology', path: 'workflows/apology' }],
      issues: [
        {
          path: 'workflows/apology/workflow.yaml',
          severity: 'error',
          file: 'workflow.yaml',
          line: 10,
          column: 5,
          message: '`sedn` is not a verb',
          hint: 'Did you mean `send`?',
        },
      ],
    })
  })

  test('checks only what is named, with the settings beside it', async () => {
    const { run } = await shell({ ...apology, ...birthday, ...misspelt })
    expect((await run('validate workflows/birthday')).out).toBe('1 workflow checked: nothing wrong.\n')
    expect((await run('validate workflows/birthday/workflow.yaml')).code).toBe(0)
    expect((await run('validate workflows/birthday workflows')).out).toContain(
      '2 workflows checked: 1 error.',
    )
  })

  test('warnings are shown, and are no reason to fail', async () => {
    const { run } = await shell({
      ...apology,
      'workflows/apology/workflow.yaml': definition.replace(
        '- stop: recovered',
        '- stop: recovered\n      - wait: 1 day',
      ),
    })
    const { code, out } = await run('validate')
    expect(out).toContain('workflows/apology/workflow.yaml:17:9  warning  This step is never reached')
    expect(out).toContain('1 workflow checked: 1 warning.')
    expect(code).toBe(0)
  })

  test('settings that are missing or wrong are the first thing to mend', async () => {
    const { 'workflows/settings.yaml': _, ...without } = apology
    const { run, write } = await shell(without)
    const missing = await run('validate')
    expect(missing.code).toBe(1)
    expect(missing.out).toContain('workflows/settings.yaml:1:1  error  This file is missing')
    expect(missing.out).toContain(
      '0 workflows checked: 1 error. 1 workflow could not be checked without settings.',
    )
    await write({ 'workflows/settings.yaml': settings.replace('brand:', 'brnad:') })
    expect((await run('validate')).out).toMatch(/workflows\/settings\.yaml:1:1 {2}error .*brnad/)
  })

  test('what is wrong with the layout is said once, in the layout', async () => {
    const { run } = await shell({
      ...apology,
      ...birthday,
      'workflows/layout.mjml':
        '<mjml><mj-body>{{ content }}<mj-section><mj-column><mj-text><a href="{{ links.unsubscribe }}">x</a></mj-text></mj-column></mj-section></mj-body></mjml>',
    })
    const { code, out } = await run('validate')
    expect(code).toBe(1)
    expect(out.match(/^workflows\/layout\.mjml:1:1 {2}error {2}.*postalAddress/gm)).toHaveLength(1)
    expect(out.match(/postalAddress/g)).toHaveLength(1)
  })

  test('scenarios that say nothing are an error', async () => {
    const { run } = await shell({ ...apology, 'workflows/apology/scenarios.yaml': '- scenaro: x\n' })
    const { code, out } = await run('validate')
    expect(out).toContain('workflows/apology/scenarios.yaml:1:3  error')
    expect(code).toBe(1)
  })

  test('two folders with one name are an error', async () => {
    const { run } = await shell({
      ...apology,
      ...Object.fromEntries(
        Object.entries(apology)
          .filter(([path]) => path.startsWith('workflows/apology/'))
          .map(([path, text]) => [path.replace('apology/', 'sorry/'), text]),
      ),
    })
    expect((await run('validate')).out).toContain(
      'workflows/sorry/workflow.yaml:1:1  error  Another workflow is called `apology`, too: the one in the folder `apology`\n  1 │ workflow: apology',
    )
  })

  test('a folder without workflow.yaml is an error, other files are none', async () => {
    const { run } = await shell({
      ...apology,
      'workflows/notes/README.md': 'x',
      'workflows/half/a.mjml': 'x',
    })
    const { code, out } = await run('validate')
    expect(out).toContain('workflows/half/workflow.yaml:1:1  error  There is no `workflow.yaml`')
    expect(out).not.toContain('notes')
    expect(code).toBe(1)
  })

  test('JSON is read as YAML is', async () => {
    const { 'workflows/birthday/workflow.yaml': yaml, ...rest } = birthday
    const json =
      '{"workflow":"birthday","title":"Birthday","topic":"service","trigger":{"date":"birthday","every":"year"},"steps":[{"send":"wish"}]}'
    const { run } = await shell({ ...apology, ...rest, 'workflows/birthday/workflow.json': json })
    expect(await run('validate')).toMatchObject({ code: 0, out: '2 workflows checked: nothing wrong.\n' })
    expect(yaml).toBeDefined()
  })

  test('long lines are shown around the place, and the caret stands under it', async () => {
    const long = definition
      .replace('title: Say sorry', `title: ${'x'.repeat(150)}`)
      .replace('when: event.score <= 2', `when: ${'event.score <= 2 && '.repeat(9)}evnt.score <= 2`)
    const { run } = await shell({ ...apology, 'workflows/apology/workflow.yaml': long })
    const [, shown = '', caret = ''] = (await run('validate')).out.split('\n')
    expect(shown.length).toBeLessThan(100)
    expect(shown.slice(caret.indexOf('^'))).toMatch(/^evnt\.score/)
  })

  test('escapes in a definition reach nobody’s terminal', async () => {
    const evil = definition.replace('send: sorry', '"\u001B[2Jsend": sorry')
    const { run } = await shell({ ...apology, 'workflows/apology/workflow.yaml': evil })
    const { code, out } = await run('validate')
    expect(code).toBe(1)
    expect(out).not.toContain('\u001B')
  })
})

describe('premura test', () => {
  test('passes', async () => {
    const { run } = await shell({ ...apology, ...birthday })
    expect(await run('test')).toEqual({
      code: 0,
      out: `apology  workflows/apology
  ✓ comes back by herself

birthday  workflows/birthday
  no scenarios

1 scenario in 2 workflows: 1 passed, 1 workflow without scenarios
`,
      err: '',
    })
  })

  test('says what was expected, and shows what happened instead', async () => {
    const scenarios = apology['workflows/apology/scenarios.yaml'] ?? ''
    const { run } = await shell({
      ...apology,
      'workflows/apology/scenarios.yaml': scenarios.replace('ends: recovered', 'ends: completed'),
    })
    expect(await run('test')).toEqual({
      code: 1,
      out: `apology  workflows/apology
  ✗ comes back by herself
      line 8: expected the journey to end as completed; it ended as recovered at 2026-03-31 16:00
      2026-03-26 16:00  csat.rated  score 1, ticketId T-1
                        enters
                        mail sorry (it) to anna@example.it: Ci dispiace, Anna
                        waits until 2026-03-30 10:00
      2026-03-30 10:00  waits for purchase, until 2026-04-13 10:00 at the latest
      2026-03-31 16:00  purchase  total 80
                        await at await-purchase → matched
                        ends: recovered

1 scenario in 1 workflow: 0 passed, 1 failed
`,
      err: '',
    })
    const { out } = await run('test --json')
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      workflows: [{ name: 'apology', scenarios: [{ scenario: 'comes back by herself', passed: false }] }],
    })
  })

  test('a workflow or scenarios that cannot be read count as failed', async () => {
    const { run, write } = await shell({ ...apology, ...misspelt })
    expect(await run('test')).toMatchObject({
      code: 1,
      out: expect.stringContaining('1 workflow with errors'),
    })
    await write({ ...apology, 'workflows/apology/scenarios.yaml': '- scenaro: x\n' })
    const { code, out } = await run('test')
    expect(code).toBe(1)
    expect(out).toContain('workflows/apology/scenarios.yaml:1:3  error')
  })
})

describe('premura explain', () => {
  test('tells a workflow from top to bottom', async () => {
    const { run } = await shell(apology)
    expect(await run('explain apology')).toEqual({
      code: 0,
      out: `Say sorry  apology

Starts    when csat.rated arrives with \`event.score <= 2\`
Who       every customer
Enters    one journey for each \`event.ticketId\`, never a second time
Topic     service answers something the customer did, so no opt-in is needed
          offers goes only to customers who opted in; at most 2 in 7 days; not between 21:00 and
          08:00 where they live (it is moved to 08:00)
In doubt  if a crash leaves it unknown whether a mail went out, it is not sent again, unless its
          step says so

1. Send the mail sorry “Sorry, ‹firstName›”, in Italian, and in English for everybody else [sorry]
2. Wait 3 days, then until the next 10:00, in the customer’s local time [wait-1]
3. Wait for purchase, at most 14 days [await-purchase]
   if it comes:
     3a.1 The journey ends: recovered [stop-recovered]
   if it does not come:
     3b.1 Send the mail offer “Come back”, topic offers, in English [offer]
The journey ends: completed
`,
      err: '',
    })
  })

  test('tells what follows on both arms of a branch once, below them', async () => {
    const { run } = await shell({
      ...apology,
      'workflows/apology/workflow.yaml': definition.replace(
        '  - wait: 3 days\n    at: "10:00"\n',
        `  - if: customer.tier == "gold"
    then:
      - wait: 1 hour
      - if: event.score == 1
        then:
          - stop: called
  - wait: 2 days
    on: [sat, sun]
`,
      ),
    })
    const { out } = await run('explain apology')
    expect(out).toContain(`2. Look whether \`customer.tier == "gold"\` [if-1]
   if so:
     2a.1 Wait 1 hour [wait-1]
     2a.2 Look whether \`event.score == 1\` [if-2]
          if so:
            2a.2a.1 The journey ends: called [stop-called]
          if not: go on
   if not: go on
3. Wait 2 days, then until a Saturday or Sunday, in the customer’s local time [wait-2]
4. Wait for purchase, at most 14 days [await-purchase]
`)
  })

  test('tells a chain of questions as a list of cases', async () => {
    const { run } = await shell({
      ...apology,
      'workflows/apology/workflow.yaml': definition.replace(
        '  - send: sorry\n',
        `  - if: event.score == 0
    then: [{ send: sorry }]
    else:
      - if: event.score == 1
        then: [{ wait: 1 day }]
        else:
          - if: event.score == 2
            then: [{ stop: enough }]
`,
      ),
    })
    const { out } = await run('explain apology')
    expect(out).toContain(`1. Look whether \`event.score == 0\` [if-1]
   if so:
     1a.1 Send the mail sorry “Sorry, ‹firstName›”, in Italian, and in English for everybody else
          [sorry]
   if not, but \`event.score == 1\` [if-2]:
     1b.1 Wait 1 day, in the customer’s local time [wait-1]
   if not, but \`event.score == 2\` [if-3]:
     1c.1 The journey ends: enough [stop-enough]
   otherwise: go on
2. Wait 3 days`)
  })

  test('tells when a date comes up for a customer', async () => {
    const { run } = await shell({ ...apology, ...birthday })
    const { code, out } = await run('explain birthday --customer anna.json')
    expect(code).toBe(0)
    expect(out).toContain(`What would happen to anna (times of Europe/Rome; nothing was sent)
  comes up next: 2026-03-14 09:00, 2027-03-14 09:00, 2028-03-14 09:00
  2026-03-14 09:00  date.reached  attribute birthday, date 1990-03-14, occurrence 2026-03-14
                    enters
                    mail wish (en) to anna@example.it: Happy birthday
                    ends: completed
`)
  })

  test('holds no private marks as JSON', async () => {
    const { run } = await shell(apology)
    const raw: string[] = []
    await run('explain apology --json', { out: (text) => raw.push(text) })
    const out = raw.join('')
    expect(out).not.toMatch(/[\u{F0000}-\u{FFFFF}]/u)
    expect(JSON.parse(out)).toMatchObject({ name: 'apology', steps: [{ number: '1', id: 'sorry' }, {}, {}] })
  })

  test('knows what there is when it is asked for what there is not', async () => {
    const { run } = await shell({ ...apology, ...birthday })
    expect(await run('explain nope')).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        'There is no folder nope and no workflow of that name in workflows/.\n      There are apology, birthday.',
      ),
    })
    expect(await run('explain workflows')).toMatchObject({
      code: 2,
      err: expect.stringContaining('holds several'),
    })
    expect(await run('explain')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Name one workflow.'),
    })
  })
})

describe('premura simulate', () => {
  const play = 'simulate apology --customer anna.json --event rating.json'

  test('plays a life, in the customer’s local time', async () => {
    const { run } = await shell(apology)
    expect(await run(play)).toEqual({
      code: 0,
      out: `What would happen to anna (times of Europe/Rome; nothing was sent)
  2026-03-26 16:00  csat.rated  score 1, ticketId T-1
                    enters
                    mail sorry (it) to anna@example.it: Ci dispiace, Anna
                    waits until 2026-03-30 10:00
  2026-03-30 10:00  waits for purchase, until 2026-04-13 10:00 at the latest
  2026-04-13 10:00  await at await-purchase → timed-out
                    gate.consent at offer → refused  topic offers, basis consent, answer null
                    ends: completed
`,
      err: '',
    })
  })

  test('stops where it is told to, and shows mails', async () => {
    const { run } = await shell(apology)
    expect((await run(`${play} --until 10␣days`)).out).toContain(
      'at the latest\n  still under way: awaiting until 2026-04-13 10:00\n',
    )
    expect((await run(`${play} --mails`)).out).toContain('│ Ci dispiace.\n')
  })

  test('takes events as they are posted to the API, and several of them', async () => {
    const { run } = await shell({
      ...apology,
      'posted.json':
        '{"type":"csat.rated","time":"2026-03-26T15:00:00Z","data":{"score":1,"ticketId":"T-1"}}',
      'later.yaml':
        '- { after: 2 days, event: purchase, data: { total: 20 } }\n- { after: 6 days, event: purchase }\n',
    })
    const { out } = await run('simulate apology --customer anna.json --event posted.json --event later.yaml')
    expect(out).toContain('2026-03-26 16:00  csat.rated')
    expect(out).toContain('2026-04-03 16:00  purchase\n                    await at await-purchase → matched')
  })

  test.each([
    ['simulate apology', 2, 'Name the customer with --customer FILE.'],
    ['simulate apology --event rating.json', 2, '--event needs a customer.'],
    ['simulate apology --customer anna.json', 2, 'apology starts with an event.'],
    ['simulate apology --customer nobody.json --event rating.json', 1, 'nobody.json cannot be read.'],
    ['simulate apology --customer broken.json --event rating.json', 1, 'broken.json:1:'],
    ['simulate apology --customer anna.json --event odd.json', 1, 'odd.json: expected "event" or "type"'],
    [`${play} --until whenever`, 2, '--until whenever is no time.'],
    [
      'simulate apology --customer anna.json --event slashes.json',
      1,
      'slashes.json: at: 26/03/2026 16:00 is no time.',
    ],
    ['simulate apology --customer anna.json --event slashes.json', 1, 'Write 2026-03-26T16:00.'],
    ['explain apology --customer anna.json --event slashes.json', 1, '26/03/2026 16:00 is no time.'],
    ['simulate apology --customer anna.json --event list.yaml', 1, 'list.yaml: 1.time: soon is no time.'],
    [
      'simulate apology --customer anna.json --event events.yaml',
      1,
      'events.yaml: events.1.after: 5 is no duration.',
    ],
  ])('%s exits with %i and says why', async (line, code, message) => {
    const { run } = await shell({
      ...apology,
      'broken.json': '{"id":',
      'odd.json': '{"score":1}',
      'slashes.json': '{"event":"csat.rated","at":"26/03/2026 16:00"}',
      'list.yaml': '- { event: csat.rated, at: 2026-03-26T16:00 }\n- { type: purchase, time: soon }\n',
      'events.yaml':
        'events:\n  - { event: csat.rated, at: 2026-03-26T16:00 }\n  - { event: purchase, after: "5" }\n',
    })
    expect(await run(line)).toMatchObject({ code, out: '', err: expect.stringContaining(message) })
  })

  test('counts from the start where the first event only says after how long', async () => {
    const { run } = await shell({
      ...apology,
      'later.json': '{"event":"csat.rated","after":"2 days","data":{"score":1}}',
    })
    const { out } = await run('simulate apology --customer anna.json --event later.json')
    expect(out).not.toContain('1970')
    expect(out).toContain('csat.rated')
    const dated = await run(
      'simulate apology --customer anna.json --event later.json --start 2026-03-26T16:00',
    )
    expect(dated.out).toContain('2026-03-28 16:00  csat.rated')
  })

  test.each(['simulate', 'explain'])(
    '%s ends with 1 where a mail cannot be made, and tells the story',
    async (verb) => {
      const { run } = await shell({
        ...apology,
        'workflows/apology/sorry.it.mjml': (apology['workflows/apology/sorry.it.mjml'] ?? '').replace(
          'Ci dispiace.',
          '{{ event.nobody }}',
        ),
      })
      const { code, out } = await run(`${verb} apology --customer anna.json --event rating.json`)
      expect(out).toContain('problem template sorry: ')
      expect(out).toContain('ends: completed')
      expect(code).toBe(1)
    },
  )

  test('says that a date is none, or is not known', async () => {
    const { run } = await shell({
      ...apology,
      ...birthday,
      'points.json': '{"id":"anna","timezone":"Europe/Rome","birthday":"14.3.1990"}',
      'none.json': '{"id":"anna","timezone":"Europe/Rome"}',
    })
    const { code, out } = await run('simulate birthday --customer points.json --start 2026-01-01')
    expect(out).toContain('2026-01-01 00:00  does not enter: 14.3.1990 is no date. Write 1990-03-14.\n')
    expect(code).toBe(0)
    const none = await run('simulate birthday --customer none.json --start 2026-01-01')
    expect(none.out).toContain('nothing: anna has no birthday\n')
  })
})

describe('premura', () => {
  test('shows what it can do', async () => {
    const { run } = await shell()
    const { code, out } = await run('--help')
    expect(code).toBe(0)
    for (const name of [
      'validate',
      'test',
      'explain',
      'simulate',
      'docs',
      'push',
      'pull',
      'keys',
      'export',
      'erase',
    ])
      expect(out).toMatch(new RegExp(`^  ${name} {2,}\\S`, 'm'))
    expect(await run('')).toMatchObject({ code: 2, out: '' })
    expect(await run('help')).toMatchObject({ code: 0, out })
  })

  test('shows what a command can do', async () => {
    const { run } = await shell()
    const { code, out } = await run('push --help')
    expect(code).toBe(0)
    expect(out).toMatch(/^Usage: premura push \[folder…\] \[options\]/)
    for (const option of [
      '--dry-run',
      '--no-publish',
      '--force',
      '--url URL',
      '--key KEY',
      '--json',
      '--help, -h',
    ])
      expect(out).toContain(option)
    expect(await run('help push')).toMatchObject({ code: 0, out })
  })

  test.each([
    ['validat', 'There is no command validat.\n      Did you mean premura validate?'],
    ['valdiate x', 'Did you mean premura validate?'],
    ['--hepl', 'There is no option --hepl.\n      Did you mean premura --help?'],
    ['validate --jsno', 'There is no option --jsno.\n      Did you mean --json?'],
    ['validate --url http://x', 'There is no option --url.'],
    ['validate nowhere', 'There is no folder nowhere.'],
    ['validate', 'There is no folder workflows.'],
    ['validate empty', 'empty holds no workflow.'],
  ])('%s: %s', async (line, message) => {
    const { run } = await shell({ 'empty/notes.md': '' })
    const { code, out, err } = await run(line)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(message)
    expect(err).toContain('Usage: premura')
  })

  test('says its version', async () => {
    const { run } = await shell()
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
