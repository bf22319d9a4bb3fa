# flowc's task runner: decides whether a task runs, runs its command, and records how that ended.
#   /flow/current                 the id of the run
#   /flow/ID/TASK/state           succeeded | failed | skipped | upstream_failed
#   /flow/ID/TASK/values/NAME     an output; of a fan-out a JSON list
#   /flow/ID/TASK/out/NAME        an artifact; this is the $FLOW_OUTPUTS of the command
#   /flow/ID/TASK/times           when its attempts began and ended, in seconds since the machine started
#   /flow/ID/TASK/I/...           the same of instance I of a fan-out
# The service of a task exits 0 however the task ended: Compose then starts what comes next, and there the trigger rule decides.
set -uf
mask=$(umask)
umask 0
flow=${FLOW_VOLUME:-/flow} library=${FLOW_LIBRARY:-/flowc/values.awk}
newline='
'

say() { printf 'flowc: %s\n' "$*"; }

evaluate() { # evaluate AT CODE: awk code over the values of the run, seen from place AT in the fan-outs around
  LC_ALL=C FLOW_AT=$1 awk -f "$library" -f - <<END
${FLOW_FUNCTIONS:-}
BEGIN {
  RUN = ENVIRON["FLOW_RUN"]
  AT = ENVIRON["FLOW_AT"]
$2
}
END
}

finish() { # finish PLACE STATE [WHY]
  printf '%s\n' "$2" > "$run/$1/state"
#{ fail_fast
  if broke "$1"; then
    for group in ${FLOW_STOPS-${FLOW_FAIL_FAST:-}}; do : > "$run/.flow/stop-$(around "$group" "${at:-}")"; done
  fi
#}
  say "$1 $2${3:+: $3}"
}

state() { cat "$run/$1/state" 2>/dev/null; }
#{ around

around() { # around NAME@N AT: a name for the group in the first N fan-outs around AT
  case $1 in
    *@*) printf '%s-%s\n' "${1%@*}" "$(printf '%s\n' "$2" | cut -d. -f "1-${1#*@}")" ;;
    *) printf '%s\n' "$1" ;;
  esac
}
#}

broke() { # whether the task or instance at PLACE failed and was not allowed to
  [ "$(state "$1")" = failed ] && [ ! -e "$run/$1/allowed" ]
}

#{ loop

nap() { # nap WHO: a moment; ends this container when the one that WHO is the work of has been gone for two minutes
  naps=$((${naps:-0} + 1))
  if [ $((naps % 50)) = 0 ]; then
    seen=$(cat "$run/.flow/seen/$1" 2>/dev/null)
    if [ $(($(date +%s) - ${seen:-$born})) -gt 120 ]; then
      say "$FLOW_TASK waits for $1, which is gone" >&2
      exit 1
    fi
  fi
  sleep 0.2
}

await() { # await WHO FILE [STATE]: until the file is there, or a state is
  until [ -e "$2" ] || [ -s "${3:-$2}" ]; do nap "$1"; done
}
#}

decide() { # decide AT: run, skipped or upstream_failed, by the trigger rule over the tasks of FLOW_AFTER
  good= bad= idle=
  for task in ${FLOW_AFTER:-}; do
    case $(state "$task${1:+/$1}") in
      succeeded) good=1 ;;
      skipped) idle=1 ;;
      *) bad=1 ;;
    esac
  done
  [ "${FLOW_AFTER:-}" ] || { echo run; return; }
  case ${FLOW_RULE:-all_success} in
    all_success) [ ! "$bad" ] || { echo upstream_failed; return; }; [ ! "$idle" ] ;;
#{ none_failed
    none_failed) [ ! "$bad" ] || { echo upstream_failed; return; } ;;
#}
#{ none_failed_min_one_success
    none_failed_min_one_success) [ ! "$bad" ] || { echo upstream_failed; return; }; [ "$good" ] ;;
#}
#{ one_success
    one_success) [ "$good" ] || [ ! "$bad" ] || { echo upstream_failed; return; }; [ "$good" ] ;;
#}
#{ all_done
    all_done) : ;;
