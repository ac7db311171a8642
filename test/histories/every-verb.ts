/** A workflow with every verb of the language, so that a recording holds a journey at each of them. */
import type { WorkflowFiles } from '../../engine/language/compile.ts'

const mail = (subject: string) =>
  `---\nsubject: ${subject} {{ event.orderId }}\n---\n<mj-section><mj-column><mj-text><p>${subject}</p></mj-text></mj-column></mj-section>\n`

const definition = `workflow: every-verb
title: Every verb
topic: service
trigger: { event: tour.booked }
enroll:
  per: event.orderId
  again: always
  follow:
    - event: tour.moved
      when: event.orderId == enrollment.key
goal: { event: tour.ended, when: event.orderId == enrollment.key, within: 6 months, value: event.total }
exit:
  - event: tour.cancelled
    when: event.orderId == enrollment.key
steps:
  - choose:
      - when: event.total > 1000
        then:
          - set: { tier: '"gold"' }
      - when: event.total > 100
        then:
          - set: { tier: '"silver"' }
    else:
      - set: { tier: '"none"' }
  - webhook: guide
  - split:
      - 50%:
          - send: welcome-a
      - 50%:
          - send: welcome-b
  - wait:
    until: event.startsAt
    offset: -7 days
    at: "09:00"
    past: now
  - repeat: 3 times
    every: 2 days
    steps:
      - send: pack
  - emit: tour.prepared
    data: { orderId: event.orderId }
  - coupon: souvenir
    pattern: TOUR-??????-##
  - task: greet
    queue: guides
    title: Greet {{ event.orderId }}
  - wait:
    until: event.startsAt
    offset: 1 day
  - survey: csat
    template: how-was-it
  - await: csat.rated
    for: 5 days
    then:
      - if: awaited.score > 3
        then:
          - stop: happy
        else:
          - stop: unhappy
    else:
      - stop: silent
`

export const everyVerb: { name: string; files: WorkflowFiles } = {
  name: 'every-verb',
  files: {
    'workflow.yaml': definition,
    'welcome-a.mjml': mail('Welcome'),
    'welcome-b.mjml': mail('Hello'),
    'pack.mjml': mail('Pack'),
    'how-was-it.mjml': mail('How was it'),
  },
}

export const webhookSettings = '\nwebhooks:\n  guide: { url: https://guide.example/premura }\n'
