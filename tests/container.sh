# Runs a command in a container made of what every Linux has: its root is the folder $1, /usr and /etc are this
# machine's. $2 is the user: 0 builds, any other may write to /data and /tmp alone. $3 is the folder to be in; what
# follows up to -- is to be seen there, too.
set -eu
root=$(realpath "$1") user=$2 folder=$3
shift 3
mount --rbind "$root" "$root"
cd "$root"
mkdir -p usr etc dev proc tmp
for name in bin sbin lib lib64; do
    if [ -L "/$name" ] && [ ! -e "$name" ]; then cp -P "/$name" .; fi
done
for name in usr etc dev proc; do mount --rbind "/$name" "$name"; done
mount -t tmpfs -o mode=1777 tmpfs tmp
while [ "$1" != -- ]; do
    mkdir -p "./$1"
    mount --rbind "$1" "./$1"
    mount -o remount,bind,ro "./$1"
    shift
done
shift
mount -o remount,bind,ro usr
mount -o remount,bind,ro etc
if [ "$user" != 0 ]; then
    if [ -d data ]; then mount --bind data data; fi
    mount -o remount,bind,ro .
fi
mkdir tmp/former
/sbin/pivot_root . tmp/former
umount -l /tmp/former
rmdir /tmp/former
cd "$folder"
if [ "$user" = 0 ]; then exec "$@"; fi
exec unshare --user --map-user="$user" --map-group="$user" -- "$@"
