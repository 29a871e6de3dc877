/* One record in the three dialects of Zenodo. */
#ifndef TESTS_LIB_ZENODO_SAMPLE_H
#define TESTS_LIB_ZENODO_SAMPLE_H

#define SAMPLE_MD5 "7710aa6f54fcd86446a74d3d98ac6438"

/* clang-format off */
#define SAMPLE_LEGACY \
    "{\"id\":1002,\"recid\":\"1002\",\"conceptrecid\":\"1001\",\"conceptdoi\":\"10.5072/zenodo.1001\"," \
    "\"doi\":\"10.5072/zenodo.1002\",\"title\":\"Loopback evaluation set\"," \
    "\"metadata\":{\"title\":\"Loopback evaluation set\",\"publication_date\":\"2026-01-15\"," \
    "\"description\":\"<p>Synthetic &amp;\\n <b>small</b>; 1 &lt; 2 &unknown;</p>\",\"access_right\":\"open\",\"version\":\"v1\"," \
    "\"creators\":[{\"name\":\"Doe, Jane\"},{\"name\":\"Group\"}],\"keywords\":[\"bias\"]," \
    "\"resource_type\":{\"type\":\"dataset\"},\"license\":{\"id\":\"cc-by-4.0\"}}," \
    "\"files\":[{\"key\":\"a.csv\",\"size\":10,\"checksum\":\"md5:" SAMPLE_MD5 "\",\"links\":{\"self\":\"http://z/api/records/1002/files/a.csv\"}}," \
    "{\"key\":\"eval v1.csv\",\"size\":105,\"checksum\":\"md5:" SAMPLE_MD5 "\",\"links\":{\"self\":\"http://z/api/records/1002/files/eval%20v1.csv/content\"}}," \
    "{\"key\":\"README\",\"size\":500,\"checksum\":\"sha1:00\",\"links\":{}}]," \
    "\"links\":{\"files\":\"http://z/api/records/1002/files\"}}"
#define SAMPLE_RDM \
    "{\"id\":\"1003\",\"pids\":{\"doi\":{\"identifier\":\"10.5072/zenodo.1003\"}}," \
    "\"parent\":{\"id\":\"1001\",\"pids\":{\"doi\":{\"identifier\":\"10.5072/zenodo.1001\"}}}," \
    "\"access\":{\"files\":\"public\"},\"metadata\":{\"title\":\"T\",\"version\":\"v2\",\"publication_date\":\"2026\"," \
    "\"creators\":[{\"person_or_org\":{\"name\":\"Doe, Jane\"}}],\"subjects\":[{\"subject\":\"bias\"}]," \
    "\"rights\":[{\"id\":\"cc-by-4.0\"}],\"resource_type\":{\"id\":\"dataset\"}}," \
    "\"files\":{\"enabled\":true,\"entries\":{\"a.csv\":{\"size\":10,\"checksum\":\"md5:" SAMPLE_MD5 "\"}}}," \
    "\"links\":{\"files\":\"http://z/api/records/1003/files\"}}"
#define SAMPLE_DEPOSIT \
    "{\"id\":1004,\"record_id\":1004,\"conceptrecid\":\"1001\",\"doi\":\"10.5072/zenodo.1004\",\"title\":\"D\"," \
    "\"metadata\":{\"title\":\"D\",\"license\":\"cc-zero\",\"creators\":[{\"name\":\"Doe, Jane\"}]}," \
    "\"files\":[{\"filename\":\"a.csv\",\"filesize\":10,\"checksum\":\"" SAMPLE_MD5 "\",\"links\":{\"self\":\"http://z/deposit/x\",\"download\":\"http://z/d/a.csv\"}}]}"
/* clang-format on */

#endif
