package trace

// Level is how loud a G.711 stream is, second by second.
type Level struct {
	Seconds int64   // that had packets
	Loudest float64 // of these seconds, in dBm0 (ITU-T G.711 section 5); DigitalSilence where nothing ever moved
	Noise   bool    // comfort noise (RFC 3389) stands between its packets
}

// DigitalSilence is the level, in dBm0, of a second in which every sample is the
// same: less than anything that has a level.
const DigitalSilence = -96.0
