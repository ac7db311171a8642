/** Leaving a topic: GET asks, because scanners follow links; POST acts, from the page or from the mail program (RFC 8058). */
import { answer, isPending } from '../../../engine/consent.ts'
import { changeCustomer, wordOf } from '../../customers.ts'
import { html } from './html.ts'
import { Gone, preferencesPath, refusal, type Visit } from './visit.ts'
import { topicTitle, words } from './words.ts'

export async function unsubscribePage(visit: Visit): Promise<Response> {
  const { request, claims, customer, settings, language, show } = visit
  const { topic } = claims
  if (topic === undefined) return refusal(settings, language, 'gone')
  const said = words[language].unsubscribe
  const title = topicTitle(settings, topic, language)
  const preferences = preferencesPath(visit)
  const further = preferences && html`<p><a href="${preferences}">${said.preferences}</a></p>`
  const out = customer.profile.consent?.[topic] === false && !isPending(customer, topic)
  if (request.method === 'POST') {
    if (!out) await optOut(visit, topic)
    return show(
      said.done,
      html`<h1>${said.done}</h1>
<p role="status">${said.doneText(title)}</p>
${further}`,
    )
  }
  if (out)
    return show(
      said.done,
      html`<h1>${said.done}</h1>
<p>${said.already(title)}</p>
${further}`,
    )
  return show(
    said.title(title),
    html`<h1>${said.title(title)}</h1>
<p class="soft">${said.text(settings.brand.name)}</p>
<form method="post">
<div class="actions"><button type="submit">${said.act}</button></div>
</form>
${preferences && html`<p class="actions"><a href="${preferences}">${said.preferences}</a></p>`}`,
  )
}

async function optOut({ runtime, claims }: Visit, topic: string): Promise<void> {
  const word = await wordOf(runtime, 'page')
  await changeCustomer(runtime, claims.customerId, (before) => {
    if (!before) throw new Gone()
    return answer(before, before.profile, { [topic]: false }, word)
  })
}
