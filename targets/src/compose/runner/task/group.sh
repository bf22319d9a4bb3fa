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

