/* Tests of the JSON writer. */
#include "base/json_out.h"

#include "lib/main.h"

static void write_sample(struct json_out *w)
{
    json_object(w);
    json_key_u64(w, "n", 3);
    json_key(w, "list");
    json_array(w);
    json_f64(w, 0.5);
    json_null(w);
    json_bool(w, true);
    json_end(w);
    json_key(w, "empty");
    json_object(w);
    json_end(w);
    json_key_time(w, "at", 1000);
    json_key_time(w, "never", 0);
    json_end(w);
}

START_TEST(compact_form_has_no_blanks)
{
    struct buf buf;
    struct json_out w;
    buf_init(&buf, 1000);
    json_out_init(&w, &buf, 0);
    write_sample(&w);
    ck_slice(buf_slice(&buf), "{\"n\":3,\"list\":[0.5,null,true],\"empty\":{},"
                              "\"at\":\"1970-01-01T00:00:01Z\",\"never\":null}");
    buf_finish(&buf);
}
END_TEST

START_TEST(indented_form_breaks_lines)
{
    struct buf buf;
    struct json_out w;
    buf_init(&buf, 1000);
    json_out_init(&w, &buf, 1);
    write_sample(&w);
    ck_slice(buf_slice(&buf),
             "{\n \"n\": 3,\n \"list\": [\n  0.5,\n  null,\n  true\n ],\n \"empty\": {},\n"
             " \"at\": \"1970-01-01T00:00:01Z\",\n \"never\": null\n}");
    buf_finish(&buf);
}
END_TEST

TEST_MAIN("json_out", compact_form_has_no_blanks, indented_form_breaks_lines)
