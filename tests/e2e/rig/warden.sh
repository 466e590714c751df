# Runs the command given after LOG and GRACE, and lives as long as it does. Prints the command's process id first.
# When standard input ends (the test let go of it, or died) the command gets SIGTERM, and SIGKILL after GRACE
# tenths of a second. Whatever it leaves in its process group goes with it.
log=$1 grace=$2
shift 2
exec 3<&0
setsid "$@" </dev/null 3<&- >>"$log" 2>&1 &
child=$!
echo "$child"
exec >/dev/null
(
  read -r _ <&3
  kill -TERM "$child" 2>/dev/null
  while kill -0 "$child" 2>/dev/null && [ "$grace" -gt 0 ]; do
    sleep 0.1
    grace=$((grace - 1))
  done
  kill -KILL "$child" 2>/dev/null
) &
guard=$!
exec 3<&-
wait "$child"
status=$?
kill -TERM "$guard" 2>/dev/null
kill -s KILL -- "-$child" 2>/dev/null
exit "$status"