#}
#{ all_failed
    all_failed) [ ! "$good$idle" ] ;;
#}
#{ one_failed
    one_failed) [ "$bad" ] ;;
#}
#{ all_skipped
    all_skipped) [ ! "$good$bad" ] ;;
#}
#{ none_skipped
    none_skipped) [ ! "$idle" ] ;;
#}
  esac && echo run || echo skipped
}

starts() { # starts PLACE AT: whether the task starts there; records its state when it does not
  mkdir -p "$run/$1"
#{ loop
  if [ "${FLOW_LANES:-}" ]; then
    await "open-$FLOW_GROUP" "$run/$FLOW_GROUP/$2/open" "$run/$FLOW_GROUP/$2/state"
    for task in ${FLOW_AFTER:-}; do await "$task" "$run/$task/$2/ended"; done
  fi
#}
#{ group
  if [ "${FLOW_GROUP:-}" ] && [ ! -e "$run/$FLOW_GROUP${2:+/$2}/open" ]; then
    case $(state "$FLOW_GROUP${2:+/$2}") in
      skipped) finish "$1" skipped ;;
      *) finish "$1" upstream_failed ;;
    esac
    return 1
  fi
#}
  decision=$(decide "$2")
  [ "$decision" = run ] || { finish "$1" "$decision"; return 1; }
#{ allow
  [ "${FLOW_ALLOW_FAILURE:-}" != 1 ] || : > "$run/$1/allowed"
#}
#{ stop
  if stopped; then finish "$1" upstream_failed 'not started any more'; return 1; fi
#}
#{ when
  if [ "${FLOW_WHEN:-}" ]; then
    decision=$(evaluate "$2" "print (${FLOW_WHEN}) ? 1 : 0")
    case $decision in
      1) ;;
      0) finish "$1" skipped; return 1 ;;
      *) finish "$1" failed 'its condition has no value'; return 1 ;;
    esac
  fi
#}
}
#{ stop

stopped() { # whether nothing more is to be started
#{ fail_fast
  for group in ${FLOW_FAIL_FAST:-}; do [ ! -e "$run/.flow/stop-$(around "$group" "${at:-}")" ] || return 0; done
#}
#{ deadline
  if [ -e "$run/.flow/deadline" ] && [ "${FLOW_FINALLY:-}" = "" ] && [ "$(date +%s)" -ge "$(cat "$run/.flow/deadline")" ]; then
    : > "$run/.flow/late"
    return 0
  fi
#}
  return 1
}
#}
#{ places

take() { # take NAME N: waits for one of N places and prints it
  mkdir -p "$run/.flow/places/$1"
  while :; do
    i=0
    while [ $i -lt "$2" ]; do
      mkdir "$run/.flow/places/$1/$i" 2>/dev/null && echo "$run/.flow/places/$1/$i" && return
      i=$((i + 1))
    done
    sleep 0.2
  done
}
#}
#{ bind

bind() { # bind AT: exports what FLOW_ENV says, one `NAME = expression` a line
  code=
  while IFS= read -r line; do
    code="${code}show(\"${line%% = *}\", ${line#* = })$newline"
  done <<END
$FLOW_ENV
END
  values=$(evaluate "$1" "${code}print \".\"") || return
  while IFS= read -r name && [ "$name" != . ]; do
    IFS= read -r lines
    i=0 value=
    while [ $i -lt "$lines" ]; do
      IFS= read -r line
      [ $i = 0 ] && value=$line || value=$value$newline$line
      i=$((i + 1))
    done
    export "$name=$value"
  done <<END
$values
END
}
#}

