/** All topics with a switch each. What was not on the form stays as it is. */
import type { Profile, Topic } from '../../../engine/model.ts'
import { changeProfile } from '../../customers.ts'
import { html } from './html.ts'
import { Gone, readForm, type Visit } from './visit.ts'
import { topicTitle, words } from './words.ts'

export async function preferencesPage(visit: Visit): Promise<Response> {
  if (visit.request.method !== 'POST') return form(visit, visit.profile, false)
  const fields = await readForm(visit.request)
  const known = Object.keys(visit.settings.topics)
  const shown = fields.getAll('shown').filter((topic) => known.includes(topic))
  const on = new Set(fields.has('none') ? [] : fields.getAll('on'))
  const after = await changeProfile(visit.runtime, visit.claims.customerId, (before) => {
    if (!before) throw new Gone()
    const consent = { ...before.consent }
    // An answer that changes nothing is not written: a topic nobody was asked about stays unasked.
    for (const topic of shown)
      if (isOn(before, topic, visit.settings.topics[topic]) !== on.has(topic)) consent[topic] = on.has(topic)
    return { ...before, ...(Object.keys(consent).length > 0 && { consent }) }
  })
  return form(visit, after, true)
}

/** Would a message on this topic go out? */
function isOn({ consent }: Profile, topic: string, rules: Topic | undefined): boolean {
  return rules?.basis === 'service' ? consent?.[topic] !== false : consent?.[topic] === true
}

function form({ show, settings, language }: Visit, profile: Profile, saved: boolean): Response {
  const said = words[language].preferences
  const items = Object.entries(settings.topics).map(
    (
      [topic, rules],
      index,
    ) => html`<li><label for="t${index}"><span>${topicTitle(settings, topic, language)}${rules.basis === 'service' && html`<small>${said.service}</small>`}</span><input type="checkbox" role="switch" id="t${index}" name="on" value="${topic}"${isOn(profile, topic, rules) ? html` checked` : ''}></label><input type="hidden" name="shown" value="${topic}"></li>
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
