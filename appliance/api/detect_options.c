/* Reads the options of a detection out of JSON members, wherever those came from. */
#include "api/detect_input.h"

#include "body.h"

static status validation_error(struct call *call, status rc)
{
    if (rc == ST_INVALID)
        call->problem.error = N_("Validation error");
    return rc;
}

static bool is_truthy(const struct json *value)
{
    switch (value->kind) {
    case JSON_BOOL:
        return value->boolean;
    case JSON_NUMBER:
        return value->number < 0 || value->number > 0;
    case JSON_STRING:
        return value->text.len && !slice_eq(value->text, S("false")) &&
               !slice_eq(value->text, S("0"));
    case JSON_ARRAY:
    case JSON_OBJECT:
        return value->count > 0;
    case JSON_NULL:
        break;
    }
    return false;
}

static status read_weights(const struct json *list, struct detect_options *options,
                           struct error *err)
{
    size_t i = 0;
    if (list->kind == JSON_NULL)
        return ST_OK;
    if (list->kind != JSON_ARRAY || list->count != INDICATOR_COUNT)
        return error_code(err, ST_INVALID, "weights", "weights must be a list of three numbers");
    for (const struct json *item = list->first; item; item = item->next, i++) {
        if (item->kind != JSON_NUMBER)
            return error_code(err, ST_INVALID, "weights",
                              "weights must be a list of three numbers");
        options->weights[i] = item->number;
    }
    return ST_OK;
}

static status read_thresholds(const struct json *object, struct detect_options *options,
                              struct error *err)
{
    if (object->kind == JSON_NULL)
        return ST_OK;
    const struct json_member members[] = {
        JSON_F64_OPT("psi", &options->threshold[INDICATOR_PSI], 0, 1e300),
        JSON_F64_OPT("ccs", &options->threshold[INDICATOR_CCS], -1e300, 1),
        JSON_F64_OPT("rho_pc", &options->threshold[INDICATOR_RHO_PC], 0, 1),
    };
    return json_members(object, members, ARRAY_COUNT(members), JSON_STRICT, err);
}

/* A word out of a list; the index, or an error that names the list. */
static status read_word(slice word, const char *name, const char *choices, int *ret,
                        struct error *err)
{
    slice rest = slice_of(choices);
    slice choice;
    for (int i = 0; word.len && slice_split(&rest, '|', &choice); i++)
        if (slice_eq(word, choice)) {
            *ret = i;
            return ST_OK;
        }
    if (!word.len)
        return ST_OK;
    return error_code(err, ST_INVALID, "invalid_field", "member '%s' must be one of %s", name,
                      choices);
}

static status read_words(const struct json *root, struct detect_input *ret, struct error *err)
{
    slice engine = S("");
    slice scale = S("");
    slice method = S("");
    slice language = S("");
    const struct json_member members[] = {
        JSON_STR_OPT("engine", &engine, 1, 20),
        JSON_STR_OPT("psi_scale", &scale, 1, 20),
        JSON_STR_OPT("bootstrap_method", &method, 1, 20),
        JSON_STR_OPT("language", &language, 2, 10),
    };
    int chosen_engine = ret->options.engine;
    int chosen_scale = ret->options.psi_scale;
    int chosen_method = ret->options.bootstrap.method;
    TRY(json_members(root, members, ARRAY_COUNT(members), JSON_LENIENT, err));
    TRY(read_word(engine, "engine", "calibrated|classic", &chosen_engine, err));
    TRY(read_word(scale, "psi_scale", "raw|zscore|relative", &chosen_scale, err));
    TRY(read_word(method, "bootstrap_method", "percentile|bca", &chosen_method, err));
    ret->options.engine = (enum engine)chosen_engine;
    ret->options.psi_scale = (enum psi_scale)chosen_scale;
    ret->options.bootstrap.method = (enum ci_method)chosen_method;
    if (language.len)
        ret->lang = lang_from_tag(language);
    return ST_OK;
}

static status read_preset(const struct json *root, struct detect_input *ret, struct error *err)
{
    slice name = S("");
    const struct json_member member = JSON_STR_OPT("preset", &name, 1, 40);
    TRY(json_members(root, &member, 1, JSON_LENIENT, err));
    if (!name.len)
        return ST_OK;
    const struct preset *preset = preset_find(name);
    if (!preset)
        return error_code(err, ST_INVALID, "invalid_field", "'%.*s' is not a preset",
                          SLICE_ARG(name));
    detect_options_preset(&ret->options, preset);
    return ST_OK;
}