attempt() ( # attempt PLACE N COMMAND...: one attempt; its exit code, 255 when what it wrote is not right
  home=$run/$1 code=0
  [ "$2" = 1 ] || mv "$home/out" "$home/try-$(($2 - 1))"
  mkdir "$home/out" && printf '%s\n' "$2" > "$home/attempts"
  export FLOW_OUTPUTS="$home/out" FLOW_RUN_ID="${run##*/}" FLOW_ATTEMPT="$2"
  keep="${FLOW_OUTPUT_TYPES:-}" artifacts="${FLOW_ARTIFACTS:-}" limit="${FLOW_TIMEOUT:-}" place=$1
  shift 2
#{ deadline
  if [ -e "$run/.flow/deadline" ] && [ ! "${FLOW_FINALLY:-}" ]; then
    left=$(($(cat "$run/.flow/deadline") - $(date +%s)))
    [ $left -gt 0 ] || left=0
    if [ ! "$limit" ] || [ "${limit%.*}" -gt $left ]; then limit=$left; fi
  fi
#}
#{ args
  n=0
  if [ "${FLOW_ARGUMENTS:-}" ]; then
    for word; do
      shift
      case " $FLOW_ARGUMENTS " in *" $n "*) eval "word=\$FLOW_ARGUMENT_$n" && unset "FLOW_ARGUMENT_$n" ;; esac
      set -- "$@" "$word"
      n=$((n + 1))
    done
  fi
#}
  unset FLOW_AFTER FLOW_RULE FLOW_GROUP FLOW_SCOPE FLOW_WHEN FLOW_FOR_EACH FLOW_FILTER FLOW_MAX_PARALLEL FLOW_PLACES FLOW_ENV \
    FLOW_FUNCTIONS FLOW_ARGUMENTS FLOW_BACKOFF FLOW_RETRY_ON FLOW_TIMEOUT FLOW_OUTPUT_TYPES FLOW_ARTIFACTS FLOW_ALLOW_FAILURE \
    FLOW_FAIL_FAST FLOW_FINALLY FLOW_VOLUME FLOW_LIBRARY FLOW_RUN FLOW_HOME FLOW_STATUS FLOW_DURATION FLOW_LANES FLOW_STOPS FLOW_STEP FLOW_WITH FLOW_CHOICES
#{ secrets
  for name in $hidden; do unset "$name"; done
#}
  group=
  if command -v setsid >/dev/null; then
    group=- # so that the timeout ends the whole process group
    (umask "$mask"; exec setsid "$@") 3<&- </dev/null &
  else
    (umask "$mask"; exec "$@") 3<&- </dev/null &
  fi
  child=$!
  read -r began rest < /proc/uptime
#{ timeout
  if [ "$limit" ]; then
    (
      sleep "$limit" & nap=$!
      trap 'kill "$nap"; exit' TERM
      wait "$nap"
      say "$place takes longer than $limit s" >&2
      kill -9 "$group$child"
    ) 2>/dev/null &
    clock=$!
  fi
#}
  wait "$child" || code=$?
#{ timeout
  [ ! "$limit" ] || kill "$clock" 2>/dev/null
#}
  read -r ended rest < /proc/uptime
  printf '%s %s\n' "$began" "$ended" >> "$home/times"
  [ $code = 0 ] || { say "$place exited $code" >&2; exit $code; }
#{ outputs
  if [ "$keep" ]; then
    mkdir -p "$home/values"
    for output in $keep; do
      file=$home/out/${output%%=*}
      [ -f "$file" ] || { say "$place: output ${output%%=*} is missing" >&2; exit 255; }
      [ "$(wc -c < "$file")" -le 32768 ] || { say "$place: output ${output%%=*} is longer than 32768 bytes" >&2; exit 255; }
      [ "$(tr -d '\000' < "$file" | wc -c)" -eq "$(wc -c < "$file")" ] || { say "$place: output ${output%%=*} holds NUL" >&2; exit 255; }
    done
    evaluate '' "keep(\"$home\", \"$keep\")" || { rm -rf "$home/values"; say "$place: an output is not right" >&2; exit 255; }
  fi
#}
#{ artifacts
  while IFS= read -r artifact; do
    [ "$artifact" ] || continue
    name=${artifact%%=*} kind=${artifact#*=}
#{ artifact_path
    case $kind in *:*) [ ! -e "${kind#*:}" ] || cp -R "${kind#*:}" "$home/out/$name" ;; esac
