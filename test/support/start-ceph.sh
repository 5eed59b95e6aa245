#!/bin/bash
# Runs a one-node Ceph (mon, one osd, radosgw) in a folder, on loopback, without systemd, until it is stopped.
#
#   start-ceph.sh FOLDER RGW_PORT MON_PORT WATCHED_PID
#
# Needs the Debian packages radosgw, ceph-mon and ceph-osd; works as root and as an ordinary user.
# Writes FOLDER/ready once the S3 endpoint answers and its user exists, or FOLDER/failed with the reason.
# Stops (rgw, then osd, then mon: another order hangs) and removes FOLDER on SIGTERM, SIGINT,
# or when WATCHED_PID is gone, so that nothing survives a killed test run.
# Start it in a new session with its output redirected: the daemons keep inherited descriptors open.
set -euo pipefail

folder=$(realpath -m "${1:?folder}")
rgw_port=${2:?rgw port}
mon_port=${3:?mon port}
watched=${4:?pid to watch}
access_key=${CEPH_ACCESS_KEY:-TESTKEY}
secret_key=${CEPH_SECRET_KEY:-TESTSECRET}

mkdir -p "$folder"/{mon,osd,rgw,run,log}
echo $$ >"$folder/pid"
mon='' osd='' rgw=''

# Whether a process runs; a zombie does not.
alive() {
  kill -0 "$1" 2>/dev/null && ! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"
}
stop_one() {
  [ -n "$1" ] || return 0
  kill "$1" 2>/dev/null || return 0
  for _ in $(seq 50); do alive "$1" || return 0; sleep 0.1; done
  kill -9 "$1" 2>/dev/null || true
}
finish() {
  trap '' TERM INT
  trap - EXIT
  stop_one "$rgw"
  stop_one "$osd"
  stop_one "$mon"
  rm -rf "$folder"
  rmdir "$(dirname "$folder")" 2>/dev/null || true
  exit 0
}
fail() {
  trap - EXIT
  trap '' TERM INT
  { echo "start-ceph.sh: $1"; tail -n 5 "$folder"/log/*.out 2>/dev/null; } >"$folder/failed"
  stop_one "$rgw"
  stop_one "$osd"
  stop_one "$mon"
  exit 1
}
trap finish TERM INT
trap 'fail "stopped at line $LINENO"' EXIT

fsid=$(cat /proc/sys/kernel/random/uuid)
cat >"$folder/ceph.conf" <<CONF
[global]
fsid = $fsid
mon host = v2:127.0.0.1:$mon_port
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
keyring = $folder/keyring
run dir = $folder/run
admin socket = $folder/run/\$cluster-\$name.asok
pid file = $folder/run/\$name.pid
log file = $folder/log/\$name.log
mon cluster log file = $folder/log/cluster.log
crash dir = $folder/log
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon warn on pool no redundancy = false
mon max pg per osd = 1000
ms bind ipv6 = false
paxos propose interval = 0.05
paxos min wait = 0.01
mon osd min up ratio = 0
osd heartbeat interval = 20
debug ms = 0
[mon.a]
mon data = $folder/mon
mon allow pool size one = true
mon osd down out interval = 0
mon data avail crit = 1
mon data avail warn = 2
[osd.0]
osd data = $folder/osd
osd journal = $folder/osd/journal
osd objectstore = bluestore
bluestore block size = ${CEPH_BLOCK_BYTES:-10737418240}
bluestore block db create = false
osd memory target = 1073741824
osd op num shards = 2
osd class load list = *
osd class default list = *
[client.rgw]
rgw data = $folder/rgw
rgw frontends = beast endpoint=127.0.0.1:$rgw_port
rgw thread pool size = 64
rgw enable usage log = false
rgw enable ops log = false
rgw gc max objs = 4
rgw usage max shards = 1
rgw lc max objs = 4
rgw objexp hints num shards = 4
rgw crypt require ssl = false
ms mon client mode = crc
auth client required = none
CONF
export CEPH_CONF="$folder/ceph.conf"
cd "$folder"

touch keyring
monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$mon_port]" monmap
ceph-mon -i a --mkfs --monmap monmap --keyring keyring
ceph-mon -i a -f >log/mon.out 2>&1 &
mon=$!

osd_uuid=$(cat /proc/sys/kernel/random/uuid)
for _ in $(seq 100); do
  timeout 10 ceph osd new "$osd_uuid" 0 >log/osd-new.out 2>&1 && break
  alive "$mon" || fail 'the monitor stopped'
  sleep 0.1
done
ceph-osd -i 0 --mkfs --osd-uuid "$osd_uuid" >log/osd-mkfs.out 2>&1
ceph-osd -i 0 -f >log/osd.out 2>&1 &
osd=$!
radosgw -n client.rgw -f >log/rgw.out 2>&1 &
rgw=$!

for _ in $(seq 600); do
  curl -sf -o /dev/null --noproxy '*' "http://127.0.0.1:$rgw_port/" && break
  alive "$rgw" || fail 'radosgw stopped'
  alive "$watched" || finish
  sleep 0.1
done
radosgw-admin -n client.rgw --admin-socket '' user create --uid=test --display-name=test \
  --access-key="$access_key" --secret-key="$secret_key" >log/user.json
touch ready

while alive "$watched"; do sleep 0.5; done
finish
