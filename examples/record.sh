#!/bin/bash
# Records the captures of examples/: real programs, in network namespaces of their own.
#
#   sudo examples/record.sh              records every scenario again
#   sudo examples/record.sh web scan     records some of them
#
# Writes examples/NAME/CAPTURE and nothing else: network.yaml, README.md and expected.txt stay as they are,
# so after a new recording expected.txt has to be made again (npm test says where it differs, and
# tests/examples/examples.test.ts says how).
#
#   weir-outside  203.0.113.10, 2001:db8:113::10  --- wan \
#   weir-client   10.20.1.10, fd20:0:0:1::10      --- lan -- weir-router -- dmz --- weir-server
#                                                        10.20.2.20 and .21, fd20:0:0:2::20
#
# Namespaces and programs go away at the end, also when something fails or Ctrl-C is pressed.
set -Eeuo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
scenarios=(web dns ssh ping ipv6 scan fragments vlan cooked pcapng bulk offload)
namespaces=(weir-client weir-router weir-server weir-outside weir-switch)
work=
pids=()

say() { printf 'record: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# What is missing is named all at once, with the Debian package that has it.
check_tools() {
  local missing=() pair
  for pair in ip:iproute2 nft:nftables tcpdump:tcpdump dumpcap:wireshark-common python3:python3 curl:curl \
    dnsmasq:dnsmasq-base dig:bind9-dnsutils sshd:openssh-server ssh:openssh-client ping:iputils-ping \
    nmap:nmap iperf3:iperf3 gzip:gzip; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing+=("${pair%%:*} (apt-get install ${pair##*:})")
  done
  [ ${#missing[@]} -eq 0 ] || fail "missing: $(IFS=,; echo "${missing[*]}")"
  [ "$(id -u)" -eq 0 ] || fail "network namespaces need root"
}

remove_namespaces() {
  local pid name
  for pid in ${pids[@]+"${pids[@]}"}; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  pids=()
  for name in "${namespaces[@]}"; do
    if [ -e "/run/netns/$name" ]; then
      for pid in $(ip netns pids "$name"); do kill -9 "$pid" 2>/dev/null || true; done
      ip netns del "$name"
    fi
  done
}

clean_up() {
  remove_namespaces
  [ -z "$work" ] || rm -rf "$work"
}

on() { local name=$1; shift; ip netns exec "weir-$name" "$@"; }
# A program that runs beside the scenario, until it is over.
serve() { local name=$1; shift; ip netns exec "weir-$name" "$@" >>"$work/log" 2>&1 & pids+=($!); }
# Waits up to 10 s for a TCP port of a host.
wait_port() {
  local tries
  for tries in $(seq 100); do
    if on "$1" bash -c "exec 3<>/dev/tcp/$2/$3" 2>/dev/null; then return; fi
    sleep 0.1
  done
  fail "nothing answers at $2 port $3"
}

# link NAMESPACE DEVICE ADDRESS4 ADDRESS6 ROUTER4 ROUTER6
link() {
  ip link add eth0 netns "weir-$1" type veth peer name "$2" netns weir-router
  # One segment at a time: what a wire would carry, not what an offloading card is given.
  ip -n "weir-$1" link set eth0 up gso_max_segs 1
  ip -n weir-router link set "$2" up gso_max_segs 1
  ip -n "weir-$1" address add "$3" dev eth0
  ip -n "weir-$1" address add "$4" dev eth0 nodad
  ip -n weir-router address add "$5" dev "$2"
  ip -n weir-router address add "$6" dev "$2" nodad
  ip -n "weir-$1" route add default via "${5%/*}"
  ip -n "weir-$1" route add default via "${6%/*}"
}

build_network() {
  remove_namespaces
  local name
  for name in client router server outside; do
    ip netns add "weir-$name"
    ip -n "weir-$name" link set lo up
    on "$name" sh -c 'echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad'
    on "$name" sh -c 'echo 0 >/proc/sys/net/ipv6/conf/default/router_solicitations'
  done
  on router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
  link client lan 10.20.1.10/24 fd20:0:0:1::10/64 10.20.1.1/24 fd20:0:0:1::1/64
  link server dmz 10.20.2.20/24 fd20:0:0:2::20/64 10.20.2.1/24 fd20:0:0:2::1/64
  link outside wan 203.0.113.10/24 2001:db8:113::10/64 203.0.113.1/24 2001:db8:113::1/64
  ip -n weir-server address add 10.20.2.21/24 dev eth0
  sleep 2 # multicast listener reports and the like are over by then
}

# capture NAMESPACE FILE TCPDUMP-OPTIONS…: returns when tcpdump listens.
capturing=()
capture() {
  local name=$1 file=$2 tries
  shift 2
  mkdir -p "$(dirname "$file")"
  : >"$work/tcpdump.log"
  ip netns exec "weir-$name" tcpdump -Z root --immediate-mode -s 128 -n -w "$file" "$@" 2>"$work/tcpdump.log" &
  capturing+=($!)
  for tries in $(seq 100); do
    if grep -q 'listening on' "$work/tcpdump.log"; then return; fi
    sleep 0.1
  done
  fail "tcpdump did not start: $(cat "$work/tcpdump.log")"
}

# Ends all captures and the programs of the scenario.
finish() {
  sleep 1
  local pid
  for pid in "${capturing[@]}"; do kill -INT "$pid"; wait "$pid" || true; done
  capturing=()
  remove_namespaces
}

web_server() { # NAMESPACE ADDRESS
  mkdir -p "$work/www"
  printf 'hello\n' >"$work/www/index.html"
  head -c 60000 /dev/zero >"$work/www/file"
  serve "$1" python3 -m http.server --directory "$work/www" --bind "$2" 80
}

record_web() {
  web_server server 0.0.0.0
  wait_port server 10.20.2.20 80
  capture router "$here/web/web.pcap" -i dmz
  on outside curl -s -o /dev/null http://10.20.2.20/
  on outside curl -s -o /dev/null http://10.20.2.20/file
  on outside curl -s -o /dev/null http://10.20.2.21/ # a secondary address of the same interface
  on client curl -s -o /dev/null http://10.20.2.20/missing
  on client curl -s -o /dev/null http://10.20.2.20:8080/ || true # refused: nothing listens
}

record_dns() {
  serve server dnsmasq --no-daemon --no-hosts --no-resolv --conf-file=/dev/null --port=53 --user=root \
    --address=/www.example.test/10.20.2.20 --address=/www.example.test/fd20:0:0:2::20 \
    --mx-host=example.test,mail.example.test,10 --txt-record=example.test,"v=spf1 -all" \
    --local=/example.test/
  wait_port server 10.20.2.20 53
  capture router "$here/dns/dns.pcap" -i lan --time-stamp-precision=nano
  local type
  for type in A AAAA; do on client dig +tries=1 @10.20.2.20 www.example.test "$type" >>"$work/log"; done
  on client dig +tries=1 @10.20.2.20 example.test MX >>"$work/log"
  on client dig +tries=1 @10.20.2.20 nothing.example.test A >>"$work/log"
  on client dig +tries=1 +tcp @10.20.2.20 example.test TXT >>"$work/log"
  on client dig +tries=1 @fd20:0:0:2::20 www.example.test A >>"$work/log"
}

record_ssh() {
  mkdir -p "$work/ssh" /run/sshd
  ssh-keygen -q -t ed25519 -N '' -f "$work/ssh/host"
  ssh-keygen -q -t ed25519 -N '' -f "$work/ssh/user"
  cp "$work/ssh/user.pub" "$work/ssh/authorized_keys"
  printf '%s\n' 'ListenAddress 10.20.2.20' "HostKey $work/ssh/host" 'UsePAM no' 'StrictModes no' \
    'PermitRootLogin yes' "AuthorizedKeysFile $work/ssh/authorized_keys" "PidFile none" >"$work/ssh/sshd_config"
  serve server "$(command -v sshd)" -D -f "$work/ssh/sshd_config"
  wait_port server 10.20.2.20 22
  capture router "$here/ssh/ssh.pcap" -i dmz
  local options=(-F /dev/null -i "$work/ssh/user" -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o BatchMode=yes)
  # Long enough for a window that has neither the beginning nor the end of the connection.
  on client ssh "${options[@]}" root@10.20.2.20 'for i in 1 2 3 4 5 6; do sleep 21; echo $i; done' >>"$work/log" 2>&1
  on outside ssh "${options[@]}" -o PreferredAuthentications=none root@10.20.2.20 true >>"$work/log" 2>&1 || true
}

record_ping() {
  capture router "$here/ping/ping.pcap" -i dmz
  on outside ping -q -i 2 -c 70 10.20.2.20 >>"$work/log" &
  local outside=$!
  on client ping -q -c 3 10.20.2.21 >>"$work/log"
  on client ping -q -c 2 10.20.2.99 >>"$work/log" || true # nobody: the router says so
  on server ping -q -c 2 203.0.113.10 >>"$work/log"
  wait "$outside"
}

record_ipv6() {
  web_server server ::
  wait_port server fd20:0:0:2::20 80
  capture router "$here/ipv6/ipv6.pcap" -i dmz
  on outside curl -s -o /dev/null 'http://[fd20:0:0:2::20]/file'
  on client curl -s -o /dev/null 'http://[fd20:0:0:2::20]/'
  on outside ping -6 -q -c 3 fd20:0:0:2::20 >>"$work/log"
  on server ping -6 -q -c 2 fd20:0:0:1::10 >>"$work/log"
}

# The firewall logs each new connection and each refusal to NFLOG group 5.
firewall() {
  on router nft -f - <<'RULES'
table inet firewall {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname { "lan", "dmz" } log prefix "ACCEPT " group 5 accept
    tcp dport { 22, 80 } log prefix "ACCEPT " group 5 accept
    ip protocol icmp icmp type echo-request log prefix "ACCEPT " group 5 accept
    icmpv6 type echo-request log prefix "ACCEPT " group 5 accept
    meta l4proto tcp log prefix "REJECT " group 5 reject with tcp reset
    log prefix "REJECT " group 5 drop
  }
  chain input {
    type filter hook input priority filter; policy accept;
    ct state established,related accept
    meta l4proto { icmp, ipv6-icmp } accept
    log prefix "REJECT " group 5 reject
  }
}
RULES
}

record_scan() {
  web_server server ::
  wait_port server 10.20.2.20 80
  firewall
  # Whole packets: libpcap's netlink buffer is little larger than the snapshot length, and the kernel hands
  # over several messages at a time.
  capture router "$here/scan/scan.pcap" -i nflog:5 -s 262144
  capture router "$here/scan-wire/scan-wire.pcap" -i wan
  on outside nmap -n -Pn -sS --max-retries 1 -p 20-25,53,80,443,3306,3389,8080 10.20.2.20 10.20.2.21 >>"$work/log"
  on outside nmap -n -Pn -sU --max-retries 0 --host-timeout 5s -p 53,123,161 10.20.2.20 >>"$work/log"
  on outside nmap -n -6 -Pn -sT --max-retries 1 -p 22,23,80 fd20:0:0:2::20 >>"$work/log"
  on outside curl -s -o /dev/null http://10.20.2.20/
  on outside ping -q -c 2 10.20.2.20 >>"$work/log"
  on outside bash -c 'exec 3<>/dev/tcp/203.0.113.1/22' 2>>"$work/log" || true # the firewall itself
  on client curl -s -o /dev/null http://10.20.2.20/
}

record_fragments() {
  serve server python3 "$here/recording/udp-echo.py" 9000
  capture router "$here/fragments/fragments.pcap" -i dmz
  on client ping -q -s 4000 -c 3 10.20.2.20 >>"$work/log"
  on client ping -6 -q -s 4000 -c 3 fd20:0:0:2::20 >>"$work/log"
  on outside python3 "$here/recording/udp-send.py" 10.20.2.20 9000 5000 40000 1000
  on outside python3 "$here/recording/udp-send.py" fd20:0:0:2::20 9000 5000 1000
}

# Hosts on two tagged networks over one trunk: VLAN 100, and VLAN 300 inside the provider's 200.
record_vlan() {
  local side
  ip netns add weir-switch
  on switch sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6'
  ip link add trunk-a netns weir-switch type veth peer name trunk-b netns weir-switch
  for side in a b; do ip -n weir-switch link set "trunk-$side" mtu 1508 up; done
  on switch python3 "$here/recording/vlan-switch.py" trunk-a q-client:100 qinq-client:200.300 >"$work/switch-a" &
  pids+=($!)
  on switch python3 "$here/recording/vlan-switch.py" trunk-b q-server:100 qinq-server:200.300 >"$work/switch-b" &
  pids+=($!)
  until grep -q ready "$work/switch-a" && grep -q ready "$work/switch-b"; do sleep 0.1; done
  for side in client:10 server:20; do
    ip -n weir-switch link set "q-${side%:*}" netns "weir-${side%:*}"
    ip -n weir-switch link set "qinq-${side%:*}" netns "weir-${side%:*}"
    ip -n "weir-${side%:*}" link set "q-${side%:*}" up
    ip -n "weir-${side%:*}" link set "qinq-${side%:*}" up
    ip -n "weir-${side%:*}" address add "10.20.100.${side#*:}/24" dev "q-${side%:*}"
    ip -n "weir-${side%:*}" address add "fd20:0:0:100::${side#*:}/64" dev "q-${side%:*}" nodad
    ip -n "weir-${side%:*}" address add "10.20.200.${side#*:}/24" dev "qinq-${side%:*}"
  done
  web_server server 0.0.0.0
  wait_port server 10.20.100.20 80
  capture switch "$here/vlan/vlan.pcap" -i trunk-a
  on client ping -q -c 2 10.20.100.20 >>"$work/log"
  on client ping -6 -q -c 2 fd20:0:0:100::20 >>"$work/log"
  on client curl -s -o /dev/null http://10.20.100.20/
  on client ping -q -c 2 10.20.200.20 >>"$work/log"
  on client curl -s -o /dev/null http://10.20.200.20/file
}

# Every packet that the router forwards passes two of its devices, and is captured at both.
record_cooked() {
  web_server server ::
  wait_port server 10.20.2.20 80
  capture router "$here/cooked/cooked.pcap" -i any -y LINUX_SLL2
  capture router "$here/cooked-v1/cooked-v1.pcap" -i any -y LINUX_SLL
  on outside curl -s -o /dev/null http://10.20.2.20/
  on client curl -s -o /dev/null 'http://[fd20:0:0:2::20]/'
  on client ping -q -c 2 10.20.2.20 >>"$work/log"
  on client ping -q -c 2 10.20.1.1 >>"$work/log" # the router itself
}

record_pcapng() {
  mkdir -p "$here/pcapng"
  web_server server 0.0.0.0
  wait_port server 10.20.2.20 80
  ip netns exec weir-router dumpcap -q -s 128 -i lan -i wan -w "$work/two.pcapng" 2>>"$work/log" &
  capturing+=($!)
  sleep 2
  on outside curl -s -o /dev/null http://10.20.2.20/
  on client curl -s -o /dev/null http://10.20.2.20/
  on client ping -q -c 3 203.0.113.10 >>"$work/log" # passes both
  finish
  cat "$work/two.pcapng" >"$here/pcapng/pcapng.pcapng" # dumpcap makes files for their owner alone
}

record_bulk() {
  serve server iperf3 -s -1 -B 10.20.2.20
  sleep 1
  capture router "$work/bulk.pcap" -i dmz
  on client iperf3 -c 10.20.2.20 -n 400K -P 2 >>"$work/log"
  finish
  mkdir -p "$here/bulk"
  gzip -9 -n -c "$work/bulk.pcap" >"$here/bulk/bulk.pcap.gz"
}

# Segments beyond 65,535 bytes, as the stack hands them to the card (BIG TCP): jumbograms on the client.
record_offload() {
  local name
  for name in client server; do ip -n "weir-$name" link set eth0 gso_max_segs 65535 gso_max_size 185000; done
  for name in lan dmz; do ip -n weir-router link set "$name" gso_max_segs 65535 gso_max_size 185000 gro_max_size 185000; done
  serve server iperf3 -s -1 -B fd20:0:0:2::20
  sleep 1
  capture client "$here/offload/offload.pcap" -i eth0
  on client iperf3 -6 -c fd20:0:0:2::20 -n 2M >>"$work/log"
}

# A function, so that all of this file is read before anything runs.
main() {
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  trap 'say "failed at line $LINENO${scenario:+ ($scenario)}"; [ -z "$work" ] || tail -n 20 "$work/log" >&2' ERR
  check_tools
  work=$(mktemp -d)
  : >"$work/log"
  local scenario
  [ $# -gt 0 ] || set -- "${scenarios[@]}"
  for scenario in "$@"; do
    [[ " ${scenarios[*]} " == *" $scenario "* ]] || fail "no scenario $scenario (there are: ${scenarios[*]})"
  done
  for scenario in "$@"; do
    say "$scenario"
    build_network
    "record_$scenario"
    [ ${#capturing[@]} -eq 0 ] || finish
  done
}

main "$@"
