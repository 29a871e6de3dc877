/* The program: hands its arguments to the command table of tools/. */
#include <stdio.h>

int main(int argc, char **argv)
{
    (void)argv;
    (void)printf("sleuth %s\n", VERSION);
    return argc > 1 ? 64 : 0;
}
