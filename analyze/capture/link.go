package capture

import "strconv"

// LinkType says what the bytes of a frame begin with: a LINKTYPE_ value of
// tcpdump.org's list (https://www.tcpdump.org/linktypes.html), as the capture
// file holds it. It is not a DLT_ value of some system, though 12 and 14, which
// careless writers let through, are known as raw IP.
type LinkType uint32

// The link types that carry IP and are worth telling apart here.
const (
	Null     LinkType = 0   // BSD loopback, family in the writer's byte order
	Ethernet LinkType = 1   // Ethernet II or 802.3
	PPP      LinkType = 9   // PPP, with or without HDLC framing
	RawBSD   LinkType = 12  // DLT_RAW of most systems, written as it was
	RawOpen  LinkType = 14  // DLT_RAW of OpenBSD, written as it was
	PPPHDLC  LinkType = 50  // PPP in HDLC-like framing, RFC 1662
	PPPEther LinkType = 51  // PPPoE session, RFC 2516, from the PPPoE header on
	Raw      LinkType = 101 // IPv4 or IPv6, told by the version nibble
	CHDLC    LinkType = 104 // Cisco HDLC
	Loop     LinkType = 108 // OpenBSD loopback, family in network byte order
	LinuxSLL LinkType = 113 // Linux "cooked" capture
	PPPDir   LinkType = 204 // PPP behind one byte of direction
	IPv4     LinkType = 228
	IPv6     LinkType = 229
	NFLog    LinkType = 239 // Linux netfilter log
	PKTAP    LinkType = 258 // macOS and iOS, all interfaces
	User2    LinkType = 149 // private use, which macOS takes for PKTAP

	WiFi         LinkType = 105 // IEEE 802.11
	WiFiPrism    LinkType = 119 // with Prism's header, or AVS'
	WiFiRadiotap LinkType = 127
	WiFiAVS      LinkType = 163
	PPI          LinkType = 192 // Per-Packet Information, mostly in front of 802.11

	JuniperPPPoE LinkType = 167
	JuniperEther LinkType = 178
	JuniperPPP   LinkType = 179
	JuniperCHDLC LinkType = 181
	LinuxSLL2    LinkType = 276 // Linux "cooked" capture, with interface indexes
)

// Juniper tells the link types of Junos, which share a header.
func (t LinkType) Juniper() bool {
	switch {
	case t >= 130 && t <= 137, t == 164, t == 167, t == 168, t == 174, t >= 178 && t <= 181, t == 183, t == 194, t == 200:
		return true
	}
	return false
}

// String is the name on tcpdump.org's list without its LINKTYPE_ prefix, and
// the decimal number of a type that is not there.
func (t LinkType) String() string {
	if name := t.name(); name != "" {
		return name
	}
	return strconv.FormatUint(uint64(t), 10)
}

