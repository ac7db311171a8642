// The mailbox page's script. Everything that comes from a mail goes in as text, or into the frame that runs nothing.

const POLL_MS = 1500
const $ = (id) => document.getElementById(id)
const list = $('mails')

/** Oldest first, as the server answers them. */
let mails = []
let chosen
let opened
/** The message before was a text, which has one tab only. */
let textShown = false

async function ask(path, options) {
  const response = await fetch(path, options)
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).detail ?? `${response.status}`)
  return response.json()
}

async function poll() {
  try {
    const newest = mails.at(-1)?.id
    const path = `/local/messages?view=summary&limit=5000${newest ? `&after=${encodeURIComponent(newest)}` : ''}`
    const [clock, more] = await Promise.all([ask('/local/clock'), ask(path)])
    showClock(clock)
    if (more.length > 0 || mails.length === 0) {
      mails = mails.concat(more)
      offerWorkflows()
      showList()
    }
    say('')
  } catch (error) {
    say(error instanceof TypeError ? 'The server does not answer. Still trying.' : error.message)
  }
}

function say(text) {
  const notice = $('notice')
  if (notice.textContent !== text) notice.textContent = text
  notice.hidden = text === ''
}

/** Both clocks are shown in UTC: a mailbox of many zones has no local time of its own. */
const day = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
})
const hour = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' })
const moment = (iso) => `${day.format(new Date(iso))}, ${hour.format(new Date(iso))}`

function showClock({ now, virtual }) {
  $('clock-kind').textContent = virtual ? 'Virtual clock' : 'Real clock'
  $('clock').textContent = `${moment(now)} UTC`
  $('clock').dateTime = now
  $('day').hidden = $('week').hidden = !virtual
}

function offerWorkflows() {
  const select = $('workflow')
  const known = new Set([...select.options].map(({ value }) => value))
  for (const name of [...new Set(mails.map(({ workflow }) => workflow))].sort())
    if (!known.has(name)) select.add(new Option(name, name))
}

function matching() {
  const to = $('to').value.trim().toLowerCase()
  const workflow = $('workflow').value
  return mails
    .filter((mail) => (workflow === '' || mail.workflow === workflow) && mail.to.toLowerCase().includes(to))
    .reverse()
}

/** Rows beyond this many are not drawn: nobody scrolls that far, and a filter brings them up. */
const DRAWN = 500

function showList() {
  const found = matching()
  $('count').textContent = `${found.length} ${found.length === 1 ? 'mail' : 'mails'}`
  list.replaceChildren(...found.slice(0, DRAWN).map(row))
  mark()
  const empty = $('empty')
  empty.hidden = found.length > 0
  empty.textContent = mails.length > 0 ? 'No mail matches.' : 'No mail yet. Post an event, or let time pass.'
}

function row(mail) {
  const item = document.createElement('div')
  item.id = `m-${mail.id}`
  item.role = 'option'
  item.dataset.id = mail.id
  item.append(
    line('row', text('span', 'soft', mail.to), text('time', 'soft', moment(mail.at))),
    text('div', 'title', titleOf(mail)),
    text('div', 'soft', mail.workflow),
  )
  return item
}

/** A text has no subject; what it is stands for it. */
const kinds = { sms: 'SMS', whatsapp: 'WhatsApp message' }
const titleOf = ({ channel, subject }) => kinds[channel] ?? subject

function text(tag, name, content) {
  const element = document.createElement(tag)
  element.className = name
  element.textContent = content
  return element
}

function line(name, ...children) {
  const element = document.createElement('div')
  element.className = name
  element.append(...children)
  return element
}

function mark() {
  for (const item of list.children) item.ariaSelected = String(item.dataset.id === chosen)
  const current = chosen && document.getElementById(`m-${chosen}`)
  if (current) list.setAttribute('aria-activedescendant', current.id)
  else list.removeAttribute('aria-activedescendant')
}

async function choose(id) {
  chosen = id
  mark()
  document.getElementById(`m-${id}`)?.scrollIntoView({ block: 'nearest' })
  const mail = await ask(`/local/messages/${encodeURIComponent(id)}`)
  if (chosen === id) show(mail)
}

