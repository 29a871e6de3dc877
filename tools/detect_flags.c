/* From flags to the options of the detection library. */
#include "tools/detect_flags.h"

static status weights_read(struct cli *cli, struct detect_options *options, struct error *err)
{
    const char *text = cli_text(cli, "weights");
    slice rest = slice_of(text);
    slice part;
    size_t count = 0;
    if (!text)
        return ST_OK;
    while (slice_split(&rest, ',', &part)) {
        double weight;
        if (count == INDICATOR_COUNT || !slice_to_f64(slice_trim(part), &weight))
            return cli_usage(cli, err, N_("'--weights': '%s' is not three numbers A,B,C"), text);
        options->weights[count++] = weight;
    }
    if (count != INDICATOR_COUNT)
        return cli_usage(cli, err, N_("'--weights': '%s' is not three numbers A,B,C"), text);
    return ST_OK;
}

/* Names that the engine knows: the side of --map that says what a column is. */
static bool is_known_column(slice name)
{
    static const char *const known[] = {"time_period", "algorithm", "performance", "reported"};
    for (size_t i = 0; i < ARRAY_COUNT(known); i++)
        if (slice_eq(name, slice_of(known[i])))
            return true;
    return slice_has_prefix(name, S("constraint_"));
}

static status map_read(struct cli *cli, const char *text, struct column_map *ret, struct error *err)
{
    slice to = slice_of(text);
    slice from;
    if (!strchr(text, '=') || !slice_split(&to, '=', &from) || slice_trim(from).len == 0 ||
        slice_trim(to).len == 0)
        return cli_usage(cli, err, N_("'--map': '%s' is not NAME=COLUMN"), text);
    *ret = (struct column_map){.from = slice_trim(from), .to = slice_trim(to)};
    if (is_known_column(ret->from) && !is_known_column(ret->to))
        *ret = (struct column_map){.from = ret->to, .to = ret->from}; /* written the other way */
    return ST_OK;
}

static status separator_read(struct cli *cli, char *ret, struct error *err)
{
    const char *text = cli_text(cli, "separator");
    if (!text)
        return ST_OK;
    if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0)
        *ret = '\t';
    else if (strlen(text) == 1 && strchr(",;\t|", text[0]))
        *ret = text[0];
    else
        return cli_usage(cli, err, N_("'--separator': '%s' is not one of , ; tab |"), text);
    return ST_OK;
}

static status reading_read(struct cli *cli, struct detect_settings *ret, struct error *err)
{
    ret->reading = (struct panel_options){.engine = ret->options.engine, .map = ret->maps};
    TRY(separator_read(cli, &ret->reading.separator, err));
    for (;;) {
        const char *map = cli_text_at(cli, "map", ret->reading.map_count);
        if (!map)
            return ST_OK;
        if (ret->reading.map_count == MAPS_MAX)
            return cli_usage(cli, err, N_("'--map': at most %d"), MAPS_MAX);
        TRY(map_read(cli, map, &ret->maps[ret->reading.map_count++], err));
    }
}

static uint32_t whole_u32(const struct cli *cli, const char *name, uint32_t otherwise)
{
    uint64_t value = cli_whole(cli, name, otherwise);
    return value > UINT32_MAX - 1 ? UINT32_MAX - 1 : (uint32_t)value; /* the check names it */
}

static bool is_text(const struct cli *cli, const char *flag, const char *value)
{
    const char *text = cli_text(cli, flag);
    return text && strcmp(text, value) == 0;
}

static void numbers_read(const struct cli *cli, struct detect_options *o)
{
    o->alpha = cli_real(cli, "alpha", o->alpha);
    o->seed = cli_whole(cli, "seed", o->seed);
    if (cli_flag(cli, "draws"))
        o->draws = whole_u32(cli, "draws", 0);
    o->bootstrap.run = cli_whole(cli, "bootstrap", 0) > 0;
    if (o->bootstrap.run)
        o->bootstrap.resamples = whole_u32(cli, "bootstrap", 0);
    o->bootstrap.confidence = cli_real(cli, "confidence", o->bootstrap.confidence);
    o->threshold[INDICATOR_PSI] = cli_real(cli, "psi-threshold", o->threshold[INDICATOR_PSI]);
    o->threshold[INDICATOR_CCS] = cli_real(cli, "ccs-threshold", o->threshold[INDICATOR_CCS]);
    o->threshold[INDICATOR_RHO_PC] = cli_real(cli, "rho-threshold", o->threshold[INDICATOR_RHO_PC]);
    o->attempts = whole_u32(cli, "attempts", 0);
    o->score_stderr = cli_real(cli, "score-stderr", o->score_stderr);
}

status detect_settings_read(struct cli *cli, struct detect_settings *ret, struct error *err)
{
    struct detect_options *o = &ret->options;
    const char *preset = cli_text(cli, "preset");
    *o = detect_options_default();
    if (preset)
        detect_options_preset(o, preset_find(slice_of(preset)));
    o->engine = is_text(cli, "engine", "classic") ? ENGINE_CLASSIC : ENGINE_CALIBRATED;
    o->lower_is_better = cli_flag(cli, "lower-is-better");
    if (is_text(cli, "interval", "bca"))
        o->bootstrap.method = CI_BCA;
    if (is_text(cli, "psi-scale", "zscore"))
        o->psi_scale = PSI_ZSCORE;
    else if (is_text(cli, "psi-scale", "relative"))
        o->psi_scale = PSI_RELATIVE;
    numbers_read(cli, o);
    TRY(weights_read(cli, o, err));
    TRY(reading_read(cli, ret, err));
    ret->threads = whole_u32(cli, "threads", 0);
    return detect_options_check(o, err);
}
