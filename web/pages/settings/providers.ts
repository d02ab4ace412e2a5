/** Identity providers, and what docs/sso.md says of each: what to register there, and what it does not send. */
export type IdentityProvider = {
  id: string
  title: string
  /** What is registered there. */
  register: string
  /** How its issuer looks. */
  issuer: string
  /** Filled in, where it is always the same. */
  fixedIssuer?: string
  groups: string
  secondFactor: string
}

export const IDENTITY_PROVIDERS: IdentityProvider[] = [
  {
    id: 'okta',
    title: 'Okta',
    register: 'An OIDC web application with the grant type authorization code.',
    issuer: 'https://acme.okta.com',
    groups: 'Sign On, OpenID Connect ID Token, Groups claim filter, with the name groups.',
    secondFactor: 'Okta says by itself when two factors were used.',
  },
  {
    id: 'auth0',
    title: 'Auth0',
    register: 'A regular web application.',
    issuer: 'https://acme.eu.auth0.com/',
    groups: 'A post-login action puts them into a claim with an address of yours as its name; map that name.',
    secondFactor: 'Auth0 says mfa when it asked for one.',
  },
  {
    id: 'entra',
    title: 'Microsoft Entra ID',
    register:
      'An app registration of a single tenant, platform Web, with the optional claims email and xms_edov.',
    issuer: 'https://login.microsoftonline.com/TENANT-ID/v2.0',
    groups:
      'Token configuration, Add groups claim, Groups assigned to the application. Map their object ids.',
    secondFactor: 'Entra does not say so: require one there with Conditional Access.',
  },
  {
    id: 'google',
    title: 'Google',
    register: 'An OAuth client of the type Web application.',
    issuer: 'https://accounts.google.com',
    fixedIssuer: 'https://accounts.google.com',
    groups: 'Google sends none: give roles in Claviger.',
    secondFactor: 'Google does not say so: require one under Sign-in.',
  },
  {
    id: 'keycloak',
    title: 'Keycloak',
    register: 'A client with Client authentication on and Standard flow.',
    issuer: 'https://keycloak.acme.com/realms/REALM',
    groups: 'A mapper Group Membership with the claim name groups, Full group path off.',
    secondFactor: 'Set an authenticator reference and add the mapper AMR, or name the level of acr below.',
  },
  {
    id: 'other',
    title: 'Another one (OpenID Connect)',
    register: 'A web application with the authorization code flow.',
    issuer: 'https://login.example.com',
    groups: 'A claim of the ID token that is a text, or a list of texts.',
    secondFactor: 'Name the values of amr or acr that it sends for two factors.',
  },
]
