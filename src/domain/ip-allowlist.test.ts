import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { expect, test } from 'vitest'
import { ipAllowed, parseIpAllowlist, parseIpRange } from './ip-allowlist.ts'

test.each<[range: string, ip: string, allowed: boolean]>([
  ['1.2.3.4', '1.2.3.4', true],
  ['1.2.3.4', '::ffff:1.2.3.4', true],
  ['1.2.3.4', '::FFFF:0102:0304', true],
  ['1.2.3.4', '::1.2.3.4', false],
  ['1.2.3.4', '1.2.3.5', false],
  ['1.2.3.4', '1.2.3.4%eth0', false],
  ['1.2.3.4', '01.2.3.4', false],
  ['1.2.3.4', '1.2.3.4 ', false],
  ['1.2.3.4', 'unknown', false],
  ['1.2.3.4', '', false],
  ['10.0.0.0/8', '10.255.255.255', true],
  ['10.0.0.0/8', '::ffff:10.9.8.7', true],
  ['10.0.0.0/8', '11.0.0.0', false],
  ['10.0.0.0/8', 'a00::1', false],
  ['192.168.4.0/22', '192.168.7.255', true],
  ['192.168.4.0/22', '192.168.8.0', false],
  ['128.0.0.0/1', '200.1.1.1', true],
  ['128.0.0.0/1', '127.255.255.255', false],
  ['2001:db8::/32', '2001:db8:ffff::1', true],
  ['2001:db8::/32', '2001:db9::1', false],
  ['2001:db8::1', '2001:0DB8:0:0:0:0:0:1', true],
  ['2001:db8::8000/113', '2001:db8::ffff', true],
  ['2001:db8::8000/113', '2001:db8::7fff', false],
  ['::/64', '1.2.3.4', false],
  ['::/64', '::ffff:1.2.3.4', false],
  ['::/64', '::1.2.3.4', true],
  ['::1', '::1', true],
])('%s and a client at %j: allowed %s', (range, ip, allowed) => {
  expect(ipAllowed(parseIpAllowlist([range]), ip)).toBe(allowed)
})

test('an empty list lets nobody in', () => {
  expect(ipAllowed([], '1.2.3.4')).toBe(false)
})

test.each([
  '',
  ' ',
  '0.0.0.0/0',
  '::/0',
  '10.0.0.0/33',
  '2001:db8::/129',
  '10.0.0.1/8',
  '2001:db8::1/64',
  '010.0.0.1',
  '0x0a.0.0.1',
  '1.2.3',
  '1.2.3.256',
  '1.2.3.4.5',
  '16909060',
  '10.0.0.0/08',
  '10.0.0.0/-1',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '10.0.0.0/8 ',
  '10.0.0.0/255.0.0.0',
  '::ffff:10.0.0.0/8',
  '::ffff:10.0.0.0/104',
  '::ffff:1.2.3.4',
  'fe80::1%eth0',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8:9',
  '1:2:3:4:5:6:7:8::',
  ':1:2:3:4:5:6:7',
  '1::2::3',
  ':::',
  '1.2.3.4::',
  '::1.2.3.4:5',
  'g::1',
  '12345::',
  'example.com',
])('the range %j is refused', (text) => {
  expect(parseIpRange(text)).toHaveProperty('problem')
})

test('ranges mean what they mean to ipaddr.js', () => {
  const ipv4 = fc
    .tuple(fc.constantFrom(10, 192), fc.nat(3), fc.nat(255), fc.nat(255))
    .map((bytes) => bytes.join('.'))
  const ipv6 = fc
    .tuple(fc.constantFrom('2001', '2002'), fc.constantFrom('db8', '0'), fc.nat(3), fc.nat(3))
    .map(([a, b, c, d]) => `${a}:${b}::${c.toString(16)}:${d.toString(16)}`)
  const same = (base: string, ip: string, bits: number) => {
    const network =
      ipaddr.parse(base).kind() === 'ipv4'
        ? ipaddr.IPv4.networkAddressFromCIDR(`${base}/${bits}`)
        : ipaddr.IPv6.networkAddressFromCIDR(`${base}/${bits}`)
    const expected = ipaddr.parse(ip).match(network, bits)
    expect(ipAllowed(parseIpAllowlist([`${network.toString()}/${bits}`]), ip)).toBe(expected)
  }
  fc.assert(fc.property(ipv4, ipv4, fc.integer({ min: 1, max: 32 }), same))
  fc.assert(fc.property(ipv6, ipv6, fc.integer({ min: 1, max: 128 }), same))
})