function show(mail) {
  opened = mail
  $('nothing').hidden = true
  $('mail').hidden = false
  $('subject').textContent = titleOf(mail)
  // A text is its words and nothing else: there is no second way to look at it.
  const plain = mail.channel !== 'email'
  for (const id of ['tab-html', 'tab-headers', 'eml']) $(id).hidden = plain
  if (plain) select('text')
  else if (textShown) select('html')
  textShown = plain
  const facts = {
    From: mail.from,
    To: mail.to,
    Sent: `${moment(mail.at)} UTC`,
    Workflow: `${mail.workflow} › ${mail.step}`,
    ...(mail.key !== mail.customerId && { Journey: mail.key }),
  }
  $('facts').replaceChildren(
    ...Object.entries(facts).flatMap(([name, value]) => [text('dt', '', name), text('dd', '', value)]),
  )
  $('eml').href = `/local/messages/${encodeURIComponent(mail.id)}.eml`
  // Links open beside the mailbox, where the pages behind them may do what the frame must not.
  if (!plain) $('preview').srcdoc = mail.html.replace(/<head[^>]*>/i, '$&<base target="_blank">')
  $('panel-text').textContent = mail.text
  $('headers').replaceChildren(
    ...Object.entries({ From: mail.from, To: mail.to, Subject: mail.subject, ...mail.headers }).map(
      ([name, value]) => {
        const entry = document.createElement('tr')
        const head = text('th', '', name)
        head.scope = 'row'
        entry.append(head, text('td', '', value))
        return entry
      },
    ),
  )
}

/** On a narrow screen the list gives way to the mail. */
function open() {
  document.body.dataset.open = ''
  if (getComputedStyle($('back')).display !== 'none') $('reading').focus()
}

function close() {
  delete document.body.dataset.open
  list.focus()
}

const tabs = ['html', 'text', 'headers']

function select(name) {
  for (const tab of tabs) {
    const on = tab === name
    $(`tab-${tab}`).ariaSelected = String(on)
    $(`tab-${tab}`).tabIndex = on ? 0 : -1
    $(`panel-${tab}`).hidden = !on
  }
}

for (const [index, name] of tabs.entries()) {
  const tab = $(`tab-${name}`)
  tab.addEventListener('click', () => select(name))
  tab.addEventListener('keydown', ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key]
    if (!step) return
    const next = tabs[(index + step + tabs.length) % tabs.length]
    if ($(`tab-${next}`).hidden) return
    select(next)
    $(`tab-${next}`).focus()
  })
}

list.addEventListener('click', ({ target }) => {
  const id = target.closest('[role=option]')?.dataset.id
  if (id) choose(id).then(open, (error) => say(error.message))
})

list.addEventListener('keydown', (event) => {
  const ids = [...list.children].map(({ dataset }) => dataset.id)
  const at = ids.indexOf(chosen)
  const next = {
    ArrowDown: Math.min(at + 1, ids.length - 1),
    ArrowUp: Math.max(at - 1, 0),
    Home: 0,
    End: ids.length - 1,
  }[event.key]
  if (event.key === 'Enter' && opened) open()
  if (next === undefined || ids.length === 0) return
  event.preventDefault()
  choose(ids[next]).catch((error) => say(error.message))
})

document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape' && 'open' in document.body.dataset) close()
})
$('back').addEventListener('click', close)
$('filter').addEventListener('submit', (event) => event.preventDefault())
$('filter').addEventListener('input', showList)

async function advance(advanced) {
  const buttons = [$('day'), $('week')]
  for (const button of buttons) button.disabled = true
  try {
    await ask('/local/clock', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ advance: advanced }),
    })
    await poll()
  } catch (error) {
    say(error.message)
  } finally {
    for (const button of buttons) button.disabled = false
  }
}

$('day').addEventListener('click', () => advance('P1D'))
$('week').addEventListener('click', () => advance('P7D'))

async function keepPolling() {
  if (!document.hidden) await poll()
  setTimeout(keepPolling, POLL_MS)
}
keepPolling()
