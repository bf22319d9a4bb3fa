# The values of a run, for the expressions of the services: text is text, numbers are numbers, a boolean is 0 or 1;
# lists, objects and what only the run knows are compact JSON.

function fail(why) { print "flowc: " (what != "" ? what ": " : "") why | "cat >&2"; close("cat >&2"); exit 2 }

function read(file,  line, all, n, got) { # its text, without one trailing newline
  while ((got = (getline line < file)) > 0) all = n++ ? all "\n" line : line
  close(file)
  if (got < 0) fail("there is no value " substr(file, length(RUN) + 2))
  return all ""
}

function exists(file,  line, got) { got = (getline line < file); close(file); return got >= 0 }

function write(file, it) { printf "%s\n", it > file; close(file) }

function swap(text, from, to,  part, n, i, all) { # every character `from` becomes `to`
  n = split(text, part, from)
  all = part[1]
  for (i = 2; i <= n; i++) all = all to part[i]
  return n ? all : ""
}

function first(n,  i, part, all) { # the first n positions of this place in the fan-outs around
  split(AT, part, ".")
  for (i = 1; i <= n; i++) all = all (i > 1 ? "." : "") part[i]
  return all
}

function place(task, depth) { return RUN "/" task (depth ? "/" first(depth) : "") }
function state(task, depth) { return read(place(task, depth) "/state") }
function succeeded(task, depth) { return exists(place(task, depth) "/state") && state(task, depth) == "succeeded" }
function output(task, name, depth) { return read(place(task, depth) "/values/" name) }
function artifact(task, name, depth,  is) { # its path; of a skipped fan-out an empty folder
  is = state(task, depth)
  if (is != "succeeded" && is != "skipped") fail("there is no artifact " task "/" name)
  return place(task, depth) "/out/" name
}
function parameter(name) { return read(RUN "/.flow/parameters/" name) }
function given(group, name, depth) { return read(place(group, depth) "/with/" name) }
function item(task, depth) { return read(place(task, depth) "/item") }
#{ index
function position(depth,  part) { split(AT, part, "."); return part[depth] + 0 }
#}
#{ run
function run(name) {
  if (name == "status") return ENVIRON["FLOW_STATUS"] ""
  if (name == "duration") return ENVIRON["FLOW_DURATION"] ""
  return read(RUN "/.flow/" name)
}
#}
#{ secrets
function secret(name) { return ENVIRON["FLOW_SECRET_" name] "" }
#}
#{ show

function show(name, it,  line, n, i) { # how the runner reads a value: its name, its number of lines, its lines
  n = split(it "", line, "\n")
  print name
  print n
  for (i = 1; i <= n; i++) print line[i]
}
#}

function quote(text,  i) { # a text as JSON
  text = swap(swap(text, "\\", "\\\\"), "\"", "\\\"")
  if (text ~ /[\001-\037]/) {
    text = swap(swap(swap(swap(swap(text, "\n", "\\n"), "\t", "\\t"), "\r", "\\r"), "\b", "\\b"), "\f", "\\f")
    if (text ~ /[\001-\037]/) for (i = 1; i < 32; i++) text = swap(text, sprintf("%c", i), sprintf("\\u%04x", i))
  }
  return "\"" text "\""
}

function shown(x,  p, t, digits, e, sign) { # a number as JSON: the fewest digits that read back as the same
  if (x == 0) return "0"
  if (x < 1e15 && x > -1e15 && x == int(x)) return sprintf("%.0f", x)
  if (x < 0) { sign = "-"; x = -x }
  for (p = 0; p < 16; p++) { t = sprintf("%." p "e", x); if (t + 0 == x) break }
  t = sprintf("%." p "e", x)
  e = substr(t, index(t, "e") + 1) + 1
  digits = substr(t, 1, 1) substr(t, 3, p)
  p++
  while (p > 1 && substr(digits, p, 1) == "0") p--
  digits = substr(digits, 1, p)
  if (e > 21 || e < -5) return sign substr(digits, 1, 1) (p > 1 ? "." substr(digits, 2) : "") "e" (e > 0 ? "+" : "-") (e > 0 ? e - 1 : 1 - e)
  if (e <= 0) return sign "0." zeros(-e) digits
  if (e >= p) return sign digits zeros(e - p)
  return sign substr(digits, 1, e) "." substr(digits, e + 1)
}

