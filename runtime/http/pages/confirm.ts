/** Confirming an opt-in from one's own mailbox: GET asks, because scanners follow links; POST confirms, once. */
import { answer, isPending } from '../../../engine/consent.ts'
import type { Customer } from '../../../engine/model.ts'
import { changeCustomer, wordOf } from '../../customers.ts'
import { html } from './html.ts'
import { Gone, isAddressee, preferencesPath, refusal, type Visit } from './visit.ts'
import { topicTitle, words } from './words.ts'

export async function confirmPage(visit: Visit): Promise<Response> {
  const { request, claims, settings, language, show } = visit
  const { topic } = claims
  if (topic === undefined || !Object.hasOwn(settings.topics, topic) || !isAddressee(visit, visit.customer))
    return refusal(settings, language, 'gone')
  const said = words[language].confirm
  const title = topicTitle(settings, topic, language)
  const preferences = preferencesPath(visit)
  const further =
    preferences && html`<p><a href="${preferences}">${words[language].unsubscribe.preferences}</a></p>`
  const posted = request.method === 'POST'
  const customer = posted ? await confirm(visit, topic) : visit.customer
  if (customer.profile.consent?.[topic] === true)
    return show(
      said.done,
      html`<h1>${said.done}</h1>
<p role="status">${posted ? said.doneText(title) : said.already(title)}</p>
${further}`,
    )
  if (!isPending(customer, topic))
    return show(
      said.nothing,
      html`<h1>${said.nothing}</h1>
<p class="soft">${said.nothingText(title)}</p>
${further}`,
      410,
    )
  return show(
    said.title(title),
    html`<h1>${said.title(title)}</h1>
<p class="soft">${said.text(settings.brand.name)}</p>
<form method="post">
<div class="actions"><button type="submit">${said.act}</button></div>
</form>
<p class="soft note">${said.otherwise}</p>`,
  )
}

/** A second time, or when the request was taken back meanwhile, it changes nothing. */
async function confirm(visit: Visit, topic: string): Promise<Customer> {
  const { runtime, claims } = visit
  const word = await wordOf(runtime, 'confirmed')
  return await changeCustomer(runtime, claims.customerId, (before) => {
    if (!before || !isAddressee(visit, before)) throw new Gone()
    return isPending(before, topic) ? answer(before, before.profile, { [topic]: true }, word) : before
  })
}
