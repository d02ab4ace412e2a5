import { expect, test } from 'vitest'
import { clientIp } from './client-ip.ts'
import { parseIpAllowlist } from './ip-allowlist.ts'

const PROXIES = parseIpAllowlist(['10.0.0.0/8', 'fd00::/8'])

test.each([
  ['nobody in between', '203.0.113.7', '', '203.0.113.7'],
  ['a link-local caller, whose interface is ours', 'fe80::1%eth0', '', 'fe80::1'],
  ['a header from a stranger', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
  ['one proxy', '10.0.0.1', '203.0.113.7', '203.0.113.7'],
  ['two proxies', '10.0.0.1', '203.0.113.7, 10.0.0.2', '203.0.113.7'],
  ['a caller who invents more', '10.0.0.1', '1.1.1.1, 203.0.113.7', '203.0.113.7'],
  ['a proxy over IPv6', '::ffff:10.0.0.1', '2001:db8::7', '2001:db8::7'],
  ['an address with its port', '10.0.0.1', '203.0.113.7:4711', '203.0.113.7'],
  ['an IPv6 address with its port', 'fd00::1', '[2001:db8::7]:4711', '2001:db8::7'],
  ['a mapped address', '10.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
  ['nothing but proxies', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ['no address', '10.0.0.1', 'unknown', null],
  ['an obfuscated one', '10.0.0.1', '203.0.113.7, _hidden', null],
  ['a zone', '10.0.0.1', 'fe80::1%eth0', null],
  ['octal', '10.0.0.1', '0203.0.113.7', null],
  ['an empty hop', '10.0.0.1', '203.0.113.7,,', null],
  ['a thousand hops', '10.0.0.1', `${'1.1.1.1, '.repeat(1000)}203.0.113.7`, '203.0.113.7'],
])('%s', (_, remote, forwarded, expected) => {
  expect(clientIp(remote, forwarded, PROXIES)).toBe(expected)
})
