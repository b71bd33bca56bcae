// Package scenetest stages calls. A short text says who is where, what sits
// between them and what they do; Run plays it as a discrete simulation of
// telephones, NATs, a media server and their lines, and leaves the captures
// that somebody listening at those machines would have taken, together with
// the truth: what really became of every packet.
//
// It imports none of latchscope's packages, so that what it says of a scene
// is independent of what an analysis says.
//
// # The story, as a scene
//
//	# A softphone sends RTP before its 200; the server's port is still closed,
//	# the router drops its mapping at every ICMP error, and at the last one
//	# another session has taken the port.
//
//	nat    router 198.51.100.7 ports=lowest base=36716 drop-on-icmp delay=35ms
//	host   phone  192.168.1.50 behind=router user=2001
//	host   gw     192.0.2.50
//	server sbc    203.0.113.10 media=203.0.113.20 engine=lock:3:10 open=answer
//	call   c1     gw:20550 -> phone:4000 via sbc:34660/34662
//	capture server at sbc
//
//	0.000  c1 invite
//	0.150  c1 180
//	2.237  c1 phone talks ssrc=0x35bf992d
//	3.315  c1 200
//	3.368  router takes 36716
//	3.355  c1 gw talks
//	25.00  c1 gw bye
//
//	expect early-rtp     warning confirmed packets=54 rejected=54
//	expect nat-port-flip warning trigger=icmp leg=phone
//	expect latch-silence critical confirmed uplink=10.00 downlink=10.09
//
// What follows from these lines is not written down but happens: the server
// answers 100, passes the INVITE on, opens its ports, acknowledges, relays;
// telephones acknowledge, accept re-INVITEs, answer BYEs and stop talking.
//
// # The language
//
// One statement a line; "#" begins a comment, alone on its line or behind a
// blank. The comment at the head of the file is the scene's About. Names are
// declared before they are used. Times and durations are seconds (3.35) or
// have a unit (40ms). [x] may be left out, a|b is a choice; options (x=..) and
// single words come in any order.
//
// Settings:
//
//	seed NUMBER                 other random numbers
//	start 2026-03-02T10:00:00Z  the clock at time 0
//	end TIME                    else three seconds after the last statement
//
// Machines. LINK is [delay=D] [jitter=D] [loss=P%], each way; ICMP is
// [icmp=on|off|limited] [quote8]: limited as Linux does, quote8 quotes the IP
// header and eight bytes.
//
//	host NAME ADDRESS [behind=NAT] [user=USER] [inner] [no-rtcp] [linger=D] LINK ICMP
//	     inner: on the server's inner side; no-rtcp: never binds the RTCP port;
//	     linger: the media ports stay open so long after the BYE
//	nat NAME ADDRESS[,ADDRESS] [inside=ADDRESS] [ports=keep|lowest|next|random] [base=PORT]
//	     [drop-on-icmp] [idle=D] [alternate=D] [balance] LINK ICMP
//	     ports: which one a new mapping gets; idle: without a packet outwards;
//	     alternate: leaves by the next address every so often; balance: media leaves
//	     by any address, packet by packet; icmp: what it says about packets to a
//	     port without a mapping; with an IPv6 address inside it is a NAT64
//	server NAME ADDRESS [media=ADDRESS] [inner=ADDRESS] [engine=ENGINE] [open=offer|answer]
//	     [lan=ADDRESS[,ADDRESS]] [proxy [no-media [no-route]]] [rewrite] [recrypt] [base=PORT] [linger=D]
//	     LINK ICMP
//	     a B2BUA (proxy: a proxy) with a media relay; rewrite: another SSRC,
//	     sequence and clock on the way out, and RTCP ends here; recrypt: SRTP
//	     with a key for each leg, as rewrite does in SRTP calls; what does not fit
//	     the party's key is dropped; open: when the media ports are bound; lan: its own
//	     addresses, for media and signalling, behind a 1:1 NAT: a capture there shows
//	     both sides, only=inner the machine's own, only=outer the internet's; no-media:
//	     SDP passes as it is; no-route: what follows the INVITE goes past the proxy
//
//	ENGINE = KIND{+strict|+handover|+deaf|+reset}
//	KIND   = lock:PACKETS:TIMEOUT  so many from one source lock; a silence of the locked one releases
//	       | delayed               follows for 3 s after signalling, then keeps the first source
//	       | immediate             keeps the first source
//	       | again:PACKETS         so many from elsewhere in a row are followed
//	       | sdp                   never learns
//	strict drops what comes from elsewhere, handover follows it; deaf relays
//	nothing while learning; reset learns anew at a re-offer (lock always does).
//
// Calls:
//
//	call NAME FROM[:PORT] -> TO[:PORT] [via SERVER[:PORT/PORT]] [codec=PCMU|PCMA|G729|G722|opus]
//	     [srtp [keyless] [suite=NAME]] [hidden] [tcp] [nagle=D] [mss=N] [call-id=ID] [rtcp=mux|odd]
//	     [after=CALL|fork-of=CALL]
//	     hidden: signalling that nobody captures; nagle: what is written within
//	     shares TCP segments, of mss bytes; call-id: of both legs; rtcp: on the port of
//	     RTP, or on one that a=rtcp names; after: the INVITE that follows the other
//	     call's 302; fork-of: another branch of its INVITE
//
// What happens in a call:
//
//	TIME CALL invite [nosdp] [auth] [pad=BYTES] [ack-after=D] [expires=SECONDS]
//	     nosdp: a delayed offer; auth: challenged by 407; pad: so much longer;
//	     expires: the interval of a session timer, agreed on (RFC 4028)
//	TIME CALL STATUS [sdp] [fork=N] [reliable]   the callee's answer; 200 has SDP anyway
//	TIME CALL cancel
//	TIME CALL direct                             re-INVITEs take the server out of the media
//	TIME CALL stalls [for PARTY] [until TIME]    the server takes packets and passes none on
//	TIME CALL PARTY talks [until TIME|end] [speech|tone|silence|hush] [ssrc=N] [seq=N] [ts=N] [ptime=D] [pt=N]
//	     [pause=FROM-UNTIL,..] [cn] [rtcp] [rtcp-bye] [fork=N]
//	     from when its SDP allows; speech never repeats; cn: comfort noise in the pauses;
//	     rtcp-bye: RTCP says goodbye when it hangs up
//	TIME CALL PARTY reinvite|update [hold [music]|inactive|zero|resume] [port=PORT|to=HOST] [version] [refresh] [t38] [rekey]
//	     music: whoever holds goes on sending; zero: c=0.0.0.0; to: another host has its media from
//	     then on, and speaks for it; version: only o= changes; refresh: nothing does; rekey: a new SRTP key
//	TIME CALL PARTY protects with agreed|old|other|wrong|tag|nothing [counter=N]
//	     its SRTP from now on: the key before the last rekey, the other side's, nobody's, a tag
//	     of the other length, none; counter: so much is added to the rollover counter
//	TIME CALL PARTY falls-back by=N              its sequence numbers go back by so many
//	TIME CALL PARTY moves port=PORT              without a word
//	TIME CALL PARTY sends KIND [count=N] [every=D]
//	TIME CALL PARTY bye
//
// What else happens:
//
//	TIME HOST|SERVER sends KIND to ADDRESS:PORT|CALL/PARTY [from=PORT] [count=N] [every=D] [ssrc=N] [ports=N]
//	     CALL/PARTY: to where that party sends; ports: over so many, by twos
//	     KIND = rtp|empty|zero4|stun|pt20|dns|sip|udptl
//	TIME HOST registers with SERVER              hosts behind NATs have done so before time 0
//	TIME NAT takes PORT                          another session holds it from now on
//	TIME NAT forgets HOST|all [keep-old] [idle]  media mappings go, and their ports with them;
//	     keep-old: the old ones still deliver inwards
//	TIME NAT fails-over ADDRESS
//	TIME MACHINE loses P% in|out [rtp|sip] [until TIME]
//	TIME MACHINE blocks in|out [rtp|sip|fragments] [until TIME] [reject=1|3|10|13 by=ADDRESS]
//	TIME MACHINE delays D in|out [rtp|sip] [until TIME]   and lets others overtake
//	     a line's weather; TCP is spared
//
// Capture points:
//
//	capture NAME at MACHINE [only=outer|inner] [link=ethernet|sll|sll2|raw|null] [format=pcap|pcap-ns|pcapng]
//	     [snaplen=N] [offset=D] [drift=PPM] [step=TIME:D] [from=TIME] [to=TIME] [drops=P%] [vlan=ID] [dup]
//	     [dup-vlan=ID] [sees=in|out] [member=N/M]
//	     drops: lost by the capture alone; dup: every packet twice, on another
//	     interface (sll2) or in another VLAN; step: the clock is set by so much;
//	     sees: one direction of the machine's cable; member: one of M aggregated links
//
// Expectations, in the report contract's words:
//
//	expect nothing|quiet|[no] CODE [critical|warning|info] [confirmed|likely|possible]
//	     [point=NAME[+NAME]] [call=CALL] [leg=PARTY] [KEY=VALUE]
//	expect verdict CAUSE [confirmed|likely|possible] [audio=lost|impaired|unjudged|partly|clear] [point=..]
//	expect calls NUMBER [state=STATE] [audio=VERDICT] [point=..]     of all of them
//	     nothing: no finding at all; quiet: none of warning or above; leg: the
//	     party whose dialog the finding names; point is needed where there are
//	     several captures, and A+B means both read together.
//	     uplink= and downlink= are seconds, alive, dead (to the end) or unseen;
//	     compare them within a tenth of a second: what was under way at a flip
//	     is lost on roads that no capture sees.
package scenetest