function zeros(n,  all) { while (n-- > 0) all = all "0"; return all }
function truth(x) { return x ? "true" : "false" }
function number(json) { return json + 0 }

# JSON is cut into tokens, a string with its opening quote; \001 stands for an escaped backslash and \002 for a quote.
function tokens(text,  part, word, n, m, i, j) {
  if (text ~ /[\001\002]/) fail("a control character in JSON")
  gsub(/\\\\/, "\001", text)
  gsub(/\\"/, "\002", text)
  split("", token)
  last = 0
  at = 1
  n = split(text, part, "\"")
  if (n % 2 == 0) fail("not JSON: " substr(text, 1, 60))
  for (i = 1; i <= n; i++) {
    if (i % 2 == 0) { token[++last] = "\"" part[i]; continue }
    gsub(/[][{}:,]/, " & ", part[i])
    gsub(/[\t\r\n]/, " ", part[i])
    m = split(part[i], word, " ")
    for (j = 1; j <= m; j++) token[++last] = word[j]
  }
}

function utf8(n) {
  if (n < 128) return sprintf("%c", n)
  if (n < 2048) return sprintf("%c%c", 192 + int(n / 64), 128 + n % 64)
  if (n < 65536) return sprintf("%c%c%c", 224 + int(n / 4096), 128 + int(n / 64) % 64, 128 + n % 64)
  return sprintf("%c%c%c%c", 240 + int(n / 262144), 128 + int(n / 4096) % 64, 128 + int(n / 64) % 64, 128 + n % 64)
}

function hex(text,  i, n) {
  if (text !~ /^[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]$/) fail("a wrong \\u in JSON")
  for (i = 1; i <= 4; i++) n = n * 16 + index("0123456789abcdef", tolower(substr(text, i, 1))) - 1
  return n
}

function unescape(t,  part, n, i, c, u, all) { # the text of a string token
  if (t ~ /[\003-\037]/) fail("a control character in JSON")
  n = split(t, part, "\\")
  all = part[1]
  for (i = 2; i <= n; i++) {
    c = substr(part[i], 1, 1)
    if (c == "u") {
      u = hex(substr(part[i], 2, 4))
      part[i] = substr(part[i], 6)
      if (u >= 55296 && u < 56320 && part[i] == "" && substr(part[i + 1], 1, 1) == "u") {
        u = 65536 + (u - 55296) * 1024 + hex(substr(part[++i], 2, 4)) - 56320
        if (u < 65536) fail("half a character in JSON")
        part[i] = substr(part[i], 6)
      } else if (u >= 55296 && u < 57344) fail("half a character in JSON")
      if (!u) fail("NUL in JSON")
      all = all (u == 1 ? "\003" : u == 2 ? "\004" : u == 3 ? "\005u0003" : u == 4 ? "\005u0004" : u == 5 ? "\005u0005" : utf8(u)) part[i]
      continue
    }
    if (c == "" || !index("/bfnrt", c)) fail("a wrong escape in JSON")
    all = all substr("/\b\f\n\r\t", index("/bfnrt", c), 1) substr(part[i], 2)
  }
  # Last, so that what was escaped is not taken for an escape.
  all = swap(swap(all, "\001", "\\"), "\002", "\"")
  if (all ~ /[\003\004\005]/) {
    all = swap(swap(all, "\003", "\001"), "\004", "\002")
    all = swap2(all)
  }
  return all
}

function swap2(t,  part, n, i, all) {
  n = split(t, part, "\005")
  all = part[1]
  for (i = 2; i <= n; i++) all = all sprintf("%c", substr(part[i], 5, 1) + 0) substr(part[i], 6)
  return all
}

function string(json) { # a JSON string as text
  if (substr(json, 1, 1) != "\"") fail(json " is not a string")
  if (json !~ /\\/) return substr(json, 2, length(json) - 2)
  tokens(json)
  return unescape(substr(token[1], 2))
}

function whole(t) { return t ~ /^-?(0|[1-9][0-9]*)$/ && within(t) }
function within(t) { sub(/^-/, "", t); return length(t) < 16 || (length(t) == 16 && t "" <= "9007199254740992") }
function finite(x) { return x - x == 0 && (x == 0 || x * 2 != x) } # for mawk NaN equals everything
function isnumber(t) { return t ~ /^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?$/ && finite(t + 0) }

function value(want, depth,  t, all, is, n, key, id, i) { # the value at the next token, in compact JSON, of the type wanted
  if (depth > 127) fail("JSON too deep")
  t = token[at++]
  if (t == "[") {
    is = "list"
    n = want ~ /^list</ ? substr(want, 6, length(want) - 6) : "any"
    all = "["
    while (token[at] != "]") {
      if (all != "[") { if (token[at++] != ",") fail("not JSON: a list without its comma or end"); all = all "," }
      all = all value(n, depth + 1)
    }
    at++
    all = all "]"
  } else if (t == "{") {
    is = "object"
    id = ++objects
    while (token[at] != "}") {
      if (n && token[at++] != ",") fail("not JSON: an object without its comma or end")
      t = token[at++]
      if (substr(t, 1, 1) != "\"" || token[at++] != ":") fail("not JSON: a bad object")
      key = quote(unescape(substr(t, 2)))
      all = value("any", depth + 1)
      if (!((id, key) in field)) { keys[id, ++n] = key }
      field[id, key] = all
    }
    at++
    outermost = id
    fields[id] = n
    for (i = 2; sorted && i <= n; i++)
      for (is = i; is > 1 && keys[id, is - 1] "" > keys[id, is] ""; is--) { key = keys[id, is]; keys[id, is] = keys[id, is - 1]; keys[id, is - 1] = key }
    is = "object"
    all = "{"
    for (i = 1; i <= n; i++) all = all (i > 1 ? "," : "") keys[id, i] ":" field[id, keys[id, i]]
    all = all "}"
  } else if (substr(t, 1, 1) == "\"") { is = "string"; all = quote(unescape(substr(t, 2))) }
  else if (t == "true" || t == "false") { is = "boolean"; all = t }
  else if (t == "null") { is = t; all = t }
  else if (isnumber(t)) { is = (whole(t) || (t ~ /^-/ && t + 0 == 0)) ? "integer" : "number"; all = shown(t + 0) }
  else fail(at > last + 1 ? "not JSON: it ends too early" : "not JSON: " substr(t, 1, 60))
  if (want != "any" && is != want && !(want == "number" && is == "integer") && !(is == "list" && want ~ /^list</))
    fail(substr(all, 1, 60) " is not of type " want)
  return all
}

function compact(text, want,  all) { # any JSON text as compact JSON, or as a value of a type
  tokens(text)
  all = value(want, 0)
  if (at <= last) fail("text after the value: " substr(token[at], 1, 60))
  return all
}

function utf8text(t) { # whether its bytes are UTF-8
  if (t !~ /[\200-\377]/) return 1
  gsub(/[\302-\337][\200-\277]|\340[\240-\277][\200-\277]|[\341-\354\356\357][\200-\277][\200-\277]|\355[\200-\237][\200-\277]/, "", t)
  gsub(/\360[\220-\277][\200-\277][\200-\277]|[\361-\363][\200-\277][\200-\277][\200-\277]|\364[\200-\217][\200-\277][\200-\277]/, "", t)
  return t !~ /[\200-\377]/
}

function typed(t, type,  bare) { # the text of an output or parameter as a value of its type
  if (!utf8text(t)) fail("the text is not UTF-8")
  if (type == "string") return t
  bare = t
  gsub(/^[ \t\r\n]+|[ \t\r\n]+$/, "", bare)
  if (type == "integer") { if (!whole(bare)) fail(substr(bare, 1, 60) " is not an integer"); return shown(bare + 0) }
  if (type == "number") { if (!isnumber(bare)) fail(substr(bare, 1, 60) " is not a number"); return shown(bare + 0) }
  if (type == "boolean") { if (bare != "true" && bare != "false") fail(substr(bare, 1, 60) " is not a boolean"); return bare }
  return compact(t, type)
}
#{ outputs

function keep(home, types,  part, n, i, k) { # reads the outputs of an attempt and keeps their values
  n = split(types, part, " ")
  for (i = 1; i <= n; i++) {
    k = index(part[i], "=")
    what = "output " substr(part[i], 1, k - 1)
    write(home "/values/" substr(part[i], 1, k - 1), typed(read(home "/out/" substr(part[i], 1, k - 1)), substr(part[i], k + 1)))
  }
}
#}
#{ fan_out

function spread(list, home,  part, n, i) { # every element to a file of its own
  n = elements(list, part)
  for (i = 1; i <= n; i++) write(home "/" (i - 1), part[i])
}

function join(file, type,  line, all, n, home) { # an output of instances, whose folders the file lists, as a list
  while ((getline line < file) > 0) { n = read(line); all = all (all != "" ? "," : "") (type == "string" ? quote(n) : n) }
  close(file)
  return "[" all "]"
}
#}
#{ elements

function elements(json, into,  n) { # the elements of a list, into[1..n]
  if (substr(json, 1, 1) != "[") fail(substr(json, 1, 60) " is not a list")
  tokens(json)
  split("", into)
  at = 2
  n = 0
  while (token[at] != "]") { if (token[at] == ",") at++; into[++n] = value("any", 1) }
  return n
}
#}
#{ any

function kind(json,  c) { # of compact JSON
  c = substr(json, 1, 1)
  return c == "\"" ? "string" : c == "[" ? "list" : c == "{" ? "object" : c == "t" || c == "f" ? "boolean" : c == "n" ? "null" : "number"
}

function plain(json) { return substr(json, 1, 1) == "\"" ? string(json) : json }
function numeric(json) { if (kind(json) != "number") fail(json " is not a number"); return json + 0 }
function boolean(json) { if (kind(json) != "boolean") fail(json " is not a boolean"); return json == "true" }
function integral(x) { if (x != int(x) || x > 9007199254740992 || x < -9007199254740992) fail(shown(x) " is not an integer"); return x }

function order(a, b) { # below, at or above 0 as a is less than, equal to or more than b
  if (kind(a) == "number" && kind(b) == "number") { a += 0; b += 0 }
  else { a = string(a); b = string(b) }
  return a < b ? -1 : a > b
}

function concat(a, b) { # of two lists
  if (kind(a) != "list" || kind(b) != "list") fail(substr(a, 1, 60) " and " substr(b, 1, 60) " are not both lists")
  return a == "[]" ? b : b == "[]" ? a : substr(a, 1, length(a) - 1) "," substr(b, 2)
}

function add(a, b) {
  if (kind(a) == "string") return quote(string(a) string(b))
  if (kind(a) == "list") return concat(a, b)
  return shown(real(numeric(a) + numeric(b)))
}
#}
#{ arithmetic

function beyond() { fail("a result beyond 2^53") }
function bound(x) { if (x > 9007199254740992 || x < -9007199254740992) beyond(); return x }
function plus(a, b,  r) { r = bound(a + b); if (r - a != b || r - b != a) beyond(); return r }
function minus(a, b) { return plus(a, -b) }
function times(a, b,  r) { r = bound(a * b); if (a && r / a != b) beyond(); return r }
function quotient(a, b) { if (b == 0) fail("division by zero"); return bound((a - a % b) / b) }
function remainder(a, b) { if (b == 0) fail("division by zero"); return a % b }
function divide(a, b) { if (b == 0) fail("division by zero"); return real(a / b) }
function real(x) { if (!finite(x)) fail("a result that is too large"); return x + 0 }
#}
#{ numbers

function truncate(x) { if (x > 9007199254740992 || x < -9007199254740992) fail(shown(x) " is beyond 2^53"); return int(x) }
function integer_of(t) { if (!whole(t)) fail(substr(t, 1, 60) " is not an integer"); return t + 0 }
function number_of(t) { if (!isnumber(t)) fail(substr(t, 1, 60) " is not a number"); return t + 0 }
function to_integer(json) { return kind(json) == "number" ? truncate(json + 0) : integer_of(string(json)) }
function to_number(json) { return kind(json) == "number" ? json + 0 : number_of(string(json)) }
#}
#{ fields

function member(json, name,  key) { # a field of an object
  if (substr(json, 1, 1) != "{") fail(substr(json, 1, 60) " has no field " name)
  tokens(json)
  at = 1
  value("any", 0)
  key = quote(name)
  if (!((outermost, key) in field)) fail("the object has no field " name)
  return field[outermost, key]
}

function at_index(json, index_,  part, n) { # an element of a list, or a field of an object
  if (substr(json, 1, 1) == "{") return member(json, string(index_))
  n = elements(json, part)
  if (index_ !~ /^-?[0-9]+$/) fail("the index " index_ " is not an integer")
  if (index_ + 0 < 0 || index_ + 0 >= n) fail("the index " index_ " is outside of a list of " n)
  return part[index_ + 1]
}
#}
#{ same

function same(a, b,  r) { # deep, whatever the order of keys
  if (a == b) return 1
  if (!index(a, "{") || !index(b, "{")) return 0
  sorted = 1
  a = compact(a, "any")
  b = compact(b, "any")
  sorted = 0
  return a == b
}

function among(a, json,  part, n, i) { # whether a list has an element, or an object a key
  if (substr(json, 1, 1) == "{") {
    string(a)
    tokens(json)
    at = 1
    value("any", 0)
    return ((outermost, a) in field)
  }
  n = elements(json, part)
  for (i = 1; i <= n; i++) if (same(a, part[i])) return 1
  return 0
}
#}
#{ size

function characters(t) { gsub(/[\200-\277]/, "", t); return length(t) }

function size(json,  part) {
  if (substr(json, 1, 1) == "\"") return characters(string(json))
  if (substr(json, 1, 1) == "[") return elements(json, part)
  if (substr(json, 1, 1) != "{") fail(substr(json, 1, 60) " has no size")
  tokens(json)
  at = 1
  value("any", 0)
  return fields[outermost]
}
#}
#{ search

function contains(t, part) { return part == "" || index(t, part) > 0 }
function starts_with(t, part) { return substr(t, 1, length(part)) == part }
function ends_with(t, part) { return length(part) <= length(t) && substr(t, length(t) - length(part) + 1) == part }
#}
#{ range

function range(n,  i, all) { # [0,1,..]
  if (n > 10000) fail("range(" n ") is longer than 10000")
  for (i = 0; i < n; i++) all = all (i ? "," : "") i
  return "[" all "]"
}
#}
#{ days

function month(y, m) { return m == 2 ? 28 + (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)) : 30 + (m == 1 || m == 3 || m == 5 || m == 7 || m == 8 || m == 10 || m == 12) }

