/** Which addresses lead out into the public internet: the only ones that a webhook may be called at. */
import { BlockList } from 'node:net'

export interface Address {
  address: string
  family: number
}

/** What IANA keeps for other purposes than reaching machines of the internet. */
const inside = new BlockList()
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  inside.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  inside.addSubnet(net, prefix, 'ipv6')
/** All of IPv6 that is reached from anywhere lies in here; mapped, local and link-local addresses do not. */
const global = new BlockList()
global.addSubnet('2000::', 3, 'ipv6')
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether it leads to a machine of the public internet, and to none that stands near this one. */
export const isPublic = ({ address, family }: Address): boolean =>
  family === 6
    ? global.check(address, 'ipv6') && !inside.check(address, 'ipv6')
    : family === 4 && !inside.check(address, 'ipv4')

export const isLoopback = ({ address, family }: Address): boolean =>
  loopback.check(address, family === 6 ? 'ipv6' : 'ipv4')