func (t LinkType) name() string {
	if t >= 147 && t <= 162 {
		return "USER" + strconv.FormatUint(uint64(t-147), 10)
	}
	switch t {
	case Null:
		return "NULL"
	case Ethernet:
		return "ETHERNET"
	case 2:
		return "EXP_ETHERNET"
	case 3:
		return "AX25"
	case 4:
		return "PRONET"
	case 5:
		return "CHAOS"
	case 6:
		return "IEEE802_5"
	case 7:
		return "ARCNET_BSD"
	case 8:
		return "SLIP"
	case PPP:
		return "PPP"
	case 10:
		return "FDDI"
	case RawBSD, RawOpen, Raw:
		return "RAW"
	case PPPHDLC:
		return "PPP_HDLC"
	case PPPEther:
		return "PPP_ETHER"
	case 99:
		return "SYMANTEC_FIREWALL"
	case 100:
		return "ATM_RFC1483"
	case 102:
		return "SLIP_BSDOS"
	case 103:
		return "PPP_BSDOS"
	case CHDLC:
		return "C_HDLC"
	case WiFi:
		return "IEEE802_11"
	case 106:
		return "ATM_CLIP"
	case 107:
		return "FRELAY"
	case Loop:
		return "LOOP"
	case 109:
		return "ENC"
	case 112:
		return "NETBSD_HDLC"
	case LinuxSLL:
		return "LINUX_SLL"
	case 114:
		return "LTALK"
	case 115:
		return "ECONET"
	case 116:
		return "IPFILTER"
	case 117:
		return "PFLOG"
	case 118:
		return "CISCO_IOS"
	case WiFiPrism:
		return "IEEE802_11_PRISM"
	case 120:
		return "AIRONET_HEADER"
	case 122:
		return "IP_OVER_FC"
	case 123:
		return "SUNATM"
	case 124:
		return "RIO"
	case 125:
		return "PCI_EXP"
	case 126:
		return "AURORA"
	case WiFiRadiotap:
		return "IEEE802_11_RADIOTAP"
	case 128:
		return "TZSP"
	case 129:
		return "ARCNET_LINUX"
	case 130:
		return "JUNIPER_MLPPP"
	case 131:
		return "JUNIPER_MLFR"
	case 132:
		return "JUNIPER_ES"
	case 133:
		return "JUNIPER_GGSN"
	case 134:
		return "JUNIPER_MFR"
	case 135:
		return "JUNIPER_ATM2"
	case 136:
		return "JUNIPER_SERVICES"
	case 137:
		return "JUNIPER_ATM1"
	case 138:
		return "APPLE_IP_OVER_IEEE1394"
	case 139:
		return "MTP2_WITH_PHDR"
	case 140:
		return "MTP2"
	case 141:
		return "MTP3"
	case 142:
		return "SCCP"
	case 143:
		return "DOCSIS"
	case 144:
		return "LINUX_IRDA"
	case WiFiAVS:
		return "IEEE802_11_AVS"
	case 164:
		return "JUNIPER_MONITOR"
	case 165:
		return "BACNET_MS_TP"
	case 166:
		return "PPP_PPPD"
	case JuniperPPPoE:
		return "JUNIPER_PPPOE"
	case 168:
		return "JUNIPER_PPPOE_ATM"
	case 169:
		return "GPRS_LLC"
	case 170:
		return "GPF_T"
	case 171:
		return "GPF_F"
	case 172:
		return "GCOM_T1E1"
	case 173:
		return "GCOM_SERIAL"
	case 174:
		return "JUNIPER_PIC_PEER"
	case 175:
		return "ERF_ETH"
	case 176:
		return "ERF_POS"
	case 177:
		return "LINUX_LAPD"
	case JuniperEther:
		return "JUNIPER_ETHER"
	case JuniperPPP:
		return "JUNIPER_PPP"
	case 180:
		return "JUNIPER_FRELAY"
	case JuniperCHDLC:
		return "JUNIPER_CHDLC"
	case 182:
		return "MFR"
	case 183:
		return "JUNIPER_VP"
	case 194:
		return "JUNIPER_ISM"
	case 200:
		return "JUNIPER_SRX_E2E"
	case 187:
		return "BLUETOOTH_HCI_H4"
	case 189:
		return "USB_LINUX"
	case PPI:
		return "PPI"
	case 195:
		return "IEEE802_15_4_WITHFCS"
	case 196:
		return "SITA"
	case 197:
		return "ERF"
	case 201:
		return "BLUETOOTH_HCI_H4_WITH_PHDR"
	case 202:
		return "AX25_KISS"
	case 203:
		return "LAPD"
	case PPPDir:
		return "PPP_WITH_DIR"
	case 205:
		return "C_HDLC_WITH_DIR"
	case 206:
		return "FRELAY_WITH_DIR"
	case 207:
		return "LAPB_WITH_DIR"
	case 209:
		return "IPMB_LINUX"
	case 210:
		return "FLEXRAY"
	case 212:
		return "LIN"
	case 215:
		return "IEEE802_15_4_NONASK_PHY"
	case 220:
		return "USB_LINUX_MMAPPED"
	case 224:
		return "FC_2"
	case 225:
		return "FC_2_WITH_FRAME_DELIMS"
	case 226:
		return "IPNET"
	case 227:
		return "CAN_SOCKETCAN"
	case IPv4:
		return "IPV4"
	case IPv6:
		return "IPV6"
	case 230:
		return "IEEE802_15_4_NOFCS"
	case 231:
		return "DBUS"
	case 235:
		return "DVB_CI"
	case 236:
		return "MUX27010"
	case 237:
		return "STANAG_5066_D_PDU"
	case NFLog:
		return "NFLOG"
	case 240:
		return "NETANALYZER"
	case 241:
		return "NETANALYZER_TRANSPARENT"
	case 242:
		return "IPOIB"
	case 243:
		return "MPEG_2_TS"
	case 244:
		return "NG40"
	case 245:
		return "NFC_LLCP"
	case 247:
		return "INFINIBAND"
	case 248:
		return "SCTP"
	case 249:
		return "USBPCAP"
	case 250:
		return "RTAC_SERIAL"
	case 251:
		return "BLUETOOTH_LE_LL"
	case 253:
		return "NETLINK"
	case 254:
		return "BLUETOOTH_LINUX_MONITOR"
	case 255:
		return "BLUETOOTH_BREDR_BB"
	case 256:
		return "BLUETOOTH_LE_LL_WITH_PHDR"
	case 257:
		return "PROFIBUS_DL"
	case PKTAP:
		return "PKTAP"
	case 259:
		return "EPON"
	case 260:
		return "IPMI_HPM_2"
	case 261:
		return "ZWAVE_R1_R2"
	case 262:
		return "ZWAVE_R3"
	case 263:
		return "WATTSTOPPER_DLM"
	case 264:
		return "ISO_14443"
	case 265:
		return "RDS"
	case 266:
		return "USB_DARWIN"
	case 268:
		return "SDLC"
	case 270:
		return "LORATAP"
	case 271:
		return "VSOCK"
	case 272:
		return "NORDIC_BLE"
	case 273:
		return "DOCSIS31_XRA31"
	case 274:
		return "ETHERNET_MPACKET"
	case 275:
		return "DISPLAYPORT_AUX"
	case LinuxSLL2:
		return "LINUX_SLL2"
	case 278:
		return "OPENVIZSLA"
	case 279:
		return "EBHSCR"
	case 280:
		return "VPP_DISPATCH"
	case 281:
		return "DSA_TAG_BRCM"
	case 282:
		return "DSA_TAG_BRCM_PREPEND"
	case 283:
		return "IEEE802_15_4_TAP"
	case 284:
		return "DSA_TAG_DSA"
	case 285:
		return "DSA_TAG_EDSA"
	case 286:
		return "ELEE"
	case 287:
		return "Z_WAVE_SERIAL"
	case 288:
		return "USB_2_0"
	case 289:
		return "ATSC_ALP"
	case 290:
		return "ETW"
	case 292:
		return "ZBOSS_NCP"
	}
	return ""
}