function day(t,  y, m, d) {
  if (t !~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]$/) fail(substr(t, 1, 60) " is not a day such as 2026-01-31")
  y = substr(t, 1, 4) + 0; m = substr(t, 6, 2) + 0; d = substr(t, 9, 2) + 0
  if (m < 1 || m > 12 || d < 1 || d > month(y, m)) fail(t " is not a day such as 2026-01-31")
  return t
}

function days(from, to,  y, m, d, n, all) { # both included
  day(from)
  day(to)
  y = substr(from, 1, 4) + 0; m = substr(from, 6, 2) + 0; d = substr(from, 9, 2) + 0
  for (n = 1; from <= to; n++) {
    if (n > 10000) fail("there are more than 10000 days")
    all = all (n > 1 ? "," : "") "\"" from "\""
    if (++d > month(y, m)) { d = 1; if (++m > 12) { m = 1; if (++y > 9999) break } }
    from = sprintf("%04d-%02d-%02d", y, m, d)
  }
  return "[" all "]"
}
#}
#{ parameters

function take(name, variable, type, fallback) { # a parameter from the environment
  what = "parameter " name
  write(RUN "/.flow/parameters/" name, typed((variable in ENVIRON ? ENVIRON[variable] : fallback) "", type))
}
#}
#{ least

function at_least(t, n) { if (t + 0 < n) fail(t " is less than " shown(n)); return t }
#}
#{ most

function at_most(t, n) { if (t + 0 > n) fail(t " is more than " shown(n)); return t }
#}
#{ choices

function one_of(t, type, list,  part, n, i) {
  n = elements(list, part)
  for (i = 1; i <= n; i++) if (same(part[i], type == "string" ? quote(t) : t)) return t
  fail(t " is not one of " list)
}
#}
#{ pattern

function shaped(t, regex, pattern) { if (t !~ regex) fail(t " does not match the pattern " pattern); return t }
#}
