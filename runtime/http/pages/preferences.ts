/** All topics with a switch each. What was not on the form stays as it is. */
import { answer, isPending } from '../../../engine/consent.ts'
import type { Customer, Profile, Topic } from '../../../engine/model.ts'
import { changeCustomer, wordOf } from '../../customers.ts'
import { html } from './html.ts'
import { Gone, isAddressee, readForm, refusal, type Visit } from './visit.ts'
import { topicTitle, words } from './words.ts'

export async function preferencesPage(visit: Visit): Promise<Response> {
  const { runtime, settings, language } = visit
  // What a person wants to hear is shown to, and changed by, whoever has their mailbox now and nobody who had it before.
  if (!isAddressee(visit, visit.customer)) return refusal(settings, language, 'gone')
  if (visit.request.method !== 'POST') return form(visit, visit.customer, false)
  const fields = await readForm(visit.request)
  const none = fields.has('none')
  const shown = fields.getAll('shown').filter((topic) => Object.hasOwn(settings.topics, topic))
  const on = new Set(none ? [] : fields.getAll('on'))
  const word = await wordOf(runtime, 'page')
  const after = await changeCustomer(runtime, visit.claims.customerId, (before) => {
    if (!before || !isAddressee(visit, before)) throw new Gone()
    // An answer that changes nothing is not written: a topic nobody was asked about stays unasked.
    const changed = shown.filter(
      (topic) =>
        isOn(before.profile, topic, settings.topics[topic]) !== on.has(topic) ||
        (none && isPending(before, topic)),
    )
    const answers = Object.fromEntries(changed.map((topic) => [topic, on.has(topic)]))
    return answer(before, before.profile, answers, word)
  })
  return form(visit, after, true)
}

/** Would a message on this topic go out? */
function isOn({ consent }: Profile, topic: string, rules: Topic | undefined): boolean {
  return rules?.basis === 'service' ? consent?.[topic] !== false : consent?.[topic] === true
}

function form({ show, settings, language }: Visit, customer: Customer, saved: boolean): Response {
  const said = words[language].preferences
  const { profile } = customer
  const items = Object.entries(settings.topics).map(
    (
      [topic, rules],
      index,
    ) => html`<li><label for="t${index}"><span>${topicTitle(settings, topic, language)}${rules.basis === 'service' && html`<small>${said.service}</small>`}${isPending(customer, topic) && html`<small>${said.pending}</small>`}</span><input type="checkbox" role="switch" id="t${index}" name="on" value="${topic}"${isOn(profile, topic, rules) ? html` checked` : ''}></label><input type="hidden" name="shown" value="${topic}"></li>
`,
  )
  return show(
    said.title,
    html`${
      saved &&
      html`<p class="notice" role="status">${said.saved}</p>
`
    }<h1>${said.title}</h1>
<p class="soft">${said.text(settings.brand.name)}</p>
<form method="post">
<ul class="topics">
${items}</ul>
<div class="actions"><button type="submit">${said.save}</button><button type="submit" class="quiet" name="none" value="1">${said.none}</button></div>
</form>`,
  )
}
