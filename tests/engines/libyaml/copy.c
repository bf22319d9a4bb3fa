/* Read a YAML file by libyaml and write it again: `copy FROM TO`. What that costs is what `cargo xtask bench`
   measures flowc by, so that its bars hold on machines of any speed. */
#include <stdio.h>

#include "yaml.h"

static int copy(yaml_parser_t *parser, yaml_emitter_t *emitter) {
  yaml_event_type_t type = YAML_NO_EVENT;
  while (type != YAML_STREAM_END_EVENT) {
    yaml_event_t event;
    if (!yaml_parser_parse(parser, &event)) {
      fprintf(stderr, "line %lu: %s\n", (unsigned long)parser->problem_mark.line + 1, parser->problem);
      return 1;
    }
    type = event.type;
    /* The emitter owns the event from here on, also when it fails. */
    if (!yaml_emitter_emit(emitter, &event)) {
      fprintf(stderr, "%s\n", emitter->problem);
      return 1;
    }
  }
  return 0;
}

int main(int count, char **arguments) {
  FILE *from = count == 3 ? fopen(arguments[1], "rb") : NULL;
  FILE *to = from ? fopen(arguments[2], "wb") : NULL;
  if (!to) {
    fprintf(stderr, "usage: copy FROM TO, of files that can be opened\n");
    return 2;
  }
  yaml_parser_t parser;
  yaml_emitter_t emitter;
  if (!yaml_parser_initialize(&parser) || !yaml_emitter_initialize(&emitter)) {
    fprintf(stderr, "no memory\n");
    return 1;
  }
  yaml_parser_set_input_file(&parser, from);
  yaml_emitter_set_output_file(&emitter, to);
  yaml_emitter_set_unicode(&emitter, 1);
  int failed = copy(&parser, &emitter);
  yaml_emitter_delete(&emitter);
  yaml_parser_delete(&parser);
  return fclose(to) != 0 || failed;
}
