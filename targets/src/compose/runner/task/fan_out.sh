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
