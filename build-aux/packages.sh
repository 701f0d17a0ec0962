# SPDX-License-Identifier: GPL-3.0-or-later
#
# Which Debian packages what needs, and how they are installed. Sourced by ./start and ./check.
# The only list: whatever the project uses beyond a fresh Debian 12 stands here.

# To build everything, and what the programs need when they run.
packages_build="gcc libc6-dev pkgconf meson ninja-build gettext libglib2.0-dev libglib2.0-dev-bin glib-networking
  libjson-glib-dev libsoup-3.0-dev libssl-dev libsqlite3-dev libpq-dev libldap-dev libmicrohttpd-dev libgnutls28-dev libidn2-dev libcrypt-dev liboath-dev libsystemd-dev
  libqrencode-dev libgtk-4-dev libadwaita-1-dev libsecret-1-dev librsvg2-common adwaita-icon-theme fonts-cantarell fonts-dejavu-core
  desktop-file-utils hicolor-icon-theme dbus dbus-bin dbus-daemon ca-certificates openssl python3 libxml2-utils"
# A display where there is none, and a picture of it.
packages_display="xvfb xauth xdotool x11-utils imagemagick at-spi2-core xcompmgr"
# The test suites.
packages_test="$packages_display libasan8 libubsan1 appstream openssl curl git binutils procps clang-format-14 postgresql slapd ldap-utils"

# Installs those of the named packages that are missing. Never starts a service that comes with one.
install_packages ()
{
  missing=""
  for package in "$@"; do
    case "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" in
      ii*|hi*) ;;
      *) missing="$missing $package" ;;
    esac
  done
  [ -n "$missing" ] || return 0

  as_root=""
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      echo "These packages are missing and neither root nor sudo is at hand:$missing" >&2
      return 1
    fi
    as_root="sudo"
  fi
  echo "Installing:$missing"
  # policy-rc.d is Debian's switch against starting services on installation (/usr/share/doc/init-system-helpers).
  policy=/usr/sbin/policy-rc.d
  own_policy=""
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
    own_policy=yes
  fi
  # PostgreSQL's package would make a database cluster and keep it as a system service, unless this file says otherwise.
  cluster_conf=/etc/postgresql-common/createcluster.conf
  own_cluster_conf=""
  case "$missing " in
    *" postgresql "*)
      if [ ! -e "$cluster_conf" ]; then
        $as_root mkdir -p "${cluster_conf%/*}"
        echo 'create_main_cluster = false' | $as_root tee "$cluster_conf" >/dev/null
        own_cluster_conf=yes
      fi ;;
  esac
  # OpenLDAP's package would make a directory for this machine, and start a service for it from now on.
  case "$missing " in
    *" slapd "*) echo 'slapd slapd/no_configuration boolean true' | $as_root debconf-set-selections ;;
  esac
  status=0
  $as_root apt-get -o DPkg::Lock::Timeout=600 -q update >/dev/null || status=$?
  if [ "$status" = 0 ]; then
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -o DPkg::Options::=--force-confold -q -y \
      install --no-install-recommends $missing >/dev/null || status=$?
  fi
  case "$status$missing " in
    0*" slapd "*) $as_root update-rc.d slapd disable >/dev/null || status=$? ;;
  esac
  if [ -n "$own_policy" ]; then
    $as_root rm -f "$policy"
  fi
  if [ -n "$own_cluster_conf" ]; then
    $as_root rm -f "$cluster_conf"
  fi
  [ "$status" = 0 ] || echo "Installing packages failed (apt-get's exit status $status)." >&2
  return "$status"
}
