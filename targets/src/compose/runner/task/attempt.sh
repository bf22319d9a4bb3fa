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
