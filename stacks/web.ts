/** The place of the editor: a static site behind CloudFront, with the API under the same origin. */
import { existsSync } from 'node:fs'
import { Duration, Fn } from 'aws-cdk-lib'
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront'
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins'
import { HostedZone } from 'aws-cdk-lib/aws-route53'
import { BucketEncryption } from 'aws-cdk-lib/aws-s3'
import { type StackContext, StaticSite, use } from 'sst/constructs'
import { Api } from './api.ts'
import { settingsFor } from './told.ts'

/** The editor when it has been built, else a page that says what is here. */
const site = () => (existsSync('web/dist/index.html') ? 'web/dist' : 'stacks/site')

const policyFor = (region: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' https://cognito-idp.${region}.amazonaws.com`,
    // Previews of mails, which are sandboxed and come from the page itself.
    "frame-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')

export function Web({ stack, app }: StackContext) {
  const { web } = settingsFor(app)
  const { http } = use(Api)

  const headers = new cloudfront.ResponseHeadersPolicy(stack, 'headers', {
    securityHeadersBehavior: {
      contentSecurityPolicy: { contentSecurityPolicy: policyFor(stack.region), override: true },
      contentTypeOptions: { override: true },
      frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: true },
      referrerPolicy: {
        referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER,
        override: true,
      },
      strictTransportSecurity: {
        accessControlMaxAge: Duration.days(365),
        // The domain may be the parent of others that are not ours.
        includeSubdomains: false,
        override: true,
      },
    },
  })
  const api: cloudfront.BehaviorOptions = {
    origin: new HttpOrigin(Fn.select(2, Fn.split('/', http.url)), {
      protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
    }),
    allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
    cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
    // Everything but the host, by which API Gateway tells its APIs apart.
    originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
  }
  const editor = new StaticSite(stack, 'editor', {
    path: site(),
    ...(web.domain && {
      customDomain: {
        domainName: web.domain.name,
        cdk: {
          hostedZone: HostedZone.fromHostedZoneAttributes(stack, 'web-zone', {
            hostedZoneId: web.domain.hostedZone.id,
            zoneName: web.domain.hostedZone.name,
          }),
        },
      },
    }),
    cdk: {
      bucket: { encryption: BucketEncryption.S3_MANAGED, enforceSSL: true },
      distribution: {
        comment: app.logicalPrefixedName('web'),
        defaultBehavior: { responseHeadersPolicy: headers },
        additionalBehaviors: { '/v1/*': api, '/health': api },
        // The site's own fallback would turn the API's answers into pages.
        errorResponses: [],
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
        httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
        priceClass: cloudfront.PriceClass.PRICE_CLASS_100,
      },
    },
  })
  const url = editor.customDomainUrl ?? editor.url ?? ''
  stack.addOutputs({ WebUrl: url })
  return { url }
}
