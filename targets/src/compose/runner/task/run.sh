status() { # status TASK...: of the run, by the tasks at its top
#{ deadline
  if [ -e "$run/.flow/late" ]; then echo failed; return; fi
#}
  for one; do
    if broke "$one"; then echo failed; return; fi
  done
  echo succeeded
}

start() { # a new run
  last=$(cat "$flow/alive" 2>/dev/null)
  if [ "$last" ] && [ $(($(date +%s) - last)) -lt 10 ]; then
    say 'another run of this project was at work a moment ago; for two at once give each a project: docker compose -p NAME run --rm run' >&2
    exit 1
  fi
  id=${FLOW_RUN_ID:-$(date -u +%Y%m%dT%H%M%SZ)-$(od -An -N3 -tx1 /dev/urandom | tr -d ' ')}
  case $id in *[!A-Za-z0-9._-]* | .*) say "$id cannot be the id of a run" >&2; exit 1 ;; esac
  run=$flow/$id
  export FLOW_RUN="$run"
  mkdir "$run" || exit 1
  mkdir -p "$run/.flow/parameters"
  printf '%s\n' "$id" > "$run/.flow/id"
  date +%s > "$run/.flow/began"
#{ clock
  moment=$(cat "$run/.flow/began")
  if [ "${FLOW_SCHEDULED_AT:-}" ]; then
    moment=${FLOW_SCHEDULED_AT%Z}
    moment=$(date -u -d "${moment%T*} ${moment#*T}" +%s) || exit 1
  fi
  TZ=${FLOW_TIMEZONE:-UTC0} date -d "@$moment" +%Y-%m-%d > "$run/.flow/date"
  TZ=${FLOW_TIMEZONE:-UTC0} date -d "@$moment" +%Y-%m-%dT%H:%M:%S%z | sed 's/..$/:&/' > "$run/.flow/scheduled_at"
#}
#{ deadline
  [ ! "${FLOW_RUN_TIMEOUT:-}" ] || echo $(($(cat "$run/.flow/began") + FLOW_RUN_TIMEOUT)) > "$run/.flow/deadline"
#}
#{ required
  for name in ${FLOW_REQUIRED:-}; do
    eval "[ \"\${$name+given}\" ]" || { say "$name is not set: give it in the environment or in .env" >&2; exit 1; }
  done
#}
#{ parameters
  evaluate '' "$FLOW_PARAMETERS" || { say 'the parameters are refused' >&2; exit 1; }
#}
#{ copied
  [ -e "$flow/busybox" ] || { cp /bin/busybox "$flow/busybox.new" && mv "$flow/busybox.new" "$flow/busybox"; } || exit 1
#}
  printf '%s\n' "$id" > "$flow/current"
  say "run $id"
}

report() { # how every task of the run ended; fails when the run did
  run=$flow/$(cat "$flow/current")
  rm -f "$flow/alive"
  for task in $FLOW_TASKS; do
    all=$(set +f; cat "$run/$task"/[0-9]*/state 2>/dev/null | tr '\n' ' ')
    tries=$(cat "$run/$task/attempts" 2>/dev/null)
    was=$(state "$task")
    printf '%s: %s%s\n' "$task" "${was:-$all}" "${all:+${was:+ ($all)}}$([ "${tries:-1}" = 1 ] || echo " after $tries attempts")"
  done | sed 's/ )$/)/'
  was=$(status "$@")
  say "run ${run##*/} $was"
  printf '%s\n' "$was" > "$run/.flow/status"
  [ "$was" = succeeded ]
}

#{ approve

ask() { # ask SERVICE MESSAGE TIMEOUT [DEFAULT]: waits until a person has answered
  say "$2"
  say "answer with: docker compose exec $1 sh /flowc/task answer CHOICE"
  until=
  [ ! "$3" ] || until=$(($(date +%s) + $3))
  while [ ! -e "$FLOW_OUTPUTS/choice" ]; do
    if [ "$until" ] && [ "$(date +%s)" -ge "$until" ]; then
      [ $# = 4 ] || { say 'nobody has answered in time' >&2; exit 1; }
      printf '%s\n' "$4" > "$FLOW_OUTPUTS/choice"
    fi
    sleep 0.5
  done
}

answer() { # answer CHOICE [INDEX]: for the task of this container, or one of its instances
  case "$newline$FLOW_CHOICES$newline" in
    *"$newline$1$newline"*) ;;
    *) say "no such choice; there are: $(printf '%s' "$FLOW_CHOICES" | tr '\n' ' ')" >&2; exit 1 ;;
  esac
  out=$flow/$(cat "$flow/current")/$FLOW_TASK${2:+/$2}/out
  printf '%s\n' "$1" > "$out/answer" && mv "$out/answer" "$out/choice"
}
#}

main() {
  step=${FLOW_STEP:-task}
#{ scope
  if [ "${FLOW_SCOPE:-}" ]; then
    mkdir -p "$run/$FLOW_TASK"
    each=each
#{ loop
    if [ "${FLOW_LANES:-}" ]; then
      await "open-$FLOW_SCOPE" "$run/$FLOW_SCOPE/opened" "$run/$FLOW_SCOPE/scope"
      each=follow
    fi
#}
    if [ -e "$run/$FLOW_SCOPE/scope" ]; then
      lanes "${FLOW_LANES:-16}" "$run/$FLOW_SCOPE/scope" $each "$step" "$@"
    elif [ "$step" != close ]; then
      if [ "$(state "$FLOW_SCOPE")" = skipped ]; then finish "$FLOW_TASK" skipped; else finish "$FLOW_TASK" upstream_failed; fi
    fi
    return
  fi
#}
  "$step" '' "$@"
}

# As the first process of its container, an end from outside ends all in it.
[ $$ != 1 ] || trap 'kill -9 -1; exit 143' TERM INT
if [ ! "${FLOW_TASK:-}" ]; then "$@"; exit; fi
#{ approve
if [ "${FLOW_CHOICES:-}" ] && [ "$1" = answer ]; then "$@"; exit; fi
#}

run=$flow/$(cat "$flow/current")
export FLOW_RUN="$run"
#{ secrets
hidden=$(env | sed -n 's/^\(FLOW_SECRET_[A-Z0-9_]*\)=.*/\1/p')
#}
#{ finally
if [ "${FLOW_FINALLY:-}" ]; then
  FLOW_STATUS=$(status $FLOW_FINALLY)
  FLOW_DURATION=$(($(date +%s) - $(cat "$run/.flow/began")))
  export FLOW_STATUS FLOW_DURATION
fi
#}
#{ loop
born=$(date +%s) beats=$run/.flow/seen/$([ "${FLOW_STEP:-}" != open ] || echo open-)$FLOW_TASK
mkdir -p "$run/.flow/seen"
#}
while :; do
  date +%s > "$flow/alive"
#{ loop
  date +%s > "$beats"
#}
  sleep 2
done >/dev/null 2>&1 &
beat=$!
main "$@" &
wait $!
code=$?
#{ loop
[ "${FLOW_STEP:-}" != open ] || : > "$run/$FLOW_TASK/opened"
#}
kill "$beat" 2>/dev/null
exit "$code"
