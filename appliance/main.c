/* The program: hands its arguments to the command table of tools/. */

/* tools/sleuth.c; the appliance includes nothing of tools, so the one name is declared here. */
int cli_main(int argc, char **argv);

int main(int argc, char **argv)
{
    return cli_main(argc, argv);
}
