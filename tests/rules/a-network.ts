/** A network with everything that a route can lead to, for traffic paths and next hops. */
import { ids } from './networks.ts';

/**
 * vpc-1, 10.1.0.0/16: subnet-1 (zone 1, by table 1), subnet-2 (zone 2, by table 1), subnet-3 (zone 1, by table 2: the
 * internet), subnet-4 (local zone), subnet-5 (outpost), subnet-6 (zone 1, with the appliance, by the main table).
 * vpc-2 (same region, peered, and on the same transit gateway), vpc-3 (us-east-1, peered).
 */
export const NETWORK = ids(`
vpcs:
  - id: vpc-1
    cidrs: [10.1.0.0/16, "2001:db8:1::/56"]
    subnets:
      - id: subnet-1
        cidrs: [10.1.1.0/24, "2001:db8:1:1::/64"]
        azId: euc1-az1
        interfaces:
          - { id: eni-1, primary: 10.1.1.10, ipv6: ["2001:db8:1:1::10"], instance: i-1 }
          - { id: eni-2, primary: 10.1.1.20, instance: i-2 }
          - { id: eni-16, primary: 10.1.1.30, instance: i-2 }
          - { id: eni-11, primary: 10.1.1.5, kind: transit_gateway }
          - { id: eni-13, primary: 10.1.1.6, kind: vpc_endpoint }
          - { id: eni-15, primary: 10.1.1.7, kind: network_load_balancer }
      - id: subnet-2
        cidrs: [10.1.2.0/24]
        azId: euc1-az2
        interfaces:
          - { id: eni-3, primary: 10.1.2.10 }
          - { id: eni-12, primary: 10.1.2.5, kind: transit_gateway }
          - { id: eni-14, primary: 10.1.2.6, kind: vpc_endpoint }
      - id: subnet-3
        cidrs: [10.1.3.0/24, "2001:db8:1:3::/64"]
        azId: euc1-az1
        interfaces:
          - { id: eni-4, primary: 10.1.3.10, ipv6: ["2001:db8:1:3::10"] }
          - { id: eni-10, primary: 10.1.3.5, kind: nat_gateway }
      - id: subnet-4
        cidrs: [10.1.4.0/24, "2001:db8:1:4::/64"]
        placement: { sublocationType: localzone, sublocationId: fra-1 }
        interfaces: [{ id: eni-5, primary: 10.1.4.10, ipv6: ["2001:db8:1:4::10"] }]
      - id: subnet-5
        cidrs: [10.1.5.0/24]
        placement: { sublocationType: outpost, sublocationId: op-0a1b2c3d4e5f60718 }
        interfaces: [{ id: eni-6, primary: 10.1.5.10 }]
      - id: subnet-6
        cidrs: [10.1.6.0/24]
        azId: euc1-az1
        interfaces: [{ id: eni-7, primary: 10.1.6.10, instance: i-7 }]
      - { id: subnet-7, cidrs: [10.1.128.0/17], azId: euc1-az3, discover: true }
    internetGateway: { id: igw-1 }
    egressOnlyInternetGateway: { id: eigw-1 }
    vpnGateway: { id: vgw-1 }
    natGateways:
      - { id: nat-1, interface: eni-10, addresses: [{ public: 203.0.113.5, private: 10.1.3.5 }] }
      - { id: nat-2, regional: true, addresses: [{ public: 203.0.113.6 }] }
    endpoints:
      - { id: vpce-1, type: Gateway, service: com.amazonaws.eu-central-1.s3, prefixList: pl-1, routeTables: [rtb-1, rtb-2] }
      - { id: vpce-2, type: GatewayLoadBalancer, service: com.example.walls, interfaces: [eni-13, eni-14] }
    routeTables:
      - id: rtb-1
        subnets: [subnet-1, subnet-2]
        routes:
          - { to: 0.0.0.0/0, via: nat-1 }
          - { to: "::/0", via: eigw-1 }
          - { to: 10.2.0.0/16, via: pcx-1 }
          - { to: 10.3.0.0/16, via: pcx-2 }
          - { to: 10.4.0.0/16, via: tgw-1 }
          - { to: 172.16.0.0/12, via: vgw-1, propagated: true }
          - { to: 192.168.1.0/24, via: eni-7 }
          - { to: 192.168.2.0/24, via: i-2 }
          - { to: 192.168.3.0/24, via: vpce-2 }
          - { to: 192.168.4.0/24, via: lgw-1 }
          - { to: 192.168.5.0/24, via: cagw-1 }
          - { to: 192.168.6.0/24, via: "arn:aws:networkmanager::123456789012:core-network/core-network-0a1b2c3d4e5f60718" }
          - { to: 192.168.7.0/24, blackhole: true }
          - { to: 192.168.8.0/24, via: nat-2 }
          - { to: 10.1.3.0/24, via: eni-7 }
          - { to: 10.1.6.0/24, via: eni-2 }
      - id: rtb-2
        subnets: [subnet-3, subnet-4, subnet-5]
        routes: [{ to: 0.0.0.0/0, via: igw-1 }, { to: "::/0", via: igw-1 }, { to: 10.1.1.0/24, via: eni-7 }]
  - id: vpc-2
    cidrs: [10.2.0.0/16, 10.4.0.0/16]
    subnets:
      - { id: subnet-21, cidrs: [10.2.1.0/24], azId: euc1-az1, interfaces: [{ id: eni-21, primary: 10.2.1.10 }] }
      - id: subnet-22
        cidrs: [10.4.1.0/24]
        azId: euc1-az2
        interfaces: [{ id: eni-22, primary: 10.4.1.10 }, { id: eni-23, primary: 10.4.1.5, kind: transit_gateway }]
    routeTables:
      - { id: rtb-3, main: true, routes: [{ to: 10.1.0.0/16, via: pcx-1 }] }
  - id: vpc-3
    region: us-east-1
    cidrs: [10.3.0.0/16]
    subnets: [{ id: subnet-31, cidrs: [10.3.1.0/24], interfaces: [{ id: eni-31, primary: 10.3.1.10 }] }]
prefixLists:
  - { id: pl-1, name: com.amazonaws.eu-central-1.s3, prefixes: [52.95.128.0/21] }
peeringConnections:
  - { id: pcx-1, requester: { vpc: vpc-1 }, accepter: { vpc: vpc-2 } }
  - { id: pcx-2, requester: { vpc: vpc-3 }, accepter: { vpc: vpc-1 } }
transitGateways:
  - id: tgw-1
    attachments:
      - { id: tgw-attach-1, vpc: vpc-1, subnets: [subnet-1, subnet-2], interfaces: [eni-11, eni-12] }
      - { id: tgw-attach-2, vpc: vpc-2, subnets: [subnet-22], interfaces: [eni-23] }
`);