#}
    case $kind in
      file*) [ -f "$home/out/$name" ] ;;
      *) [ -d "$home/out/$name" ] ;;
    esac || { say "$place: artifact $name is missing" >&2; exit 255; }
  done <<END
$artifacts
END
#}
)

attempts() { # attempts PLACE COMMAND...: one attempt, and one more after each wait of FLOW_BACKOFF
  n=1 place=$1
  shift
#{ places
  held=
  for limit in ${FLOW_PLACES:-}; do held="$held $(take "$(around "${limit%%=*}" "$at")" "${limit#*=}")"; done
#}
#{ stop
  if stopped; then
#{ places
    [ ! "$held" ] || rmdir $held
#}
    late=1
    return 1
  fi
#}
  while :; do
    attempt "$place" $n "$@" && code=0 || code=$?
    [ $code != 0 ] || break
#{ retry
    wait=${FLOW_BACKOFF:-}
    [ "$wait" ] || break
#{ retry_on
    case " ${FLOW_RETRY_ON:-$code} " in *" $code "*) ;; *) break ;; esac
#}
    FLOW_BACKOFF=${wait#* }
    [ "$FLOW_BACKOFF" != "$wait" ] || FLOW_BACKOFF=
    sleep "${wait%% *}"
    n=$((n + 1))
    continue
#}
    break
  done
#{ places
  [ ! "$held" ] || rmdir $held
#}
  return $code
}

instance() ( # instance PLACE AT COMMAND...: one instance of the task, or its only one; records its state
  place=$1 at=$2
  shift 2
#{ allow
  if [ "${FLOW_ALLOW_FAILURE:-}" ] && [ "$(evaluate "$at" "print ($FLOW_ALLOW_FAILURE) ? 1 : 0")" = 1 ]; then : > "$run/$place/allowed"; fi
#}
#{ bind
  if [ "${FLOW_ENV:-}" ]; then
    export FLOW_OUTPUTS="$run/$place/out"
    bind "$at" || { finish "$place" failed 'a field has no value'; exit; }
  fi
#}
  late=
  if attempts "$place" "$@"; then finish "$place" succeeded
#{ stop
  elif [ "$late" ]; then finish "$place" upstream_failed 'not started any more'
#}
  else finish "$place" failed; fi
)
#{ lanes

lanes() { # lanes N FILE FUNCTION ...: the function in N processes, which share the lines of the file
  most=$1 list=$2 claims=$run/$FLOW_TASK/taken-$4-${at:-} lane=0 crew=
  shift 2
  mkdir "$claims"
  while [ $lane -lt "$most" ]; do
    "$@" &
    lane=$((lane + 1))
    crew="$crew $!"
  done
  for one in $crew; do wait "$one" || exit 1; done
}

each() { # each FUNCTION ...: the function for each line that no other process has taken
  function=$1
  shift
  while IFS= read -r one <&3; do
    if mkdir "$claims/$one" 2>/dev/null; then "$function" "$one" "$@" || exit 1; fi
  done 3< "$list"
}
#{ loop

follow() { # follow FUNCTION ...: the same, of a list that grows until the group has opened its last instance
  until [ -e "$run/$FLOW_SCOPE/opened" ]; do
    each "$@"
    nap "open-$FLOW_SCOPE"
  done
  each "$@"
}
#}
#}
#{ for_each

list() { # list PLACE AT: the elements of FLOW_FOR_EACH, each with a folder of its own; PLACE/instances names those that run
  mkdir -p "$run/$1/elements"
  case $FLOW_FOR_EACH in
    \[*) evaluate "$2" "spread(ENVIRON[\"FLOW_FOR_EACH\"], \"$run/$1/elements\")" ;;
    *) evaluate "$2" "spread($FLOW_FOR_EACH, \"$run/$1/elements\")" ;;
  esac || return
  i=0
  : > "$run/$1/instances"
  while [ -e "$run/$1/elements/$i" ]; do
    one=${2:+$2.}$i
    mkdir -p "$run/$FLOW_TASK/$one"
    mv "$run/$1/elements/$i" "$run/$FLOW_TASK/$one/item"
