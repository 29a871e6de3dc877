/* Reads reports back: the seal, and the options that make the same bytes again. */
#include "tools/report_file.h"

#include "base/file.h"

#define REPORT_BYTES_MAX ((size_t)512 << 20)

enum { KEY_FILE_BYTES_MAX = 4096 };

status public_key_read(struct cli *cli, const char *text,
                       unsigned char ret[static CRYPT_SIGN_PUBLIC_BYTES], struct error *err)
{
    slice hex = slice_of(text);
    if (hex.len != 2 * CRYPT_SIGN_PUBLIC_BYTES)
        TRY(file_read(text, KEY_FILE_BYTES_MAX, &cli->arena, &hex, err));
    if (!crypt_hex_decode(ret, CRYPT_SIGN_PUBLIC_BYTES, slice_trim(hex)))
        return error_set(err, ST_INVALID, N_("'%s' is not a public key of 64 hex digits"), text);
    return ST_OK;
}

status report_file_read(struct cli *cli, const char *path, const unsigned char *public_key,
                        struct report_file *ret, struct error *err)
{
    *ret = (struct report_file){0};
    TRY(file_read(path, REPORT_BYTES_MAX, &cli->arena, &ret->bytes, err));
    ret->bytes = slice_trim(ret->bytes);
    ret->sealed = slice_has_prefix(ret->bytes, S("{\"report\":"));
    if (ret->sealed) {
        status rc = report_verify(ret->bytes, public_key, &ret->seal, err);
        if (rc != ST_OK)
            return error_wrap(err, rc, "'%s'", path);
        ret->canonical = ret->seal.canonical;
    } else {
        ret->canonical = ret->bytes;
    }
    status rc = json_parse(ret->canonical, &cli->arena, &ret->report, err);
    if (rc != ST_OK)
        return error_wrap(err, rc, "'%s'", path);
    ret->is_record = ret->sealed && json_find(ret->report, "project_id");
    if (ret->is_record)
        return ST_OK;
    if (!json_find(ret->report, "options") || !json_find(ret->report, "engine_version"))
        return error_set(err, ST_INVALID, N_("'%s' is not a report"), path);
    return ST_OK;
}

/* A plain report has more members behind the canonical ones: time, file name, duration. */
bool report_file_holds(const struct report_file *file, slice canonical)
{
    if (file->sealed)
        return slice_eq(file->canonical, canonical);
    if (canonical.len == 0 || canonical.len > file->canonical.len)
        return false;
    slice members = slice_sub(canonical, 0, canonical.len - 1);
    char after = file->canonical.ptr[members.len];
    return slice_has_prefix(file->canonical, members) && (after == ',' || after == '}');
}

/* --- options --- */

static slice text_of(const struct json *options, const char *name)
{
    const struct json *value = json_find(options, name);
    return value && value->kind == JSON_STRING ? value->text : S("");
}

static void number_of(const struct json *options, const char *path, double *ret)
{
    const struct json *value = json_at(options, path);
    if (value && value->kind == JSON_NUMBER)
        *ret = value->number;
}

static void u32_of(const struct json *options, const char *name, uint32_t *ret)
{
    uint64_t value;
    if (json_to_u64(json_find(options, name), &value) && value < UINT32_MAX)
        *ret = (uint32_t)value;
}

static bool flag_of(const struct json *options, const char *name)
{
    const struct json *value = json_find(options, name);
    return value && value->kind == JSON_BOOL && value->boolean;
}

static void choices_of(const struct json *options, struct detect_options *o)
{
    slice scale = text_of(options, "psi_scale");
    o->engine =
        slice_eq(text_of(options, "engine"), S("classic")) ? ENGINE_CLASSIC : ENGINE_CALIBRATED;
    o->bootstrap.method =
        slice_eq(text_of(options, "ci_method"), S("bca")) ? CI_BCA : CI_PERCENTILE;
    o->psi_scale = slice_eq(scale, S("zscore"))     ? PSI_ZSCORE
                   : slice_eq(scale, S("relative")) ? PSI_RELATIVE
                                                    : PSI_RAW;
    o->preset = preset_find(text_of(options, "preset"));
    o->lower_is_better = flag_of(options, "lower_is_better");
    o->bootstrap.run = flag_of(options, "run_bootstrap");
    o->bootstrap.include_samples = flag_of(options, "include_samples");
}

static void numbers_of(const struct json *options, struct detect_options *o)
{
    static const char *const names[INDICATOR_COUNT][2] = {
        [INDICATOR_PSI] = {"weights.psi", "thresholds.psi"},
        [INDICATOR_CCS] = {"weights.ccs", "thresholds.ccs"},
        [INDICATOR_RHO_PC] = {"weights.rho_pc", "thresholds.rho_pc"},
    };
    for (int i = 0; i < INDICATOR_COUNT; i++) {
        number_of(options, names[i][0], &o->weights[i]);
        number_of(options, names[i][1], &o->threshold[i]);
    }
    (void)json_to_u64(json_find(options, "seed"), &o->seed); /* absent: the default */
    number_of(options, "alpha", &o->alpha);
    number_of(options, "confidence", &o->bootstrap.confidence);
    number_of(options, "score_stderr", &o->score_stderr);
    u32_of(options, "draws", &o->draws); /* null: automatic, as the default is */
    u32_of(options, "n_bootstrap", &o->bootstrap.resamples);
    u32_of(options, "attempts", &o->attempts);
}

static status reading_of(struct cli *cli, const struct json *options, struct detect_settings *ret,
                         struct error *err)
{
    slice separator = text_of(options, "separator");
    const struct json *map = json_find(options, "map");
    ret->reading = (struct panel_options){.engine = ret->options.engine, .map = ret->maps};
    if (separator.len == 1)
        ret->reading.separator = separator.ptr[0];
    for (const struct json *m = map ? map->first : NULL; m; m = m->next) {
        if (ret->reading.map_count == MAPS_MAX)
            return error_set(err, ST_INVALID, N_("'--map': at most %d"), MAPS_MAX);
        ret->maps[ret->reading.map_count++] =
            (struct column_map){.from = text_of(m, "from"), .to = text_of(m, "to")};
    }
    ret->threads = (unsigned)cli_whole(cli, "threads", 0);
    return ST_OK;
}

status report_file_settings(struct cli *cli, const struct report_file *file,
                            struct detect_settings *ret, struct error *err)
{
    const struct json *options = json_find(file->report, "options");
    *ret = (struct detect_settings){.options = detect_options_default()};
    choices_of(options, &ret->options);
    numbers_of(options, &ret->options);
    TRY(reading_of(cli, options, ret, err));
    return detect_options_check(&ret->options, err);
}
