/** The words of the public pages, language by language. */
import type { Settings } from '../../../engine/model.ts'

export type Language = 'en' | 'it'

const english = {
  gone: {
    title: 'This link is no longer valid',
    text: 'It has expired, or what it was for is no longer there. Links in newer mails work.',
  },
  unknown: {
    title: 'This link does not work',
    text: 'Perhaps a part of it got lost on the way. Open it again from the mail, or copy it whole.',
  },
  rating: {
    title: 'How did it go?',
    csat: 'How did we handle it?',
    nps: 'How likely are you to recommend us to a friend?',
    ces: 'How easy was it to get help?',
    csatLabels: ['Very badly', 'Badly', 'So-so', 'Well', 'Very well'],
    npsEnds: ['Not at all', 'Certainly'],
    cesEnds: ['Very hard', 'Very easy'],
    comment: 'Would you like to tell us more?',
    optional: 'optional',
    send: 'Send',
    missing: 'Please choose one of the answers.',
    long: 'Your comment is too long: 2000 characters at most.',
    thanks: 'Thank you!',
    thanksText: 'Your answer has reached us.',
    already: 'You have already answered',
    alreadyText: (score: number) => `Your answer was ${score}. Nothing was changed. Thank you!`,
    alreadyPlain: 'Nothing was changed. Thank you!',
  },
  unsubscribe: {
    title: (topic: string) => `Unsubscribe from “${topic}”?`,
    text: (brand: string) =>
      `You will get no more messages of this kind from ${brand}. Everything else stays as it is.`,
    act: 'Unsubscribe',
    done: 'You are unsubscribed',
    doneText: (topic: string) => `We will not write to you about “${topic}” any more.`,
    already: (topic: string) => `You do not get “${topic}” any more.`,
    preferences: 'Choose what you want to hear about',
  },
  preferences: {
    title: 'What may we write to you about?',
    text: (brand: string) => `Switch on what you want to get from ${brand}, and off what you do not.`,
    service: 'About your own orders and requests',
    save: 'Save',
    none: 'Turn everything off',
    saved: 'Saved.',
    pending: 'Waits for you to confirm it: switch it on, and it is',
  },
  confirm: {
    title: (topic: string) => `Shall we write to you about “${topic}”?`,
    text: (brand: string) =>
      `${brand} was asked to write to this address. Only your own yes counts, and you can take it back at any time.`,
    act: 'Yes, write to me',
    otherwise: 'It was not you? Close this page. Without your yes, nothing will come.',
    done: 'Thank you, you are signed up',
    doneText: (topic: string) => `From now on, we write to you about “${topic}”.`,
    already: (topic: string) => `You have confirmed “${topic}” already.`,
    nothing: 'There is nothing to confirm any more',
    nothingText: (topic: string) =>
      `The request to write to you about “${topic}” was withdrawn. If you want it after all, you can switch it on.`,
  },
}

type Words = typeof english

const italian: Words = {
  gone: {
    title: 'Questo link non è più valido',
    text: 'È scaduto, oppure ciò a cui portava non esiste più. I link nelle email più recenti funzionano.',
  },
  unknown: {
    title: 'Questo link non funziona',
    text: 'Forse se ne è persa una parte. Aprilo di nuovo dall’email, o copialo per intero.',
  },
  rating: {
    title: 'Com’è andata?',
    csat: 'Come ce la siamo cavata?',
    nps: 'Quanto è probabile che ci consiglieresti a un amico?',
    ces: 'Quanto è stato facile ricevere aiuto?',
    csatLabels: ['Malissimo', 'Male', 'Così così', 'Bene', 'Benissimo'],
    npsEnds: ['Per niente', 'Di sicuro'],
    cesEnds: ['Molto difficile', 'Molto facile'],
    comment: 'Vuoi dirci qualcosa di più?',
    optional: 'facoltativo',
    send: 'Invia',
    missing: 'Scegli una delle risposte.',
    long: 'Il commento è troppo lungo: al massimo 2000 caratteri.',
    thanks: 'Grazie!',
    thanksText: 'La tua risposta è arrivata.',
    already: 'Hai già risposto',
    alreadyText: (score) => `La tua risposta era ${score}. Non è cambiato nulla. Grazie!`,
    alreadyPlain: 'Non è cambiato nulla. Grazie!',
  },
  unsubscribe: {
    title: (topic) => `Annullare l’iscrizione a «${topic}»?`,
    text: (brand) => `Non riceverai più messaggi di questo tipo da ${brand}. Tutto il resto rimane com’è.`,
    act: 'Annulla l’iscrizione',
    done: 'Iscrizione annullata',
    doneText: (topic) => `Non ti scriveremo più su «${topic}».`,
    already: (topic) => `Non ricevi più «${topic}».`,
    preferences: 'Scegli di che cosa vuoi sapere',
  },
  preferences: {
    title: 'Di che cosa possiamo scriverti?',
    text: (brand) => `Attiva ciò che vuoi ricevere da ${brand} e disattiva il resto.`,
    service: 'Sui tuoi ordini e sulle tue richieste',
    save: 'Salva',
    none: 'Disattiva tutto',
    saved: 'Salvato.',
    pending: 'Aspetta la tua conferma: attivalo, ed è fatta',
  },
  confirm: {
    title: (topic) => `Possiamo scriverti su «${topic}»?`,
    text: (brand) =>
      `Qualcuno ha chiesto a ${brand} di scrivere a questo indirizzo. Conta solo il tuo sì, e puoi ripensarci quando vuoi.`,
    act: 'Sì, scrivetemi',
    otherwise: 'Non eri tu? Chiudi questa pagina: senza il tuo sì non arriverà nulla.',
    done: 'Grazie, iscrizione confermata',
    doneText: (topic) => `D’ora in poi ti scriveremo su «${topic}».`,
    already: (topic) => `Hai già confermato «${topic}».`,
    nothing: 'Non c’è più nulla da confermare',
    nothingText: (topic) =>
      `La richiesta di scriverti su «${topic}» è stata ritirata. Se ci hai ripensato, puoi attivarla tu.`,
  },
}

export const words: { [language in Language]: Words } = { en: english, it: italian }

/** The first language of the list that there are words in; lists are as in Accept-Language. */
export function languageOf(...wishes: (string | null | undefined)[]): Language {
  for (const wish of wishes)
    for (const tag of (wish ?? '').split(',')) {
      const primary = tag.trim().split(/[-_;]/)[0]?.toLowerCase()
      if (primary === 'en' || primary === 'it') return primary
    }
  return 'en'
}

/** How a topic is called in a language, or at all. */
export function topicTitle(settings: Settings, topic: string, language: Language): string {
  const titles = settings.topics[topic]?.title
  return titles?.[language] ?? titles?.[settings.defaultLocale] ?? Object.values(titles ?? {})[0] ?? topic
}
