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
