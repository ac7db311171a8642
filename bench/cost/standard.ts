/** The standard journey: three mails, two waits, one branch. Not of the library, whose stories may change without its price. */

export const standard = `workflow: standard
title: The standard journey
topic: service
trigger: { event: purchase, when: event.total > 0 }
enroll: { per: event.orderId }
steps:
  - { send: thanks, inDoubt: drop }
  - { wait: 3 days, at: "10:00" }
  - if: event.items.exists(i, i.category == "coffee")
    then:
      - { send: tips-coffee, inDoubt: drop }
      - { wait: 3 weeks, at: "10:00", on: [mon, tue, wed, thu, fri] }
      - { send: care-coffee, inDoubt: drop }
    else:
      - { send: tips, inDoubt: drop }
`

const mail = (subject: string) => `---
subject: "${subject}, {{ customer.firstName }}"
---
<mj-section><mj-column><mj-text><p>Your order {{ event.orderId }} of {{ event.total | money: event.currency }}.</p></mj-text></mj-column></mj-section>
`

export const mails = Object.fromEntries(
  ['thanks', 'tips-coffee', 'care-coffee', 'tips'].map((name) => [`${name}.mjml`, mail(name)]),
)
