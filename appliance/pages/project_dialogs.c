/* What can be done with a project: add rounds, freeze, review, approve, change, delete. */
#include "pages/project_page.h"

#include "storage/storage.h"

static slice project_send(struct page *page, const struct json *project, const char *method,
                          const char *suffix)
{
    slice id = page_member(project, "id");
    return arena_printf(&page->call->arena, "%s /api/projects/" SLICE_FMT "%s", method,
                        SLICE_ARG(id), suffix);
}

/* A label around its field: names repeat between the dialogs of this page. */
static void put_input(struct page *page, const char *label, const char *markup)
{
    page_raw(page, "<div class=\"field\"><label>");
    page_say(page, label);
    page_raw(page, markup);
    page_raw(page, "</label></div>");
}

static void put_add(struct page *page, const struct json *project)
{
    slice send = project_send(page, project, "POST", "/rounds");
    const struct page_dialog dialog = {
        .name = "add", .title = N_("Add rounds"), .send = send.ptr, .submit = N_("Add")};
    page_dialog_open(page, &dialog);
    put_input(page, N_("Result files, an archive, or a table"),
              "<input type=\"file\" name=\"log\" multiple>");
    put_input(page, N_("Or paste a table"),
              "<textarea name=\"csv_data\" spellcheck=\"false\" placeholder=\""
              "time_period,algorithm,performance,constraint_compute\"></textarea>");
    page_element(page, "p", "soft",
                 N_("Counts as one analysis. Runs that are there already are not added again."));
    page_dialog_close(page, &dialog);
}

static void put_freeze(struct page *page, const struct json *project)
{
    static const char *const splits[] = {"test", "dev", "unknown"};
    slice send = project_send(page, project, "POST", "/freeze");
    const struct page_dialog dialog = {.name = "freeze",
                                       .title = N_("Freeze the protocol"),
                                       .send = send.ptr,
                                       .submit = N_("Freeze")};
    page_dialog_open(page, &dialog);
    page_element(page, "p", NULL,
                 N_("Before the first round: hashed, signed, and compared with every later round. "
                    "It cannot be changed afterwards."));
    put_input(page, N_("Take the fields from a result file"),
              "<input type=\"file\" data-protocol-from>");
    put_input(page, N_("Protocol, one field per line"),
              "<textarea name=\"protocol\" data-pairs required rows=\"4\" spellcheck=\"false\" "
              "placeholder=\"n-shot = 5\nlimit = null\"></textarea>");
    page_raw(page, "<fieldset><legend>");
    page_say(page, N_("Parts of the data"));
    page_raw(page, "</legend>");
    for (size_t i = 0; i < ARRAY_COUNT(splits); i++)
        buf_printf(&page->out,
                   "<label class=\"box\"><input type=\"checkbox\" name=\"splits\" value=\"%s\"%s> "
                   "%s</label>",
                   splits[i], i == 0 ? " checked" : "", splits[i]);
    page_raw(page, "</fieldset><div class=\"three\">");
    put_input(page, N_("Metric"), "<input name=\"metric\" required>");
    put_input(page, N_("Planned rounds"),
              "<input name=\"planned_rounds\" type=\"number\" min=\"1\" required>");
    put_input(page, N_("Threshold of the score"),
              "<input name=\"threshold\" type=\"number\" step=\"any\">");
    page_raw(page, "</div>");
    page_dialog_close(page, &dialog);
}

static void put_options(struct page *page, const char *name, const struct page_option *options)
{
    buf_printf(&page->out, "<select name=\"%s\">", name);
    for (; options->value; options++) {
        buf_printf(&page->out, "<option value=\"%s\">", options->value);
        page_say(page, options->text);
        page_raw(page, "</option>");
    }
    page_raw(page, "</select>");
}

static void put_review(struct page *page, const struct json *project)
{
    static const struct page_option all[] = {{"accept", N_("accept")},
                                             {"dispute", N_("dispute")},
                                             {"sign", N_("sign")},
                                             {"comment", N_("comment")},
                                             {NULL, NULL}};
    static const struct page_option roles[] = {{"reviewer", N_("reviewer")},
                                               {"approver", N_("approver")},
                                               {"preparer", N_("preparer")},
                                               {NULL, NULL}};
    bool judges = page->call->user->role >= STORE_ROLE_REVIEWER;
    slice send = project_send(page, project, "POST", "/reviews");
    const struct page_dialog dialog = {.name = "review",
                                       .title = N_("Review the newest verdict"),
                                       .send = send.ptr,
                                       .submit = N_("Sign with my name")};
    page_dialog_open(page, &dialog);
    page_raw(page, "<div class=\"two\"><div class=\"field\"><label>");
    page_say(page, N_("Decision"));
    put_options(page, "decision", judges ? all : all + 2); /* owners sign and comment */
    page_raw(page, "</label></div><div class=\"field\"><label>");
    page_say(page, N_("In the role of"));
    put_options(page, "role", judges ? roles : roles + 2);
    page_raw(page, "</label></div></div>");
    put_input(page, N_("Comment"), "<textarea name=\"comment\" maxlength=\"4000\"></textarea>");
    page_element(page, "p", "soft",
                 N_("The statement names the verdict by its hash; it stays for good, with your "
                    "name and the time."));
    page_dialog_close(page, &dialog);
}

static void put_approve(struct page *page, const struct json *project)
{
    slice send = project_send(page, project, "POST", "/deviations/{id}/approve");
    const struct page_dialog dialog = {.name = "approve",
                                       .title = N_("Approve this deviation"),
                                       .send = send.ptr,
                                       .submit = N_("Approve")};
    if (page->call->user->role < STORE_ROLE_REVIEWER)
        return;
    page_dialog_open(page, &dialog);
    page_raw(page, "<p data-text=\"name\"></p>");
    put_input(page, N_("Reason"),
              "<textarea name=\"reason\" maxlength=\"2000\" required></textarea>");
    page_dialog_close(page, &dialog);
}

static void put_change(struct page *page, const struct json *project)
{
    slice send = project_send(page, project, "PATCH", "");
    slice del = project_send(page, project, "DELETE", "");
    const struct page_dialog change = {.name = "change",
                                       .title = N_("Change the project"),
                                       .send = send.ptr,
                                       .submit = N_("Save")};
    const struct page_dialog remove = {.name = "remove",
                                       .title = N_("Delete this project?"),
                                       .send = del.ptr,
                                       .done = "/dashboard/projects",
                                       .submit = N_("Delete"),
                                       .danger = true};
    page_dialog_open(page, &change);
    page_field(page, &(struct page_field){.name = "name",
                                          .label = N_("Name"),
                                          .attributes = "maxlength=\"100\" required",
                                          .value = page_member(project, "name")});
    page_field(page, &(struct page_field){.name = "description",
                                          .label = N_("Description"),
                                          .attributes = "maxlength=\"2000\" data-keep",
                                          .value = page_member(project, "description")});
    page_dialog_close(page, &change);
    page_dialog_open(page, &remove);
    page_element(page, "p", "notice warn",
                 N_("Its rounds, verdicts, deviations and reviews go away for good."));
    page_confirm(page, N_("Type the name to confirm:"));
    page_dialog_close(page, &remove);
}

void project_dialogs_put(struct page *page, const struct json *project)
{
    put_add(page, project);
    if (!page_member_true(project, "frozen") && page_member_u64(project, "additions") == 0)
        put_freeze(page, project);
    if (page_member_u64(project, "verdicts"))
        put_review(page, project);
    put_approve(page, project);
    put_change(page, project);
}
