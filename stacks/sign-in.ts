/** Who may use the editor: a user pool with a group for each role. Systems use API keys instead. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { AccountRecovery, CfnUserPoolGroup, Mfa } from 'aws-cdk-lib/aws-cognito'
import { Cognito, type StackContext } from 'sst/constructs'
import { settingsFor } from './told.ts'

/** What each may do stands in `runtime/roles.ts`. */
const groups = {
  viewer: 'Sees workflows, customers and reports',
  editor: 'Changes drafts and customers, too',
  publisher: 'Publishes what editors wrote, too',
  admin: 'May do everything',
}

export function SignIn({ stack, app }: StackContext) {
  const { production, people: rules } = settingsFor(app)
  const people = new Cognito(stack, 'people', {
    login: ['email'],
    // Nobody gets AWS credentials of their own: they speak with the API.
    identityPoolFederation: false,
    cdk: {
      userPool: {
        // An admin invites; nobody signs up.
        selfSignUpEnabled: false,
        passwordPolicy: {
          minLength: 12,
          requireLowercase: true,
          requireUppercase: true,
          requireDigits: true,
          requireSymbols: true,
          tempPasswordValidity: Duration.days(3),
        },
        mfa: rules.mfa === 'required' ? Mfa.REQUIRED : Mfa.OPTIONAL,
        mfaSecondFactor: { otp: true, sms: false },
        accountRecovery: AccountRecovery.EMAIL_ONLY,
        deletionProtection: production,
        removalPolicy: production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      },
      userPoolClient: {
        authFlows: { userSrp: true },
        generateSecret: false,
        disableOAuth: true,
        preventUserExistenceErrors: true,
        enableTokenRevocation: true,
        accessTokenValidity: Duration.hours(1),
        idTokenValidity: Duration.hours(1),
        refreshTokenValidity: Duration.days(1),
      },
    },
  })
  for (const [groupName, description] of Object.entries(groups))
    new CfnUserPoolGroup(stack, `group-${groupName}`, {
      userPoolId: people.userPoolId,
      groupName,
      description,
    })
  const { userPool, userPoolClient } = people.cdk
  const issuer = `https://cognito-idp.${stack.region}.${stack.urlSuffix}/${userPool.userPoolId}`
  const clientId = userPoolClient.userPoolClientId

  stack.addOutputs({ UserPoolId: people.userPoolId, UserPoolClientId: clientId })
  return { issuer, clientId }
}
