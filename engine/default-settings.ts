/** What holds before anybody has pushed settings: enough to save a draft and be told what is missing, in neutral looks. */
import type { Settings } from './model.ts'

export const DEFAULT_SETTINGS = `brand:
  name: Premura
  url: https://example.com
  color: "#1f4e5f"
postalAddress: Set the postal address in workflows/settings.yaml
senders:
  default:
    from: Premura <care@example.com>
defaultLocale: en
defaultTimezone: UTC
topics:
  service:
    title: { en: Service messages, it: Messaggi di servizio }
    basis: service
  offers:
    title: { en: Offers, it: Offerte }
    basis: consent
  news:
    title: { en: News, it: Novità }
    basis: consent
`

const night = { from: '21:00', to: '08:00' }

/** The same as {@link DEFAULT_SETTINGS}, read: whoever only handles messages carries no reader of YAML. */
export const DEFAULT_SETTINGS_READ: Settings = {
  brand: { name: 'Premura', url: 'https://example.com', color: '#1f4e5f' },
  postalAddress: 'Set the postal address in workflows/settings.yaml',
  senders: { default: { from: 'Premura <care@example.com>' } },
  defaultLocale: 'en',
  defaultTimezone: 'UTC',
  topics: {
    service: {
      title: { en: 'Service messages', it: 'Messaggi di servizio' },
      basis: 'service',
      quietHours: null,
    },
    offers: { title: { en: 'Offers', it: 'Offerte' }, basis: 'consent', quietHours: night },
    news: { title: { en: 'News', it: 'Novità' }, basis: 'consent', quietHours: night },
  },
}

export const DEFAULT_LAYOUT = `<mjml>
  <mj-head>
    <mj-preview>{{ preheader }}</mj-preview>
    <mj-attributes>
      <mj-all font-family="Helvetica, Arial, sans-serif" />
      <mj-text font-size="16px" line-height="1.5" />
      <mj-button background-color="{{ brand.color }}" color="{{ brand.ink }}" />
    </mj-attributes>
  </mj-head>
  <mj-body>
    {{ content }}
    <mj-section>
      <mj-column>
        <mj-text font-size="13px" color="#5b6670">
          {{ brand.name }} · {{ brand.postalAddress }}<br />
          <a href="{{ links.preferences }}">Preferences</a> · <a href="{{ links.unsubscribe }}">Unsubscribe</a>
        </mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
`
