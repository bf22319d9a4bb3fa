# NAME=value is a variable of the command, which stands behind --; NAME?succeeded=value too, NAME?skipped=value is not.
# --output=TYPE:NAME=PATH and --artifact=KIND:NAME=PATH deliver what the command leaves in FLOW_OUTPUTS, or where --from says.
# --after=STATE is how a task before has ended; after a failure nothing is started.
# --escape=NAME=value and the words numbered by --escaped hold backslash escapes.
# --soft=TRIES makes a failure of the last try a state, and --retry-on=CODES every failure with another exit code.
set -u
state=succeeded report='' soft='' codes='' limit='' place='' folder='' outputs='' artifacts='' sources=''
words=$# command=0 escaped='' code=0 nl='
'
plain() { text=$(printf '%b.' "$1"); text=${text%.}; }
deliver() { mkdir -p "${1%/*}" && printf '%s' "$2" > "$1"; }
each() { printf '%s' "$2" | while IFS= read -r line; do "$1" "${line%%=*}" "${line#*=}" || exit 1; done; }
while [ "$words" -gt 0 ]; do
  word=$1 value=${1#*=} words=$((words - 1))
  shift
  if [ "$command" -gt 0 ]; then
    case ,$escaped, in *",$command,"*) plain "$word"; word=$text ;; esac
    set -- "$@" "$word"
    command=$((command + 1))
    continue
  fi
  case $word in
    --) command=1 ;;
    --escaped=*) escaped=$value ;;
    --state=*) report=$value ;;
    --decision=*) [ "$value" = run ] || state=$value ;;
    --after=*) case $value in failed | upstream_failed) state=upstream_failed ;; esac ;;
    --soft=*) soft=$value ;;
    --retry-on=*) codes=" $value " ;;
    --timeout=*) limit=$value ;;
    --workdir=*) plain "$value"; place=$text ;;
    --outputs=*) folder=$value ;;
    --output=*) outputs=$outputs$value$nl ;;
    --artifact=*) artifacts=$artifacts$value$nl ;;
    --from=*) plain "$value"; sources=$sources$text$nl ;;
    --folder=*) mkdir -p "$value" ;;
    --escape=*) plain "$value"; set -- "$@" "$text" ;;
    --final=*) case $value in *FAILED*) text=failed ;; *) text=succeeded ;; esac; set -- "$@" "${value%%=*}=$text" ;;
    *) case ${word%%=*} in *\?succeeded) set -- "$@" "${word%%\?*}=$value" ;; *\?*) ;; *) set -- "$@" "$word" ;; esac ;;
  esac
done
fits() {
  case $1 in
    string) ;;
    list) case $2 in '['*']') ;; *) return 1 ;; esac ;;
    object) case $2 in '{'*'}') ;; *) return 1 ;; esac ;;
    boolean) [ "$2" = true ] || [ "$2" = false ] ;;
    integer) printf '%s\n' "$2" | grep -Eqx -e '-?(0|[1-9][0-9]{0,15})' && [ "${2#-}" -le 9007199254740992 ] ;;
    number) printf '%s\n' "$2" | grep -Eqx -e '-?(0|[1-9][0-9]*)([.][0-9]+)?([eE](-[0-9]+|[+]?0*([0-9]{1,2}|[12][0-9]{2}|30[0-8])))?' ;;
  esac
}
output() {
  type=${1%%:*} file=$folder/${1#*:}
  [ -f "$file" ] && [ "$(wc -c < "$file")" -le 32768 ] && text=$(cat "$file"; echo .) || { echo "no output ${1#*:}" >&2; return 1; }
  text=${text%.} text=${text%"$nl"}
  [ "$type" = string ] || { text=${text#"${text%%[! ]*}"}; text=${text%"${text##*[! ]}"}; }
  case $type:$text in integer:*"$nl"* | number:*"$nl"*) false ;; *) fits "$type" "$text" ;; esac ||
    { echo "output ${1#*:} is no $type" >&2; return 1; }
  deliver "$2" "$text"
}
artifact() {
  source=$(printf '%s' "$sources" | sed -n "s/^${1#*:}=//p")
  source=${source:-$folder/${1#*:}}
  case $1 in file:*) [ -f "$source" ] ;; *) [ -d "$source" ] ;; esac || { echo "no ${1%%:*} ${1#*:}" >&2; return 1; }
  mkdir -p "${2%/*}" && rm -rf "$2" && cp -R "$source" "$2"
}
nothing() {
  case $1 in
    integer:* | number:*) deliver "$2" 0 ;;
    boolean:*) deliver "$2" false ;;
    list:*) deliver "$2" '[]' ;;
    object:*) deliver "$2" '{}' ;;
    string:*) deliver "$2" '' ;;
    *) mkdir -p "$2" ;;
  esac
}
if [ "$state" = succeeded ]; then
  if [ "$folder" ]; then rm -rf "$folder"; mkdir -p "$folder"; else folder=$(mktemp -d); fi
  if [ "$place" ]; then mkdir -p "$place"; cd "$place" || exit 1; fi
  attempt=$((${KFP_RETRY_INDEX:-0} + 1))
  set -- env "FLOW_OUTPUTS=$folder" "FLOW_ATTEMPT=$attempt" "$@"
  [ -z "$limit" ] || set -- timeout -s KILL "$limit" "$@"
  "$@" || code=$?
  [ "$code" -ne 0 ] || { each output "$outputs" && each artifact "$artifacts"; } || code=1
  if [ "$code" -ne 0 ]; then
    echo "attempt $attempt failed with exit code $code" >&2
    final=''
    case $codes in '' | *" $code "*) [ "$attempt" -lt "${soft:-0}" ] || final=yes ;; *) final=yes ;; esac
    [ "$soft" ] && [ "$final" ] || exit "$code"
    state=failed
  fi
else
  echo "not started: $state" >&2
fi
[ "$state" = succeeded ] || { each nothing "$outputs" && each nothing "$artifacts"; } || exit 1
[ -z "$report" ] || deliver "$report" "$state"
