/* Two symmetric RTP sessions of oRTP, one for each party; what one receives the
 * other sends. It is told by lines on standard input and answers on standard
 * output, a line each:
 *
 *	sdp A|B ADDRESS PORT	->	ok
 *
 * It begins by saying "ports PORT PORT", where it listens, and ends with its
 * standard input. The sessions are set up as Linphone sets up its own
 * (mediastreamer2, create_duplex_rtpsession), without a jitter buffer; they are
 * read from when both parties' SDP is there, as streams are that start then.
 */
#include <ortp/ortp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static RtpSession *sessions[2];
static int told[2]; /* SDP has come */
static FILE *answers; /* oRTP writes its warnings to standard output */
static uint32_t clocks[2]; /* the application's time: it reads the socket only when this has moved */

static void resync(RtpSession *s, void *a, void *b, void *c) {
	(void)a, (void)b, (void)c;
	rtp_session_resync(s);
}

static RtpSession *open_session(void) {
	RtpSession *s = rtp_session_new(RTP_SESSION_SENDRECV);
	rtp_session_set_scheduling_mode(s, FALSE);
	rtp_session_set_blocking_mode(s, FALSE);
	rtp_session_set_symmetric_rtp(s, TRUE);
	rtp_session_enable_rtcp(s, FALSE);
	rtp_session_enable_jitter_buffer(s, FALSE); /* a packet is handed over when it comes */
	rtp_session_set_payload_type(s, 0);
	rtp_session_set_ssrc_changed_threshold(s, 0);
	rtp_session_signal_connect(s, "timestamp_jump", resync, NULL);
	rtp_session_signal_connect(s, "ssrc_changed", resync, NULL);
	if (rtp_session_set_local_addr(s, "127.0.0.1", -1, -1) < 0) return NULL;
	return s;
}

/* pass sends on whatever has come for one side. */
static void pass(int side) {
	static uint32_t sent[2];
	uint8_t *payload;
	mblk_t *in, *out;
	while ((in = rtp_session_recvm_with_ts(sessions[side], ++clocks[side])) != NULL) {
		int n = rtp_get_payload(in, &payload);
		if (n > 0) {
			sent[1 - side] += 160;
			out = rtp_session_create_packet(sessions[1 - side], RTP_FIXED_HEADER_SIZE, payload, n);
			rtp_session_sendm_with_ts(sessions[1 - side], out, sent[1 - side]);
		}
		freemsg(in);
	}
}

/* obey does what a line says; 0 if it cannot. */
static int obey(const char *line) {
	char party, address[64];
	int port, side;
	if (sscanf(line, "sdp %c %63s %d", &party, address, &port) == 3) {
		side = party == 'B';
		if (rtp_session_set_remote_addr_full(sessions[side], address, port, address, port + 1) < 0) return 0;
		told[side] = 1;
		fprintf(answers, "ok\n");
		return 1;
	}
	return 0;
}

int main(void) {
	char line[256];
	size_t have = 0;
	answers = fdopen(dup(1), "w");
	if (!answers || !freopen("/dev/null", "w", stdout)) return 1;
	setlinebuf(answers);
	ortp_init();
	for (int side = 0; side < 2; side++) {
		if ((sessions[side] = open_session()) == NULL) {
			fprintf(stderr, "no port\n");
			return 1;
		}
	}
	fprintf(answers, "ports %d %d\n", rtp_session_get_local_port(sessions[0]), rtp_session_get_local_port(sessions[1]));
	for (;;) {
		struct pollfd fds[3] = {{0, POLLIN, 0}};
		for (int side = 0; side < 2; side++) {
			fds[1 + side].fd = told[0] && told[1] ? rtp_session_get_rtp_socket(sessions[side]) : -1;
			fds[1 + side].events = POLLIN;
		}
		if (poll(fds, 3, -1) < 0) return 1;
		for (int side = 0; side < 2; side++) {
			if (fds[1 + side].revents) pass(side);
		}
		if (fds[0].revents) {
			ssize_t n = read(0, line + have, 1);
			if (n <= 0) return 0;
			if (line[have] == '\n') {
				line[have] = 0;
				have = 0;
				if (!obey(line)) fprintf(answers, "cannot\n");
			} else if (++have == sizeof line) {
				return 1;
			}
		}
	}
}