#{ filter
    if [ "${FLOW_FILTER:-}" ]; then
      decision=$(evaluate "$one" "print ($FLOW_FILTER) ? 1 : 0") || return
      if [ "$decision" = 0 ]; then
        printf 'skipped\n' > "$run/$FLOW_TASK/$one/state"
        i=$((i + 1))
        continue
      fi
    fi
#}
    echo "$one" >> "$run/$1/instances"
    i=$((i + 1))
  done
}

gather() { # gather PLACE AT: the outputs and artifacts of the instances that succeeded, as lists and folders
  home=$run/$1
  mkdir -p "$home/values" "$home/out"
  i=0
  : > "$home/good"
  while [ -d "$run/$FLOW_TASK/${2:+$2.}$i" ]; do
    one=${2:+$2.}$i
    if [ "$(state "$FLOW_TASK/$one")" = succeeded ]; then echo "$i" >> "$home/good"; fi
    i=$((i + 1))
  done
  for output in ${FLOW_OUTPUT_TYPES:-}; do
    name=${output%%=*}
    while IFS= read -r i; do echo "$run/$FLOW_TASK/${2:+$2.}$i/values/$name"; done < "$home/good" > "$home/files"
    evaluate '' "print join(\"$home/files\", \"${output#*=}\")" > "$home/values/$name"
  done
  for artifact in ${FLOW_ARTIFACTS:-}; do
    name=${artifact%%=*}
    [ "$name" != "$artifact" ] || continue
    mkdir -p "$home/out/$name"
    while IFS= read -r i; do
      ln -s "$run/$FLOW_TASK/${2:+$2.}$i/out/$name" "$home/out/$name/$i"
    done < "$home/good"
  done
}

verdict() { # verdict PLACE AT: of a fan-out, by its instances
  was=succeeded
  while IFS= read -r one; do
    if broke "$FLOW_TASK/$one"; then was=failed; fi
  done < "$run/$1/instances"
  [ $was = failed ] || gather "$1" "$2"
  finish "$1" $was
}

empty() { # empty PLACE AT: a skipped fan-out reads as empty
  [ "$(state "$1")" != skipped ] || gather "$1" "$2"
}
#}
#{ process_fan_out

fan_out() { # fan_out PLACE AT COMMAND...: an instance of the command for each element
  place=$1 at=$2
  shift 2
  list "$place" "$at" || { finish "$place" failed 'its list has no value'; return; }
  [ -s "$run/$place/instances" ] || { finish "$place" skipped; return; }
  lanes "${FLOW_MAX_PARALLEL:-16}" "$run/$place/instances" each element "$@"
  verdict "$place" "$at"
}

element() { # element AT COMMAND...
  one=$1
  shift
  export FLOW_ITEM_INDEX="${one##*.}"
  instance "$FLOW_TASK/$one" "$one" "$@"
}
#}

task() ( # task AT COMMAND...: the task at a place in the fan-outs around it, which is '' outside of any
  at=$1 place=$FLOW_TASK${1:+/$1}
  shift
  [ ! "$at" ] || export FLOW_ITEM_INDEX="${at##*.}"
  if ! starts "$place" "$at"; then :
#{ process_fan_out
  elif [ "${FLOW_FOR_EACH:-}" ]; then fan_out "$place" "$at" "$@"
#}
  else instance "$place" "$at" "$@"; fi
#{ process_fan_out
  [ ! "${FLOW_FOR_EACH:-}" ] || empty "$place" "$at"
#}
#{ loop
  [ ! "${FLOW_LANES:-}" ] || : > "$run/$place/ended"
#}
)
#{ group

