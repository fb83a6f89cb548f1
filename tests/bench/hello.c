/* The smallest FastCGI program, pre-forked: what by-name reads are compared with. usage: hello SOCKET WORKERS */
#include <fcgiapp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void serve(int fd)
{
	FCGX_Request rq;

	FCGX_InitRequest(&rq, fd, 0);
	while (FCGX_Accept_r(&rq) == 0) {
		FCGX_PutS("Content-Type: text/plain\r\n\r\nhello\n", rq.out);
		FCGX_Finish_r(&rq);
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	FCGX_Init();
	int fd = FCGX_OpenSocket(argv[1], 512);

	if (fd < 0)
		return 1;
	for (int i = 0; i < atoi(argv[2]); i++) {
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			serve(fd);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	return 0;
}