static status read_numbers(const struct json *root, struct detect_input *ret, struct error *err)
{
    struct detect_options *o = &ret->options;
    uint64_t n_bootstrap = o->bootstrap.resamples;
    uint64_t draws = o->draws;
    uint64_t attempts = o->attempts;
    const struct json *run = NULL;
    const struct json *weights = NULL;
    const struct json *thresholds = NULL;
    const struct json_member members[] = {
        JSON_U64_OPT("n_bootstrap", &n_bootstrap, 1, 4294967294.0),
        JSON_U64_OPT("draws", &draws, 0, 4294967294.0),
        JSON_U64_OPT("seed", &o->seed, 0, 9007199254740991.0),
        JSON_F64_OPT("alpha", &o->alpha, 0, 0.5),
        JSON_F64_OPT("confidence", &o->bootstrap.confidence, 0, 1),
        JSON_U64_OPT("attempts", &attempts, 0, 4294967294.0),
        JSON_F64_OPT("score_stderr", &o->score_stderr, 0, 1e300),
        JSON_BOOL_OPT("include_samples", &o->bootstrap.include_samples),
        JSON_BOOL_OPT("lower_is_better", &o->lower_is_better),
        JSON_BOOL_OPT("validate_only", &ret->validate_only),
        JSON_BOOL_OPT("store", &ret->store),
        JSON_BOOL_OPT("use_cache", &ret->use_cache),
        JSON_TREE_OPT("run_bootstrap", &run),
        JSON_TREE_OPT("weights", &weights),
        JSON_TREE_OPT("thresholds", &thresholds),
    };
    TRY(json_members(root, members, ARRAY_COUNT(members), JSON_LENIENT, err));
    o->bootstrap.resamples = (uint32_t)n_bootstrap;
    o->draws = (uint32_t)draws;
    o->attempts = (uint32_t)attempts;
    o->bootstrap.run = run && is_truthy(run);
    if (weights)
        TRY(read_weights(weights, o, err));
    return thresholds ? read_thresholds(thresholds, o, err) : ST_OK;
}

static status read_map(const struct json *object, struct detect_input *ret, struct error *err)
{
    if (object->kind != JSON_OBJECT || object->count > DETECT_MAP_MAX)
        return error_code(err, ST_INVALID, "invalid_field",
                          "member 'map' must be an object of column names");
    for (const struct json *item = object->first; item; item = item->next) {
        if (item->kind != JSON_STRING)
            return error_code(err, ST_INVALID, "invalid_field",
                              "member 'map' must be an object of column names");
        ret->map[ret->panel.map_count++] = (struct column_map){item->name, item->text};
    }
    ret->panel.map = ret->map;
    return ST_OK;
}

status detect_tags_read(struct arena *arena, const struct json *list, slice *ret, struct error *err)
{
    slice text = S("");
    if (list->kind != JSON_ARRAY || list->count > DETECT_TAGS_MAX)
        return error_code(err, ST_INVALID, "invalid_field", "member '%s' must be a list of texts",
                          "tags");
    for (const struct json *item = list->first; item; item = item->next) {
        bool fine = item->kind == JSON_STRING && item->text.len && item->text.len <= 50 &&
                    !memchr(item->text.ptr, ',', item->text.len);
        if (!fine)
            return error_code(err, ST_INVALID, "invalid_field",
                              "a tag is text of 1 to 50 bytes without a comma");
        text = arena_printf(arena, SLICE_FMT "%s" SLICE_FMT, SLICE_ARG(text), text.len ? "," : "",
                            SLICE_ARG(item->text));
    }
    *ret = text;
    return arena_check(arena, err);
}

static status read_notes(struct arena *arena, const struct json *root, struct detect_input *ret,
                         struct error *err)
{
    slice separator = S("");
    const struct json *tags = NULL;
    const struct json *map = NULL;
    const struct json_member members[] = {
        JSON_STR_OPT("label", &ret->label, 0, DETECT_LABEL_MAX),
        JSON_STR_OPT("separator", &separator, 1, 1),
        JSON_STR_OPT("file_id", &ret->file_id, 1, 64),
        JSON_TREE_OPT("tags", &tags),
        JSON_TREE_OPT("map", &map),
    };
    TRY(json_members(root, members, ARRAY_COUNT(members), JSON_LENIENT, err));
    ret->panel.separator = separator.len ? separator.ptr[0] : 0;
    if (tags && tags->kind != JSON_NULL)
        TRY(detect_tags_read(arena, tags, &ret->tags, err));
    return map && map->kind != JSON_NULL ? read_map(map, ret, err) : ST_OK;
}

status detect_options_read(struct call *call, struct arena *arena, const struct json *root,
                           struct detect_input *ret, struct error *err)
{
    TRY(validation_error(call, read_preset(root, ret, err)));
    TRY(validation_error(call, read_words(root, ret, err)));
    TRY(validation_error(call, read_numbers(root, ret, err)));
    TRY(validation_error(call, read_notes(arena, root, ret, err)));
    return validation_error(call, detect_options_check(&ret->options, err));
}