open() ( # open AT: the group at AT starts, or each of its instances
  at=$1 place=$FLOW_TASK${1:+/$1}
  starts "$place" "$at" || exit 0
#{ group_fan_out
  if [ "${FLOW_FOR_EACH:-}" ]; then
    list "$place" "$at" || { finish "$place" failed 'its list has no value'; exit; }
    [ -s "$run/$place/instances" ] || { finish "$place" skipped; exit; }
#{ loop
    : > "$run/$place/listed"
    going=
#}
    while IFS= read -r at <&3; do
#{ loop
      [ ! "${FLOW_MAX_PARALLEL:-}" ] || turn
      going="$going $at"
#{ stop
      if stopped; then
        finish "$FLOW_TASK/$at" upstream_failed 'not started any more'
        echo "$at" >> "$run/$FLOW_TASK/scope"
        continue
      fi
#}
#}
#{ allow
      if [ "${FLOW_ALLOW_FAILURE:-}" ] && [ "$(evaluate "$at" "print ($FLOW_ALLOW_FAILURE) ? 1 : 0")" = 1 ]; then
        : > "$run/$FLOW_TASK/$at/allowed"
      fi
#}
      echo "$at" >> "$run/$FLOW_TASK/scope"
      enter "$FLOW_TASK/$at"
    done 3< "$run/$place/instances"
    exit
  fi
#}
  enter "$place"
)
#{ loop

turn() { # waits until fewer than FLOW_MAX_PARALLEL of the instances in `going` have not ended
  while :; do
    set -- $going
    going=
    for one; do [ -e "$run/$FLOW_TASK/$one/ended" ] || going="$going $one"; done
    set -- $going
    [ $# -ge "$FLOW_MAX_PARALLEL" ] || return 0
    nap "$FLOW_TASK"
  done
}
#}

enter() { # enter PLACE: what the tasks in the group may read, and their start
#{ with
  if [ "${FLOW_WITH:-}" ]; then
    mkdir -p "$run/$1/with"
    assign "$run/$1/with" "$FLOW_WITH" || { finish "$1" failed 'a value of its parameters is missing'; return; }
  fi
#}
  : > "$run/$1/open"
}

assign() { # assign FOLDER LINES: a file for each `name = expression`
  code=
  while IFS= read -r line; do
    code="${code}write(\"$1/${line%% = *}\", ${line#* = })$newline"
  done <<END
$2
END
  evaluate "$at" "$code"
}

close() ( # close AT: the group at AT ends
#{ group_fan_out
  if [ "${FLOW_FOR_EACH:-}" ]; then
    place=$FLOW_TASK${1:+/$1}
#{ loop
    [ ! "${FLOW_LANES:-${FLOW_MAX_PARALLEL:-}}" ] || await "open-$FLOW_TASK" "$run/$place/listed" "$run/$place/state"
#}
    if [ ! "$(state "$place")" ]; then
      at=$1
      lanes "${FLOW_MAX_PARALLEL:-1}" "$run/$place/instances" each last
      verdict "$place" "$1"
    fi
    empty "$place" "$1"
#{ loop
    : > "$run/$place/ended"
#}
    exit
  fi
#}
  last "$1"
)

last() ( # last AT: the group at AT, or its instance there, after the last of its tasks
  at=$1 place=$FLOW_TASK${1:+/$1}
#{ loop
  if [ "${FLOW_LANES:-${FLOW_MAX_PARALLEL:-}}" ]; then
    for child in $FLOW_TASKS; do await "$child" "$run/$child/$at/ended"; done
  fi
#}
  [ ! -e "$run/$place/open" ] || leave "$place"
#{ loop
  : > "$run/$place/ended"
#}
)

leave() { # leave PLACE: the state of the group by its tasks, and what it exports
  [ ! "$(state "$1")" ] || return 0
  for child in $FLOW_TASKS; do
    if broke "$child${at:+/$at}"; then finish "$1" failed; return; fi
  done
  mkdir -p "$run/$1/values" "$run/$1/out"
#{ exports
  if [ "${FLOW_EXPORTS:-}" ]; then
    assign "$run/$1/values" "$FLOW_EXPORTS" || { finish "$1" failed 'a value that it exports is missing'; return; }
  fi
#}
#{ links
  for link in ${FLOW_LINKS:-}; do
    from=${link#*=}
    ln -s "$run/${from%/*}${at:+/$at}/out/${from##*/}" "$run/$1/out/${link%%=*}"
  done
#}
  finish "$1" succeeded
}
#}

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
